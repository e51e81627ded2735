import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../testing/eventually.js';
import { committed, startConsumer, type TestConsumer } from '../testing/test-consumer.js';
import {
  createTestTopic,
  kafkaFromEnv,
  readTopic,
  uniqueTopic,
  type TestTopic,
} from '../testing/test-kafka.js';
import { cuttableNetwork } from '../testing/test-network.js';
import { createKafka, createProducer, type Producer } from './client.js';
import { done, type KafkaBatch } from './settle.js';

/** The promise: with any engine away, everything goes on by itself within 10 s of its return. */
const GOES_ON_WITHIN_MS = 10_000;

const direct = kafkaFromEnv('outage-test');
let producer: Producer;
let topic: TestTopic;
let groupId: string;
let seen: string[];
const running: TestConsumer[] = [];
const topics: TestTopic[] = [];

beforeAll(() => {
  producer = createProducer(direct);
});

beforeEach(async () => {
  groupId = uniqueTopic('group');
  topic = await createTestTopic(direct, { partitions: 2, purpose: 'outage' });
  topics.push(topic);
  seen = [];
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((consumer) => consumer.stop()));
});

afterAll(async () => {
  await producer.disconnect();
  for (const each of topics) await each.drop();
});

async function handle({ messages }: KafkaBatch) {
  seen.push(...messages.map(({ value }) => String(value)));
  return messages.map(() => done);
}

async function publish(through: Producer, ...values: string[]): Promise<void> {
  await through.send([
    { topic: topic.name, messages: values.map((value) => ({ key: value, value: Buffer.from(value) })) },
  ]);
}

async function consume(kafka = direct): Promise<TestConsumer> {
  const consumer = await startConsumer({ kafka, topic: topic.name, groupId, handle });
  running.push(consumer);
  return consumer;
}

describe('consumer during an outage', () => {
  it.each([
    // Long enough for the client to crash, so that it has to be made again.
    ['refuses connections', 'cut', 8_000],
    // Longer than a request may take, so that requests in flight have failed.
    ['accepts and stays silent', 'freeze', 7_000],
  ] as const)('goes on by itself after a broker that %s', async (_name, fault, outageMs) => {
    const network = cuttableNetwork();
    const { transport } = await consume(network.kafka);
    await publish(producer, 'before');
    await eventually(() => expect(seen).toEqual(['before']));

    network[fault]();
    await delay(outageMs);
    await publish(producer, 'a', 'b', 'c', 'd');
    expect(seen).toEqual(['before']);

    network.restore();
    await eventually(() => expect(seen.toSorted()).toEqual(['a', 'b', 'before', 'c', 'd']), {
      timeoutMs: GOES_ON_WITHIN_MS,
    });
    await eventually(() =>
      transport
        .readiness()
        .check()
        .then(() => true),
    );
    await eventually(async () => {
      const offsets = await committed(direct, groupId, topic.name);
      expect(offsets.reduce((sum, offset) => sum + Number(offset), 0)).toBe(5);
    });
  });

  it('starts without a broker, stays alive and says that it is not ready', async () => {
    const nowhere = createKafka({ brokers: ['127.0.0.1:1'], clientId: 'nowhere', log: direct.log });
    const { transport } = await consume(nowhere);
    await expect(transport.readiness().check()).rejects.toThrow('ECONNREFUSED');
  });

  it('waits for its topic when that does not exist yet', async () => {
    const name = uniqueTopic('late');
    const late = await startConsumer({ kafka: direct, topic: name, groupId, handle });
    running.push(late);
    await eventually(
      () => expect(late.transport.readiness().check()).rejects.toThrow('does not host this topic'),
      {
        timeoutMs: 15_000,
      },
    );
    topic = await createTestTopic(direct, { name });
    topics.push(topic);
    await publish(producer, 'x');
    await eventually(() => expect(seen).toEqual(['x']), { timeoutMs: GOES_ON_WITHIN_MS });
  });
});

describe('producer during an outage', () => {
  it.each([
    ['refuses connections', 'cut', 4_000],
    ['accepts and stays silent', 'freeze', 7_000],
  ] as const)(
    'publishes by itself after a broker that %s, and loses nothing that it acknowledged',
    async (_name, fault, outageMs) => {
      const network = cuttableNetwork();
      const own = createProducer(network.kafka);
      await publish(own, 'before');
      network[fault]();
      const acknowledged = ['before'];
      let sending = true;
      // Several callers, each of whom repeats what was not acknowledged, as the relay and mta-ingest do.
      const callers = Array.from({ length: 4 }, async (_, caller) => {
        for (let i = 0; sending; i += 1) {
          const value = `${caller}-${i}`;
          for (let sent = false; !sent;) {
            sent = await publish(own, value).then(
              () => true,
              () => false,
            );
          }
          acknowledged.push(value);
        }
      });
      await delay(outageMs);
      const before = acknowledged.length;
      network.restore();
      await eventually(() => expect(acknowledged.length).toBeGreaterThan(before + 200), {
        timeoutMs: GOES_ON_WITHIN_MS,
      });
      sending = false;
      await Promise.all(callers);
      await own.disconnect();
      const stored = await readTopic(direct, topic.name, acknowledged.length);
      const values = new Set(stored.map(({ value }) => String(value)));
      expect(acknowledged.filter((value) => !values.has(value))).toEqual([]);
    },
  );

  it('rejects within its deadline instead of hanging', async () => {
    const network = cuttableNetwork();
    const own = createProducer(network.kafka);
    await publish(own, 'before');
    network.freeze();
    await expect(publish(own, 'never')).rejects.toMatchObject({ name: 'ProducerError', retriable: true });
    // Not one of its connections is left behind, although the broker still owes answers on them.
    await eventually(() => expect(network.connections()).toBe(0));
    network.restore();
    await own.disconnect();
  });
});
