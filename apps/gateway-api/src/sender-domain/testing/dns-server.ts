import { decode, encode, type Answer } from 'dns-packet';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

export interface TestDnsServer {
  /** `127.0.0.1:port` */
  readonly address: string;
  /** Answers by lower-case name; a name without any is NXDOMAIN. */
  readonly zone: Map<string, Answer[]>;
  /** While true, questions get no answer at all. */
  silent: boolean;
  /** Questions for these types of record get no answer either. */
  readonly silentTypes: Set<string>;
  /** The names that were asked for, in order. */
  readonly asked: string[];
  stop(): Promise<void>;
}

const NXDOMAIN = 3;

/** A DNS server on UDP that says what a test puts into its zone. */
export async function startDnsServer(): Promise<TestDnsServer> {
  const socket = createSocket('udp4');
  const server: TestDnsServer = {
    address: '',
    zone: new Map(),
    silent: false,
    silentTypes: new Set(),
    asked: [],
    async stop() {
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
  socket.on('message', (bytes, from) => {
    if (server.silent) return;
    const { id, questions = [] } = decode(bytes);
    const [question] = questions;
    if (question === undefined) return;
    server.asked.push(question.name.toLowerCase());
    if (server.silentTypes.has(question.type)) return;
    const known = server.zone.get(question.name.toLowerCase());
    const answers = (known ?? []).filter(({ type }) => type === question.type);
    const flags = known === undefined ? NXDOMAIN : 0;
    socket.send(
      encode({ type: 'response', id: id ?? 0, flags, questions, answers }),
      from.port,
      from.address,
    );
  });
  // A suite that fails before it can stop the server must still end.
  socket.unref();
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return Object.assign(server, { address: `127.0.0.1:${socket.address().port}` });
}
