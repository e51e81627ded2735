import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../testing/eventually.js';
import {
  committed,
  startConsumer,
  type TestConsumer,
  type TestConsumerOptions,
} from '../testing/test-consumer.js';
import {
  createTestTopic,
  kafkaFromEnv,
  readTopic,
  uniqueTopic,
  type TestTopic,
} from '../testing/test-kafka.js';
import { createProducer, type Producer } from './client.js';
import { deadLetter, done, retry, stop, type KafkaBatch } from './settle.js';

const kafka = kafkaFromEnv('transport-test');
let producer: Producer;
let topic: TestTopic;
let groupId: string;
const running: TestConsumer[] = [];
const topics: TestTopic[] = [];

beforeAll(() => {
  producer = createProducer(kafka);
});

beforeEach(async () => {
  groupId = uniqueTopic('group');
  topic = await newTopic();
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((consumer) => consumer.stop()));
});

afterAll(async () => {
  await producer.disconnect();
  for (const each of topics) await each.drop();
});

async function newTopic(partitions = 1): Promise<TestTopic> {
  const created = await createTestTopic(kafka, { partitions, purpose: 'transport' });
  topics.push(created);
  return created;
}

async function consume(
  handle: (batch: KafkaBatch) => Promise<unknown>,
  options: Partial<TestConsumerOptions> = {},
): Promise<TestConsumer> {
  const consumer = await startConsumer({ kafka, topic: topic.name, groupId, handle, ...options });
  running.push(consumer);
  return consumer;
}

/** Publishes `v<from>` … with the number as key. */
async function publish(count: number, from = 0): Promise<void> {
  const messages = Array.from({ length: count }, (_, i) => ({
    key: `${from + i}`,
    value: Buffer.from(`v${from + i}`),
  }));
  await producer.send([{ topic: topic.name, messages }]);
}

const offsetsOf = ({ messages }: KafkaBatch): number[] => messages.map(({ offset }) => Number(offset));
const valuesOf = ({ messages }: KafkaBatch): string[] => messages.map(({ value }) => String(value));
const allDone = async ({ messages }: KafkaBatch) => messages.map(() => done);

describe('Kafka transport', () => {
  it('hands over every message once and in order, in batches of bounded size, and commits to the end', async () => {
    await publish(25);
    const batches: number[][] = [];
    await consume(
      async (batch) => {
        batches.push(offsetsOf(batch));
        return allDone(batch);
      },
      { batchSize: 10 },
    );
    await eventually(async () => expect(await committed(kafka, groupId, topic.name)).toEqual(['25']));
    expect(batches.flat()).toEqual(Array.from({ length: 25 }, (_, i) => i));
    expect(Math.max(...batches.map((batch) => batch.length))).toBe(10);
  });

  it('moves the offset past settled messages only, and delivers again only what is not settled', async () => {
    await publish(10);
    const deliveries: number[][] = [];
    let busy = true;
    await consume(async (batch) => {
      deliveries.push(offsetsOf(batch));
      return batch.messages.map(({ offset }) =>
        busy && ['4', '7'].includes(offset) ? retry('busy', 50) : done,
      );
    });
    await eventually(() => expect(deliveries.length).toBeGreaterThan(3));
    expect(await committed(kafka, groupId, topic.name)).toEqual(['4']);
    expect(deliveries[0]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(deliveries.slice(1)).toEqual(deliveries.slice(1).map(() => [4, 7]));

    busy = false;
    await eventually(async () => expect(await committed(kafka, groupId, topic.name)).toEqual(['10']));
    await publish(1, 10);
    await eventually(() => expect(deliveries.at(-1)).toEqual([10]));
  });

  it('delivers the whole batch again when the handler throws; nothing is lost', async () => {
    await publish(10);
    const deliveries: number[][] = [];
    await consume(async (batch) => {
      deliveries.push(offsetsOf(batch));
      if (deliveries.length < 3) throw new Error('engine down');
      return allDone(batch);
    });
    await eventually(async () => expect(await committed(kafka, groupId, topic.name)).toEqual(['10']));
    expect(deliveries).toEqual([deliveries[0], deliveries[0], deliveries[0]]);
    expect(deliveries[0]).toHaveLength(10);
  });

  it('keeps poison in the dead-letter topic, byte for byte, and goes on behind it', async () => {
    const deadLetters = await newTopic();
    const value = Buffer.from([0xc3, 0x01, 0xff, 0x00]);
    await producer.send([
      {
        topic: topic.name,
        messages: [
          { key: 'a', value: Buffer.from('good') },
          { key: Buffer.from([0, 1]), value, headers: { trace: Buffer.from([9, 8]) } },
          { key: 'b', value: Buffer.from('good') },
        ],
      },
    ]);
    let handed = 0;
    await consume(
      async ({ messages }) => {
        handed += messages.length;
        return messages.map((message) =>
          message.value?.equals(value) ? deadLetter('unknown fingerprint') : done,
        );
      },
      { deadLetterTopic: deadLetters.name },
    );
    const [kept] = await readTopic(kafka, deadLetters.name, 1);
    expect(kept).toMatchObject({ key: Buffer.from([0, 1]), value });
    expect(kept?.headers['trace']).toEqual(Buffer.from([9, 8]));
    const header = (name: string): string => String(kept?.headers[name]);
    expect([header('dl-topic'), header('dl-partition'), header('dl-offset')]).toEqual([topic.name, '0', '1']);
    expect(header('dl-reason')).toBe('unknown fingerprint');
    expect(Math.abs(Date.now() - Date.parse(header('dl-time')))).toBeLessThan(60_000);
    await eventually(async () => expect(await committed(kafka, groupId, topic.name)).toEqual(['3']));
    expect(handed).toBe(3);
  });

  it('does not move past poison while the dead-letter topic cannot take it', async () => {
    await publish(3);
    const name = uniqueTopic('absent');
    let deliveries = 0;
    await consume(
      async ({ messages }) => {
        deliveries += 1;
        return messages.map(({ offset }) => (offset === '1' ? deadLetter('bad') : done));
      },
      { deadLetterTopic: name },
    );
    await eventually(() => expect(deliveries).toBeGreaterThan(1), { timeoutMs: 20_000 });
    expect(await committed(kafka, groupId, topic.name)).toEqual(['1']);
    topics.push(await createTestTopic(kafka, { name }));
    await eventually(async () => expect(await committed(kafka, groupId, topic.name)).toEqual(['3']), {
      timeoutMs: 20_000,
    });
  });

  it('stops a partition for good on request, says so in its readiness, and goes on with the others', async () => {
    topic = await newTopic(2);
    const seen = new Map<number, number>();
    const consumer = await consume(async (batch) => {
      seen.set(batch.partition, (seen.get(batch.partition) ?? 0) + batch.messages.length);
      return batch.messages.map(() => (batch.partition === 0 ? stop('newer schema') : done));
    });
    await publish(40);
    await eventually(() => expect(new Set(seen.keys())).toEqual(new Set([0, 1])));
    await eventually(() => expect(consumer.transport.readiness().check()).rejects.toThrow('newer schema'));
    const before = { ...Object.fromEntries(seen) };
    await publish(40, 40);
    await eventually(() => expect(seen.get(1)).toBeGreaterThan(before[1] ?? 0));
    expect(seen.get(0)).toBe(before[0]);
    const [stopped, moving] = await committed(kafka, groupId, topic.name);
    expect(stopped).toBeNull();
    expect(Number(moving)).toBeGreaterThan(0);
  });

  it('shares partitions between two members, loses nothing when one leaves, and repeats nothing of a clean stop', async () => {
    topic = await newTopic(6);
    const seen: string[][] = [[], []];
    const members = await Promise.all(
      [0, 1].map((i) =>
        consume(async (batch) => {
          seen[i]?.push(...valuesOf(batch));
          return allDone(batch);
        }),
      ),
    );
    let published = 0;
    await eventually(
      async () => {
        await publish(20, published);
        published += 20;
        expect(Math.min(...seen.map((values) => values.length))).toBeGreaterThan(0);
      },
      { timeoutMs: 20_000, everyMs: 100 },
    );
    await members[0]?.stop();
    await publish(200, published);
    published += 200;
    const everything = Array.from({ length: published }, (_, i) => `v${i}`).toSorted();
    await eventually(() => expect(seen.flat().toSorted()).toEqual(everything), { timeoutMs: 20_000 });
  });

  it('finishes and commits the batch in hand when it is stopped, and takes no other', async () => {
    await publish(100);
    const started = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const handed: number[][] = [];
    const consumer = await consume(
      async (batch) => {
        handed.push(offsetsOf(batch));
        started.resolve();
        await release.promise;
        return allDone(batch);
      },
      { batchSize: 10 },
    );
    await started.promise;
    const stopped = consumer.stop();
    release.resolve();
    await stopped;
    expect(handed).toEqual([[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]]);
    expect(await committed(kafka, groupId, topic.name)).toEqual(['10']);
    await expect(consumer.transport.readiness().check()).rejects.toThrow('not in group');

    // It left the group, so the next member need not wait for a session to expire.
    const since = performance.now();
    await consume(async (batch) => {
      handed.push(offsetsOf(batch));
      return allDone(batch);
    });
    await eventually(() => expect(handed.flat()).toHaveLength(100));
    expect(performance.now() - since).toBeLessThan(5_000);
  });

  it('keeps its membership while a handler takes longer than a session', async () => {
    await publish(1);
    const started = Promise.withResolvers<void>();
    let deliveries = 0;
    const slow = async (batch: KafkaBatch) => {
      deliveries += 1;
      started.resolve();
      // The session is 6 s. A member that is put out of the group loses the message to the other one.
      await delay(8_000);
      return allDone(batch);
    };
    await consume(slow);
    await started.promise;
    await consume(slow);
    await eventually(async () => expect(await committed(kafka, groupId, topic.name)).toEqual(['1']), {
      timeoutMs: 20_000,
    });
    expect(deliveries).toBe(1);
  });
});
