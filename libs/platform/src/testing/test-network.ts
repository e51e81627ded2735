import { connect, type Socket } from 'node:net';
import type { Kafka } from '../kafka/client.js';

/** A Kafka whose network can be cut, without touching the broker that other tests use. */
export interface CuttableKafka extends Kafka {
  /** Closes every connection and refuses new ones, as a broker that was killed does. */
  cut(): void;
  /** Connections stay open and new ones are accepted, but nothing comes back, as from a broker that was stopped. */
  freeze(): void;
  /** Ends cut() and freeze(). */
  restore(): void;
}

export function cuttable(kafka: Kafka): CuttableKafka {
  let state: 'whole' | 'cut' | 'frozen' = 'whole';
  const sockets = new Set<Socket>();
  return {
    ...kafka,
    open: (overrides) =>
      kafka.open({
        ...overrides,
        socketFactory: ({ host, port, onConnect }) => {
          // Port 1 is privileged and unused: the connection is refused at once.
          const socket = connect({ host, port: state === 'cut' ? 1 : port }, onConnect);
          socket.setNoDelay(true);
          sockets.add(socket);
          socket.on('close', () => sockets.delete(socket));
          // Data that is not read stays in the kernel: after resume() the late answers arrive, as after SIGCONT.
          if (state === 'frozen') socket.on('connect', () => socket.pause());
          return socket;
        },
      }),
    cut: () => {
      state = 'cut';
      for (const socket of sockets) socket.destroy();
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
