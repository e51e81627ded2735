import type { PublishDeadLetters, RejectedMessage } from './dead-letters.js';
import { retry, type KafkaBatch, type KafkaMessage, type Outcome, type Settlement } from './settle.js';

export type BatchHandler = (batch: KafkaBatch) => Promise<unknown>;

export interface SettledBatch {
  /** Offset of the last message before which, and including which, everything is settled; undefined when the first is not. */
  readonly settledUpTo: string | undefined;
  /** The first message that is not settled, and what keeps it; undefined when all are settled. */
  readonly blockedBy: Extract<Settlement, { outcome: 'retry' | 'stop' }> | undefined;
  /** Of the messages that were handed to the handler. */
  readonly counts: Readonly<Record<Outcome, number>>;
  /** Messages that an earlier delivery had settled already. */
  readonly known: number;
}

export interface SettleOptions {
  readonly batch: KafkaBatch;
  /** Offsets of this partition that are settled above the committed one. Is brought up to date. */
  readonly settled: Set<string>;
  readonly handle: BatchHandler;
  readonly publishDeadLetters: PublishDeadLetters;
}

/**
 * Hands the messages that are not settled yet to the handler and works out how far the offset may move.
 * Never throws: a handler that does, or that answers nonsense, has asked for another delivery of the batch.
 */
export async function settleBatch({
  batch,
  settled,
  handle,
  publishDeadLetters,
}: SettleOptions): Promise<SettledBatch> {
  const messages = batch.messages.filter(({ offset }) => !settled.has(offset));
  const answers = messages.length === 0 ? [] : await settlementsOf({ ...batch, messages }, handle);
  const settlements = await keepDeadLetters(batch, messages, answers, publishDeadLetters);

  const counts: Record<Outcome, number> = { done: 0, retry: 0, 'dead-letter': 0, stop: 0 };
  const open = new Map<string, SettledBatch['blockedBy']>();
  messages.forEach(({ offset }, i) => {
    const settlement = settlements[i] as Settlement;
    counts[settlement.outcome] += 1;
    if (settlement.outcome === 'retry' || settlement.outcome === 'stop') open.set(offset, settlement);
    else settled.add(offset);
  });

  const firstOpen = batch.messages.findIndex(({ offset }) => open.has(offset));
  const settledPrefix = firstOpen < 0 ? batch.messages : batch.messages.slice(0, firstOpen);
  // A stop anywhere holds the partition, but what lies before it must not be given up for it.
  const blockedBy = firstOpen < 0 ? undefined : open.get(batch.messages[firstOpen]?.offset ?? '');
  return {
    settledUpTo: settledPrefix.at(-1)?.offset,
    blockedBy,
    counts,
    known: batch.messages.length - messages.length,
  };
}

async function settlementsOf(batch: KafkaBatch, handle: BatchHandler): Promise<readonly Settlement[]> {
  const { messages } = batch;
  try {
    const answer = await handle(batch);
    if (isSettlements(answer) && answer.length === messages.length) return answer;
    const got = Array.isArray(answer) ? `${answer.length} values` : typeof answer;
    throw new Error(`the handler answered ${got} instead of ${messages.length} settlements`);
  } catch (error) {
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : JSON.stringify(error);
    return messages.map(() => retry(reason));
  }
}

function isSettlements(answer: unknown): answer is Settlement[] {
  return (
    Array.isArray(answer) &&
    answer.every((each: Partial<Settlement> | null) => OUTCOMES.has(each?.outcome ?? ''))
  );
}

const OUTCOMES = new Set<string>(['done', 'retry', 'dead-letter', 'stop'] satisfies Outcome[]);

/** Publishes what the handler gave up. What cannot be published is not settled: it is delivered again. */
async function keepDeadLetters(
  { topic, partition }: KafkaBatch,
  messages: readonly KafkaMessage[],
  settlements: readonly Settlement[],
  publish: PublishDeadLetters,
): Promise<readonly Settlement[]> {
  const rejected: RejectedMessage[] = [];
  settlements.forEach((settlement, i) => {
    const message = messages[i];
    if (settlement.outcome === 'dead-letter' && message) {
      rejected.push({ topic, partition, message, reason: settlement.reason });
    }
  });
  if (rejected.length === 0) return settlements;
  try {
    await publish(rejected);
    return settlements;
  } catch (error) {
    const reason = `dead letter not published: ${error instanceof Error ? error.message : String(error)}`;
    return settlements.map((each) => (each.outcome === 'dead-letter' ? retry(reason) : each));
  }
}
