/**
 * What a handler answers for one message.
 * - done: handled (or known already); the offset may move past it.
 * - retry: not now, for example during an outage. The partition is paused and the message is delivered again
 *   after `afterMs` (at most 5 s), by default after a growing delay. Never the answer to bad data.
 * - dead-letter: it can never be handled. It is kept with its reason in the dead-letter topic and counts as done.
 * - stop: nobody may go past it, a person has to look. The partition stays where it is and readiness turns red.
 */
export type Settlement =
  | { readonly outcome: 'done' }
  | { readonly outcome: 'retry'; readonly reason: string; readonly afterMs?: number }
  | { readonly outcome: 'dead-letter'; readonly reason: string }
  | { readonly outcome: 'stop'; readonly reason: string };

export type Outcome = Settlement['outcome'];

export interface KafkaMessage {
  /** Position in the partition, a 64-bit integer in decimal. */
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer | string | (Buffer | string)[] | undefined>>;
  /** Milliseconds since 1970: the time the producer gave it, or the broker's when the topic says so. */
  readonly timestamp: number;
}

/** A message as the client hands it out, in our terms. */
export function asKafkaMessage(fetched: {
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: KafkaMessage['headers'];
  readonly timestamp: string;
}): KafkaMessage {
  const { offset, key, value, headers = {}, timestamp } = fetched;
  return { offset, key, value, headers, timestamp: Number(timestamp) };
}

/** Consecutive unsettled messages of one partition; there may be gaps where messages were settled earlier. */
export interface KafkaBatch {
  readonly topic: string;
  readonly partition: number;
  readonly messages: readonly KafkaMessage[];
}

export const done: Settlement = { outcome: 'done' };
export const retry = (reason: string, afterMs?: number): Settlement =>
  afterMs === undefined ? { outcome: 'retry', reason } : { outcome: 'retry', reason, afterMs };
export const deadLetter = (reason: string): Settlement => ({ outcome: 'dead-letter', reason });
export const stop = (reason: string): Settlement => ({ outcome: 'stop', reason });
