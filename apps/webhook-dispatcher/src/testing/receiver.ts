import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface ReceivedRequest {
  path: string;
  headers: IncomingHttpHeaders;
  /** Exactly as received. */
  body: string;
  atMs: number;
}

/** Answers one request; one that never ends the reply makes a receiver that hangs. */
export type Behaviour = (reply: ServerResponse, request: ReceivedRequest) => void | Promise<void>;

export interface Receiver {
  /** `http://127.0.0.1:<port>` or `https://…` */
  url: string;
  port: number;
  requests: ReceivedRequest[];
  /** TCP connections taken so far. */
  connections: number;
  behave(behaviour: Behaviour): void;
  close(): Promise<void>;
}

export const answer =
  (status: number, headers: Record<string, string> = {}): Behaviour =>
  (reply) => {
    reply.writeHead(status, headers).end('ok');
  };

export const hang: Behaviour = () => undefined;

/** An HTTP server on loopback that keeps every request; answers 200 until told otherwise. */
export async function startReceiver(tls?: { key: string; cert: string }): Promise<Receiver> {
  let behaviour = answer(200);
  const listener: RequestListener = (request, reply) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const kept: ReceivedRequest = {
        path: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString('utf8'),
        atMs: Date.now(),
      };
      receiver.requests.push(kept);
      void behaviour(reply, kept);
    });
  };
  const server: Server = tls ? createTlsServer(tls, listener) : createServer(listener);
  server.on('connection', () => receiver.connections++);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const receiver: Receiver = {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    port,
    requests: [],
    connections: 0,
    behave: (next) => (behaviour = next),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return receiver;
}
