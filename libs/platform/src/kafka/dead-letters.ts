import { ProducerError } from './producer-error.js';
import type { HeaderValue, Producer, ProducerMessage } from './producer.js';
import type { KafkaMessage } from './settle.js';

/**
 * A dead letter is the original message, byte for byte (key, value, headers), with these headers added, all
 * UTF-8 text: where it lay (`dl-topic`, `dl-partition`, `dl-offset`), why it was given up (`dl-reason`) and
 * when (`dl-time`, ISO 8601). `dl-value-omitted` holds the size in bytes of a value that was too large to be
 * kept; then the original is in its topic only, until retention removes it there.
 */
export const DEAD_LETTER_HEADERS = {
  topic: 'dl-topic',
  partition: 'dl-partition',
  offset: 'dl-offset',
  reason: 'dl-reason',
  time: 'dl-time',
  valueOmitted: 'dl-value-omitted',
} as const;

/** Characters of a reason that are kept; an engine's complaint may quote the whole document. */
const REASON_LENGTH = 2_000;

export interface RejectedMessage {
  readonly topic: string;
  readonly partition: number;
  readonly message: KafkaMessage;
  readonly reason: string;
}

export function deadLetterMessage(rejected: RejectedMessage, now = new Date()): ProducerMessage {
  const { topic, partition, message, reason } = rejected;
  const headers: Record<string, HeaderValue> = {};
  for (const [name, value] of Object.entries(message.headers)) {
    if (value !== undefined) headers[name] = value;
  }
  headers[DEAD_LETTER_HEADERS.topic] = topic;
  headers[DEAD_LETTER_HEADERS.partition] = String(partition);
  headers[DEAD_LETTER_HEADERS.offset] = message.offset;
  headers[DEAD_LETTER_HEADERS.reason] = reason.slice(0, REASON_LENGTH);
  headers[DEAD_LETTER_HEADERS.time] = now.toISOString();
  return { key: message.key, value: message.value, headers };
}

/** Where dead letters go. Rejects when they cannot be kept now. */
export type PublishDeadLetters = (rejected: readonly RejectedMessage[]) => Promise<void>;

export function deadLetterPublisher(producer: Producer, deadLetterTopic: string): PublishDeadLetters {
  const publish = (messages: ProducerMessage[]): Promise<void> =>
    producer.send([{ topic: deadLetterTopic, messages }]);

  async function publishOne(rejected: RejectedMessage): Promise<void> {
    const message = deadLetterMessage(rejected);
    try {
      await publish([message]);
    } catch (error) {
      if (!isRefused(error)) throw error;
      // The original was as large as its topic allows and the added headers are too much for this one. Losing
      // the copy of the value is better than a partition that never moves again.
      const size = String(rejected.message.value?.length ?? 0);
      await publish([
        {
          ...message,
          value: null,
          headers: { ...message.headers, [DEAD_LETTER_HEADERS.valueOmitted]: size },
        },
      ]);
    }
  }

  return async (rejected) => {
    try {
      await publish(rejected.map((each) => deadLetterMessage(each)));
    } catch (error) {
      if (!isRefused(error)) throw error;
      // One of them is refused for good; which one shows when each is sent alone.
      for (const each of rejected) await publishOne(each);
    }
  };
}

function isRefused(error: unknown): boolean {
  return error instanceof ProducerError && !error.retriable;
}
