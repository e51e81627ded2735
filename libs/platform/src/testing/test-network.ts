import { connect, type Socket } from 'node:net';
import type { Kafka } from '../kafka/connection.js';
import { kafkaFromEnv } from './test-kafka.js';

/** A network that can be cut for one client, without touching the broker that other tests use. */
export interface CuttableNetwork {
  readonly kafka: Kafka;
  /** Connections that are open. */
  connections(): number;
  /** Resets every connection and refuses new ones, as the host of a broker that was killed does. */
  cut(): void;
  /** Connections stay open and new ones are accepted, but nothing comes back, as from a broker that was stopped. */
  freeze(): void;
  /** Ends cut() and freeze(). */
  restore(): void;
}

export function cuttableNetwork(): CuttableNetwork {
  let state: 'whole' | 'cut' | 'frozen' = 'whole';
  const sockets = new Set<Socket>();
  const kafka = kafkaFromEnv('cuttable', {
    connect: ({ host, port }, onConnect) => {
      // Port 1 is privileged and unused: the connection is refused at once.
      const socket = connect({ host, port: state === 'cut' ? 1 : port }, onConnect);
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      // What is not read stays in the kernel: late answers arrive after resume(), as they do after SIGCONT.
      if (state === 'frozen') socket.on('connect', () => socket.pause());
      return socket;
    },
  });
  return {
    kafka,
    connections: () => sockets.size,
    cut: () => {
      state = 'cut';
      for (const socket of sockets)
        socket.destroy(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
    },
    freeze: () => {
      state = 'frozen';
      for (const socket of sockets) socket.pause();
    },
    restore: () => {
      state = 'whole';
      for (const socket of sockets) socket.resume();
    },
  };
}
