import { describe, expect, it } from '@jest/globals';
import { deadLetterMessage, deadLetterPublisher, type RejectedMessage } from './dead-letters.js';
import { ProducerError } from './producer-error.js';
import type { Producer, ProducerBatch, ProducerMessage } from './producer.js';

const rejected: RejectedMessage = {
  topic: 'facts',
  partition: 3,
  reason: 'undecodable: unknown fingerprint',
  message: {
    offset: '42',
    key: Buffer.from([0, 255]),
    value: Buffer.from([195, 1, 0, 254]),
    headers: { trace: Buffer.from([1, 2]), twice: ['a', Buffer.from('b')], nothing: undefined },
    timestamp: 1,
  },
};

/** Refuses messages whose value is longer than the limit, like a broker does. */
function producerWithLimit(limit: number, sent: ProducerMessage[]): Producer {
  return {
    connect: () => Promise.resolve(),
    disconnect: () => Promise.resolve(),
    send: (batches: readonly ProducerBatch[]) => {
      const messages = batches.flatMap((batch) => batch.messages);
      if (messages.some(({ value }) => (value?.length ?? 0) > limit)) {
        return Promise.reject(new ProducerError('too large', false));
      }
      sent.push(...messages);
      return Promise.resolve();
    },
  };
}

describe('dead letter', () => {
  it('is the original byte for byte, with where it lay and why it was given up in its headers', () => {
    expect(deadLetterMessage(rejected, new Date('2026-11-24T12:00:00.123Z'))).toEqual({
      key: Buffer.from([0, 255]),
      value: Buffer.from([195, 1, 0, 254]),
      headers: {
        trace: Buffer.from([1, 2]),
        twice: ['a', Buffer.from('b')],
        'dl-topic': 'facts',
        'dl-partition': '3',
        'dl-offset': '42',
        'dl-reason': 'undecodable: unknown fingerprint',
        'dl-time': '2026-11-24T12:00:00.123Z',
      },
    });
  });

  it('keeps the beginning of a reason that quotes a whole document', () => {
    const { headers } = deadLetterMessage({ ...rejected, reason: 'x'.repeat(100_000) });
    expect(String(headers?.['dl-reason'])).toHaveLength(2_000);
  });

  it('too large for the topic is kept without its value, and does not keep the others from being published', async () => {
    const sent: ProducerMessage[] = [];
    const large = { ...rejected, message: { ...rejected.message, value: Buffer.alloc(11) } };
    await deadLetterPublisher(producerWithLimit(10, sent), 'dead')([rejected, large]);
    expect(sent.map(({ value }) => value)).toEqual([rejected.message.value, null]);
    expect(sent[1]?.headers).toMatchObject({ 'dl-value-omitted': '11', 'dl-offset': '42' });
  });

  it('that cannot be published during an outage is reported, not shortened', async () => {
    const down: Producer = {
      connect: () => Promise.resolve(),
      disconnect: () => Promise.resolve(),
      send: () => Promise.reject(new ProducerError('broker down', true)),
    };
    await expect(deadLetterPublisher(down, 'dead')([rejected])).rejects.toThrow('broker down');
  });
});
