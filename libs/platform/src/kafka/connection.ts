import { connect, type Socket } from 'node:net';
import kafkajs from 'kafkajs';
import type { Kafka as KafkaJs, KafkaConfig, LogEntry } from 'kafkajs';
import './kafkajs-idle-timer.js';
import type { Logger } from '../telemetry/logger.js';

export interface KafkaOptions {
  /** Bootstrap addresses, `host:port`. */
  readonly brokers: readonly string[];
  /** Name of this process in the brokers' logs and metrics. */
  readonly clientId: string;
  readonly log: Logger;
  /** Opens a connection; for tests that cut the network. */
  readonly connect?: Connect;
}

export type Connect = (address: { host: string; port: number }, onConnect: () => void) => Socket;

/** A client of the library with the connections that it opened. */
export interface OpenClient {
  readonly client: KafkaJs;
  /**
   * Closes what is left of its connections. kafkajs waits for answers before it disconnects, and for ever when the
   * broker that owes them is silent; call this after disconnect() had its chance.
   */
  readonly destroy: () => void;
}

/**
 * Where Kafka is and who we are. Producers, consumers and the admin functions each open a client of their
 * own from it: the client library shares committed offsets between all consumers of one client, and a
 * client that ended in a bad state must be replaceable without touching the others.
 */
export interface Kafka extends KafkaOptions {
  open(): OpenClient;
}

/**
 * The schedule of every client. What each figure bounds:
 * - connectionTimeout: a SYN that nobody answers.
 * - requestTimeout: a broker that accepts and stays silent (stopped, swapped out). Doubling it doubles the
 *   time until such a broker is noticed; a fetch waits its own long-poll on top.
 * - retry: at most 1 s between two attempts, so that a returning broker is found within about a second. The
 *   count is small on purpose: after it the client is thrown away and made again (see producer.ts and
 *   group-consumer.ts), which also cures the states that kafkajs does not recover from by itself.
 */
const TIMING = {
  connectionTimeout: 2_000,
  authenticationTimeout: 5_000,
  requestTimeout: 5_000,
  retry: { initialRetryTime: 100, factor: 0.2, multiplier: 2, maxRetryTime: 1_000, retries: 5 },
} satisfies Partial<KafkaConfig>;

export function createKafka(options: KafkaOptions): Kafka {
  const { brokers, clientId, connect: connectSocket = connect } = options;
  const log = options.log.child({ component: 'kafka' });
  return {
    ...options,
    log,
    open: () => {
      const sockets = new Set<Socket>();
      let destroyed = false;
      const client = new kafkajs.Kafka({
        ...TIMING,
        brokers: [...brokers],
        clientId,
        logLevel: kafkajs.logLevel.INFO,
        logCreator: () => (entry) => bridge(log, entry),
        socketFactory: ({ host, port, onConnect }) => {
          const socket = connectSocket({ host, port }, onConnect);
          socket.setKeepAlive(true, 60_000);
          // Requests are written whole; waiting to fill a packet only delays them.
          socket.setNoDelay(true);
          sockets.add(socket);
          // A retry that was under way when the client was given up would connect again.
          if (destroyed) process.nextTick(() => socket.destroy(givenUp()));
          socket.on('close', () => sockets.delete(socket));
          return socket;
        },
      });
      return {
        client,
        destroy: () => {
          destroyed = true;
          // With an error, because the library takes no notice of a plain close.
          for (const socket of sockets) socket.destroy(givenUp());
        },
      };
    },
  };
}

const givenUp = (): Error => new Error('connection given up');

/** Disconnects a client as cleanly as it can be done within `ms`. Never rejects: what is given up may be broken in any way. */
export async function closeClient(
  disconnect: () => Promise<void>,
  destroy: () => void,
  ms: number,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([disconnect().catch(() => undefined), timeout]);
  clearTimeout(timer);
  destroy();
}

/**
 * kafkajs calls each failed attempt an error although it goes on by itself, and says so once a second during
 * an outage. What matters to an operator is logged once by the producer, the consumer and the readiness
 * check, so the library's own lines are detail; only what it does not retry stays visible.
 */
function bridge(
  log: Logger,
  { namespace, level, log: { message, timestamp: _time, logger: _logger, ...extra } }: LogEntry,
): void {
  const fields = { namespace, ...extra };
  if (level === kafkajs.logLevel.ERROR && !('retryCount' in extra) && !RECOVERS.test(message)) {
    log.warn(fields, `kafkajs: ${message}`);
  } else {
    log.debug(fields, `kafkajs: ${message}`);
  }
}

const RECOVERS =
  /^(Crash:|Connection |Response |Failed to (connect|send)|The coordinator is not aware|Offset out of range)|rebalanc|coordinator is (loading|not available)|correct coordinator|Restarting the consumer|Caught error when (dis|stop)/i;
