import type { Consumer, EachBatchPayload } from 'kafkajs';
import { setTimeout as delay } from 'node:timers/promises';
import { closeClient, type Kafka } from './connection.js';
import { probeBrokers } from './probe.js';

export interface GroupConsumerOptions {
  readonly kafka: Kafka;
  readonly groupId: string;
  readonly topics: readonly string[];
  /** Partitions that are worked on at the same time. */
  readonly concurrency: number;
  /** Called for each fetched batch of a partition, never twice at a time for one partition. */
  readonly eachBatch: (payload: EachBatchPayload, consumer: Consumer) => Promise<void>;
  /** Called when the group gave this member its partitions, after a join and after each rebalance. */
  readonly onAssigned: (assignment: Readonly<Record<string, readonly number[]>>) => void;
}

/**
 * - sessionTimeout: how long the group keeps the partitions of a member that was killed. 6 s is the least that a
 *   broker with default settings accepts. Doubling it doubles the pause of those partitions.
 * - heartbeatInterval: also how soon a member notices a rebalance.
 * - rebalanceTimeout: how long the others wait for a member that is inside a batch; after that it is put out of
 *   the group, and its batch is delivered to another member as well.
 * - maxWaitTimeInMs: long poll of a fetch; bounds how long a paused partition waits after its resume, and a stop.
 */
const TIMING = {
  sessionTimeout: 6_000,
  heartbeatInterval: 1_000,
  rebalanceTimeout: 10_000,
  maxWaitTimeInMs: 400,
  metadataMaxAge: 30_000,
};
/** Silence after which the client is taken for stuck and made again; a live one beats every second. */
const STUCK_AFTER_MS = 20_000;
const CLOSE_WITHIN_MS = 15_000;
const ABANDON_WITHIN_MS = 3_000;
const RESTART_DELAY_MS = 500;

/**
 * One member of a consumer group that never gives up: when its client crashes, gets stuck or cannot start
 * (broker down, topic missing), the client is thrown away and made again until stop() is called.
 */
export class GroupConsumer {
  readonly #options: GroupConsumerOptions;
  readonly #stopping = new AbortController();
  #supervising: Promise<void> | undefined;
  #joined = false;
  #reason = 'not started';
  #lastBeat = 0;

  constructor(options: GroupConsumerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#reason = 'joining';
    this.#supervising ??= this.#supervise();
  }

  /** Finishes the batches in hand, commits, leaves the group. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#supervising;
  }

  /** Rejects with the reason when brokers do not answer or this member is not in its group. */
  async assertJoined(): Promise<void> {
    await probeBrokers(this.#options.kafka.brokers);
    if (!this.#joined) throw new Error(`not in group ${this.#options.groupId}: ${this.#reason}`);
  }

  async #supervise(): Promise<void> {
    const { kafka, groupId, topics } = this.#options;
    while (!this.#stopping.signal.aborted) {
      const { client, destroy } = kafka.open();
      const consumer = client.consumer({
        groupId,
        ...TIMING,
        allowAutoTopicCreation: false,
        retry: { retries: 5, restartOnFailure: () => Promise.resolve(false) },
      });
      const reason = await this.#runUntilItEnds(consumer);
      this.#joined = false;
      const stopping = this.#stopping.signal.aborted;
      await closeClient(() => consumer.disconnect(), destroy, stopping ? CLOSE_WITHIN_MS : ABANDON_WITHIN_MS);
      if (stopping) break;
      if (reason !== this.#reason) kafka.log.warn({ groupId, topics, reason }, 'kafka.consumer.lost');
      this.#reason = reason;
      await delay(RESTART_DELAY_MS, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
    }
    kafka.log.info({ groupId, topics }, 'kafka.consumer.left');
  }

  /** Resolves with the reason why this client is of no use any more. */
  async #runUntilItEnds(consumer: Consumer): Promise<string> {
    const ended = new AbortController();
    const crashed = new Promise<string>((resolve) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => resolve(payload.error.message));
    });
    const stopped = new Promise<string>((resolve) => {
      this.#stopping.signal.addEventListener('abort', () => resolve('stopped'), { signal: ended.signal });
      if (this.#stopping.signal.aborted) resolve('stopped');
    });
    try {
      this.#lastBeat = performance.now();
      this.#watch(consumer, ended.signal);
      return await Promise.race([
        crashed,
        stopped,
        this.#stuck(ended.signal),
        this.#run(consumer, ended.signal),
      ]);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      ended.abort();
    }
  }

  /** Never resolves while the consumer runs; rejects when it cannot be started. */
  async #run(consumer: Consumer, ended: AbortSignal): Promise<never> {
    const { topics, concurrency, eachBatch } = this.#options;
    await consumer.connect();
    await consumer.subscribe({ topics: [...topics], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: concurrency,
      eachBatch: async (payload) => {
        // A client that was given up may still hand out what it had fetched.
        if (!ended.aborted || this.#stopping.signal.aborted) await eachBatch(payload, consumer);
      },
    });
    return new Promise<never>(() => undefined);
  }

  #watch(consumer: Consumer, ended: AbortSignal): void {
    const { kafka, groupId, onAssigned } = this.#options;
    const { GROUP_JOIN, HEARTBEAT, REBALANCING } = consumer.events;
    consumer.on(HEARTBEAT, () => {
      this.#lastBeat = performance.now();
    });
    consumer.on(REBALANCING, () => {
      this.#joined = false;
      this.#reason = 'rebalancing';
    });
    consumer.on(GROUP_JOIN, ({ payload }) => {
      if (ended.aborted) return;
      this.#lastBeat = performance.now();
      this.#joined = true;
      this.#reason = 'joined';
      const { memberId, isLeader, memberAssignment, duration } = payload;
      kafka.log.info(
        { groupId, memberId, isLeader, assignment: memberAssignment, durationMs: duration },
        'kafka.consumer.joined',
      );
      onAssigned(memberAssignment);
    });
  }

  async #stuck(ended: AbortSignal): Promise<string> {
    for (;;) {
      await delay(1_000, undefined, { signal: ended }).catch(() => undefined);
      if (ended.aborted) return 'ended';
      const silentMs = performance.now() - this.#lastBeat;
      if (silentMs > STUCK_AFTER_MS) return `no heartbeat for ${Math.round(silentMs / 1_000)} s`;
    }
  }
}
