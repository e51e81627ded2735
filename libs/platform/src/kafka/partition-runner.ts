import type { Consumer, EachBatchPayload, KafkaMessage as FetchedMessage } from 'kafkajs';
import { counter, gauge, histogram } from '../telemetry/metrics.js';
import type { Logger } from '../telemetry/logger.js';
import type { PublishDeadLetters } from './dead-letters.js';
import { settleBatch, type BatchHandler, type SettledBatch } from './settle-batch.js';
import { asKafkaMessage, type KafkaBatch, type Settlement } from './settle.js';

export interface PartitionRunnerOptions {
  readonly groupId: string;
  readonly log: Logger;
  readonly handlerOf: (topic: string) => BatchHandler;
  readonly publishDeadLetters: PublishDeadLetters;
  /** Most messages that are handed over at once; also what is finished before a stop. */
  readonly batchSize: number;
}

/** First pause after a retry; doubles up to the most while nothing of the partition settles. */
const FIRST_PAUSE_MS = 200;
/** Bounds how long a partition still waits when what it waited for is back. */
const MOST_PAUSE_MS = 2_000;
/** Most that a handler may ask for: the group must go on within 10 s of an engine's return. */
const MOST_ASKED_PAUSE_MS = 5_000;
const HEARTBEAT_EVERY_MS = 1_000;

const messagesTotal = counter('kafka_consumer_messages_total', 'Messages handled, by settlement.', [
  'group',
  'topic',
  'outcome',
]);
const batchSeconds = histogram('kafka_consumer_batch_seconds', 'Time to handle and settle one batch.', [
  'group',
  'topic',
]);
const lagGauge = gauge(
  'kafka_consumer_lag',
  'Messages behind the end of the partition after the last batch.',
  ['group', 'topic', 'partition'],
);
const pausedGauge = gauge(
  'kafka_consumer_paused_partitions',
  'Partitions that wait for a retry or are stopped.',
  ['group'],
);

interface PartitionState {
  readonly topic: string;
  readonly partition: number;
  /** Settled offsets above the committed one. */
  readonly settled: Set<string>;
  /** Retries in a row without any progress. */
  attempts: number;
  /** When the partition may be fetched again, on the monotonic clock in ms; 0 = it is not paused. */
  pausedUntil: number;
  timer: NodeJS.Timeout | undefined;
  /** Why nobody may go past the next offset. */
  stopped: string | undefined;
}

/** Works through the partitions of this member: delivers, settles, commits, pauses and resumes. */
export class PartitionRunner {
  readonly #options: PartitionRunnerOptions;
  readonly #partitions = new Map<string, PartitionState>();

  constructor(options: PartitionRunnerOptions) {
    this.#options = options;
  }

  /** Partitions that a handler stopped, with the reason. */
  get stopped(): readonly string[] {
    return [...this.#partitions.values()]
      .filter((state) => state.stopped !== undefined)
      .map(({ topic, partition, stopped }) => `${topic}/${partition}: ${stopped}`);
  }

  /** Forgets the partitions that this member lost; another member goes on with them from the committed offset. */
  keepOnly(assignment: Readonly<Record<string, readonly number[]>>): void {
    for (const [key, state] of this.#partitions) {
      const { topic, partition } = state;
      if (assignment[topic]?.includes(partition)) continue;
      clearTimeout(state.timer);
      this.#partitions.delete(key);
      lagGauge.remove({ group: this.#options.groupId, topic, partition: String(partition) });
    }
    this.#countPaused();
  }

  close(): void {
    for (const { timer } of this.#partitions.values()) clearTimeout(timer);
  }

  /** Handles what one fetch brought of one partition. Errors of the client are thrown: it knows how to rejoin. */
  async run(payload: EachBatchPayload, consumer: Consumer): Promise<void> {
    const { topic, partition, messages, highWatermark } = payload.batch;
    const state = this.#stateOf(topic, partition);
    // A client that was made again knows nothing of our pauses.
    if (state.stopped !== undefined || state.pausedUntil > performance.now()) {
      this.#pause(state, consumer);
      return;
    }
    const { batchSize } = this.#options;
    for (let start = 0; start < messages.length; start += batchSize) {
      if (!payload.isRunning() || payload.isStale()) return;
      const slice = messages.slice(start, start + batchSize);
      const last = start + batchSize >= messages.length;
      const started = performance.now();
      const { result, lost } = await withHeartbeat(payload, () => this.#settle(state, slice));
      const next = last && result.blockedBy === undefined ? payload.batch.lastOffset() : result.settledUpTo;
      if (next !== undefined) await this.#commit(payload, state, next);
      this.#report(state, slice, result, started, lagBehind(highWatermark, next, slice[0]?.offset));
      if (result.blockedBy) {
        this.#hold(state, result, consumer);
        return;
      }
      state.attempts = 0;
      if (lost) throw lost;
    }
  }

  #settle(state: PartitionState, slice: readonly FetchedMessage[]): Promise<SettledBatch> {
    const { topic, partition, settled } = state;
    const batch: KafkaBatch = { topic, partition, messages: slice.map(asKafkaMessage) };
    return settleBatch({
      batch,
      settled,
      handle: this.#options.handlerOf(topic),
      publishDeadLetters: this.#options.publishDeadLetters,
    });
  }

  async #commit(
    payload: EachBatchPayload,
    { topic, partition, settled }: PartitionState,
    settledUpTo: string,
  ): Promise<void> {
    payload.resolveOffset(settledUpTo);
    const offset = BigInt(settledUpTo) + 1n;
    await payload.commitOffsetsIfNecessary({
      topics: [{ topic, partitions: [{ partition, offset: String(offset) }] }],
    });
    // Only now: when the commit fails, the same messages are fetched again and must be known.
    for (const known of settled) if (BigInt(known) < offset) settled.delete(known);
  }

  #hold(state: PartitionState, { blockedBy, counts }: SettledBatch, consumer: Consumer): void {
    if (blockedBy?.outcome === 'stop') {
      state.stopped = blockedBy.reason;
    } else {
      state.attempts = counts.done + counts['dead-letter'] > 0 ? 1 : state.attempts + 1;
      state.pausedUntil = performance.now() + pauseAfter(blockedBy, state.attempts);
    }
    this.#pause(state, consumer);
  }

  #pause(state: PartitionState, consumer: Consumer): void {
    const { topic, partition } = state;
    consumer.pause([{ topic, partitions: [partition] }]);
    clearTimeout(state.timer);
    if (state.stopped === undefined) {
      state.timer = setTimeout(
        () => {
          state.pausedUntil = 0;
          this.#countPaused();
          resume(consumer, topic, partition);
        },
        Math.max(0, state.pausedUntil - performance.now()),
      );
    }
    this.#countPaused();
  }

  #stateOf(topic: string, partition: number): PartitionState {
    const key = `${topic}/${partition}`;
    let state = this.#partitions.get(key);
    if (!state) {
      state = {
        topic,
        partition,
        settled: new Set(),
        attempts: 0,
        pausedUntil: 0,
        timer: undefined,
        stopped: undefined,
      };
      this.#partitions.set(key, state);
    }
    return state;
  }

  #countPaused(): void {
    const paused = [...this.#partitions.values()].filter((s) => s.stopped !== undefined || s.pausedUntil > 0);
    pausedGauge.set({ group: this.#options.groupId }, paused.length);
  }

  #report(
    { topic, partition, attempts }: PartitionState,
    slice: readonly FetchedMessage[],
    { counts, known, blockedBy, settledUpTo }: SettledBatch,
    started: number,
    lag: number,
  ): void {
    const { groupId: group, log } = this.#options;
    const durationMs = Math.round(performance.now() - started);
    for (const [outcome, count] of Object.entries(counts)) {
      if (count > 0) messagesTotal.inc({ group, topic, outcome }, count);
    }
    batchSeconds.observe({ group, topic }, durationMs / 1_000);
    lagGauge.set({ group, topic, partition: String(partition) }, lag);
    const line = {
      group,
      topic,
      partition,
      firstOffset: slice[0]?.offset,
      lastOffset: slice.at(-1)?.offset,
      settledUpTo,
      messages: slice.length,
      ...counts,
      ...(known > 0 && { known }),
      ...(blockedBy && { blockedBy: blockedBy.outcome, reason: blockedBy.reason, attempts: attempts + 1 }),
      lag,
      durationMs,
    };
    if (blockedBy?.outcome === 'stop') log.error(line, 'batch.settled');
    else if (blockedBy || counts['dead-letter'] > 0) log.warn(line, 'batch.settled');
    else log.info(line, 'batch.settled');
  }
}

/** Messages from the first unsettled one to the end of the partition. */
function lagBehind(highWatermark: string, settledUpTo: string | undefined, first = '0'): number {
  const next = settledUpTo === undefined ? BigInt(first) : BigInt(settledUpTo) + 1n;
  return Number(BigInt(highWatermark) - next);
}

function pauseAfter(settlement: Settlement | undefined, attempts: number): number {
  if (settlement?.outcome === 'retry' && settlement.afterMs !== undefined) {
    return Math.min(MOST_ASKED_PAUSE_MS, Math.max(0, settlement.afterMs));
  }
  return Math.min(MOST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempts - 1, 10));
}

function resume(consumer: Consumer, topic: string, partition: number): void {
  try {
    consumer.resume([{ topic, partitions: [partition] }]);
  } catch {
    // The client ended meanwhile. The one that follows starts without pauses.
  }
}

/** Keeps the membership while `work` takes its time. `lost` is what the group answered when it wants us back. */
async function withHeartbeat<T>(
  payload: EachBatchPayload,
  work: () => Promise<T>,
): Promise<{ result: T; lost?: Error }> {
  let lost: Error | undefined;
  const timer = setInterval(() => {
    payload.heartbeat().catch((error: Error) => (lost = error));
  }, HEARTBEAT_EVERY_MS);
  try {
    const result = await work();
    return lost ? { result, lost } : { result };
  } finally {
    clearInterval(timer);
  }
}
