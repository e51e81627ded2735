import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { probeBroker, probeBrokers } from './probe.js';

const servers: Server[] = [];
const sockets: Socket[] = [];

async function serve(onConnection: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    sockets.push(socket);
    onConnection(socket);
  }).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Length, correlation id 7, no error. */
const ANSWER = Buffer.from('00000006000000070000', 'hex');
const broker = () => serve((socket) => socket.once('data', () => socket.write(ANSWER)));

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

describe('sign of life of a broker', () => {
  it('is its answer, also when that comes in pieces', async () => {
    const address = await serve((socket) =>
      socket.once('data', () => {
        socket.write(ANSWER.subarray(0, 3));
        setImmediate(() => socket.write(ANSWER.subarray(3)));
      }),
    );
    await expect(probeBroker(address, 1_000)).resolves.toBeUndefined();
  });

  it('is not an open port: a broker that is stopped still accepts connections', async () => {
    const silent = await serve(() => undefined);
    await expect(probeBroker(silent, 100)).rejects.toThrow(`no answer from ${silent} within 100 ms`);
  });

  it('is not any answer', async () => {
    const http = await serve((socket) =>
      socket.once('data', () => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')),
    );
    await expect(probeBroker(http, 1_000)).rejects.toThrow('is not a Kafka broker');
    const rude = await serve((socket) => socket.destroy());
    await expect(probeBroker(rude, 1_000)).rejects.toThrow(rude);
  });

  it('of one of several brokers is enough; when none answers, each reason is told', async () => {
    await expect(probeBrokers(['127.0.0.1:1', await broker()], 1_000)).resolves.toBeUndefined();
    await expect(probeBrokers(['127.0.0.1:1', 'localhost:1'], 1_000)).rejects.toThrow(
      /127\.0\.0\.1:1.*; localhost:1/,
    );
  });
});
