import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** What to do with bytes of a client before they reach the server. */
export type Interception = 'forward' | 'cut' | 'forward-then-cut';

/** A TCP relay in front of an engine, for the failures that an engine cannot be asked for. */
export interface TcpProxy {
  readonly port: number;
  /** Lets nothing through in either direction, as a stopped process: connections open but nobody answers. */
  freeze(): void;
  thaw(): void;
  /** Freezes the connections that are open for good and lets new ones through, as after a lost route. */
  freezeOpen(): void;
  /** Closes every connection. */
  cutAll(): void;
  /**
   * Decides about each piece that a client sends. `cut` closes the connection before the server sees it;
   * `forward-then-cut` after the server has answered, without letting the answer through.
   */
  intercept(decide: (bytes: Buffer) => Interception): void;
  close(): Promise<void>;
}

export async function startTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const pairs = new Set<{ client: Socket; server: Socket }>();
  let frozen = false;
  let decide: (bytes: Buffer) => Interception = () => 'forward';

  const listener = createServer((client) => {
    const server = connect(target.port, target.host);
    const pair = { client, server };
    pairs.add(pair);
    let withholding = false;
    const cut = (): void => {
      pairs.delete(pair);
      client.destroy();
      server.destroy();
    };
    client.on('data', (bytes: Buffer) => {
      const outcome = decide(bytes);
      if (outcome === 'cut') return cut();
      withholding = outcome === 'forward-then-cut';
      server.write(bytes);
    });
    server.on('data', (bytes: Buffer) => {
      if (withholding) return cut();
      client.write(bytes);
    });
    for (const socket of [client, server]) socket.on('close', cut).on('error', cut);
    if (frozen) for (const socket of [client, server]) socket.pause();
  });
  await new Promise<void>((resolve) => {
    listener.listen(0, '127.0.0.1', resolve);
  });

  const eachSocket = (act: (socket: Socket) => void): void => {
    for (const { client, server } of pairs) for (const socket of [client, server]) act(socket);
  };
  return {
    port: (listener.address() as AddressInfo).port,
    freeze() {
      frozen = true;
      eachSocket((socket) => socket.pause());
    },
    freezeOpen() {
      eachSocket((socket) => socket.pause());
    },
    thaw() {
      frozen = false;
      eachSocket((socket) => socket.resume());
    },
    cutAll() {
      eachSocket((socket) => socket.destroy());
    },
    intercept(decision) {
      decide = decision;
    },
    async close() {
      eachSocket((socket) => socket.destroy());
      await new Promise<void>((resolve) => {
        listener.close(() => resolve());
      });
    },
  };
}
