import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  createTestTopic,
  kafkaFromEnv,
  readTopic,
  uniqueTopic,
  type TestTopic,
} from '../testing/test-kafka.js';
import { eventually } from '../testing/eventually.js';
import { createProducer, type Producer } from './client.js';

const kafka = kafkaFromEnv('producer-test');
let producer: Producer;
let topic: TestTopic;
const topics: TestTopic[] = [];

beforeAll(async () => {
  topic = await createTestTopic(kafka, { partitions: 3, purpose: 'producer' });
  producer = createProducer(kafka);
});

afterAll(async () => {
  await producer.disconnect();
  for (const each of [topic, ...topics]) await each.drop();
});

describe('producer', () => {
  it('keeps the order of a key over concurrent calls, and the bytes of key, value and headers', async () => {
    const calls = Array.from({ length: 200 }, (_, i) =>
      producer.send([
        {
          topic: topic.name,
          messages: [{ key: `k${i % 7}`, value: Buffer.from([i, 0, 255]), headers: { n: String(i) } }],
        },
      ]),
    );
    await Promise.all(calls);
    const messages = await readTopic(kafka, topic.name, 200);
    for (let key = 0; key < 7; key += 1) {
      const numbers = messages.filter((m) => m.key?.toString() === `k${key}`).map((m) => m.value?.[0]);
      expect(numbers).toEqual(Array.from({ length: 200 }, (_, i) => i).filter((i) => i % 7 === key));
    }
    expect(messages.every(({ value, headers }) => Number(String(headers['n'])) === value?.[0])).toBe(true);
    expect(messages.every(({ value }) => value?.[1] === 0 && value[2] === 255)).toBe(true);
  });

  it('takes the next call in the very turn in which the last one was acknowledged', async () => {
    const sequence = await createTestTopic(kafka, { purpose: 'sequence' });
    for (let i = 0; i < 50; i += 1) {
      await producer.send([{ topic: sequence.name, messages: [{ key: 'k', value: Buffer.from([i]) }] }]);
    }
    const read = await readTopic(kafka, sequence.name, 50);
    expect(read.map(({ value }) => value?.[0])).toEqual(Array.from({ length: 50 }, (_, i) => i));
    topics.push(sequence);
  }, 10_000);

  it('splits a call that is larger than a request may be', async () => {
    const large = await createTestTopic(kafka, { purpose: 'large' });
    const messages = Array.from({ length: 30 }, (_, i) => ({ key: 'k', value: Buffer.alloc(100_000, i) }));
    await producer.send([{ topic: large.name, messages }]);
    const read = await readTopic(kafka, large.name, 30);
    expect(read.map(({ value }) => value?.[0])).toEqual(messages.map((_, i) => i));
    topics.push(large);
  });

  it('rejects what the topic does not take for good, and only that', async () => {
    const tooLarge = producer.send([
      { topic: topic.name, messages: [{ key: 'k', value: Buffer.alloc(2_000_000) }] },
    ]);
    const small = producer.send([
      { topic: topic.name, messages: [{ key: 'k', value: Buffer.from('small') }] },
    ]);
    await expect(tooLarge).rejects.toMatchObject({ name: 'ProducerError', retriable: false });
    await expect(small).resolves.toBeUndefined();
  });

  it('reports a missing topic as retriable, and works on once the topic is there', async () => {
    const name = uniqueTopic('late');
    const batch = [{ topic: name, messages: [{ key: 'k', value: Buffer.from('v') }] }];
    await expect(producer.send(batch)).rejects.toMatchObject({ name: 'ProducerError', retriable: true });
    const late = await createTestTopic(kafka, { name });
    await producer.send(batch);
    expect(await readTopic(kafka, name, 1)).toHaveLength(1);
    topics.push(late);
  });

  it('does not let a call for a missing topic fail the calls beside it', async () => {
    const batchFor = (name: string) => [
      { topic: name, messages: [{ key: 'k', value: Buffer.from('beside') }] },
    ];
    const calls = [topic.name, uniqueTopic('absent'), topic.name].map((name) =>
      producer.send(batchFor(name)),
    );
    const outcomes = (await Promise.allSettled(calls)).map(({ status }) => status);
    expect(outcomes).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('goes on after one of its topics was deleted', async () => {
    const gone = await createTestTopic(kafka, { purpose: 'gone' });
    await producer.send([{ topic: gone.name, messages: [{ key: 'k', value: Buffer.from('v') }] }]);
    await gone.drop();
    // The client asks for all topics it knows together, so the first call after the deletion may have to pay for it.
    const batch = [{ topic: topic.name, messages: [{ key: 'k', value: Buffer.from('v') }] }];
    await eventually(() => expect(producer.send(batch)).resolves.toBeUndefined());
  });

  it('sends what was handed over before it disconnects, and refuses afterwards', async () => {
    const own = createProducer(kafka);
    const target = await createTestTopic(kafka, { purpose: 'drain' });
    const send = own.send([{ topic: target.name, messages: [{ key: null, value: Buffer.from('last') }] }]);
    await own.disconnect();
    await send;
    expect(await readTopic(kafka, target.name, 1)).toHaveLength(1);
    await expect(
      own.send([{ topic: target.name, messages: [{ key: 'k', value: null }] }]),
    ).rejects.toMatchObject({
      retriable: false,
    });
    topics.push(target);
  });
});
