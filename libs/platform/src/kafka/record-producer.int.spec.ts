import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect } from 'node:net';
import {
  createTestTopic,
  kafkaFromEnv,
  readTopic,
  uniqueTopic,
  type TestTopic,
} from '../testing/test-kafka.js';
import { startTcpProxy, type TcpProxy } from '../testing/tcp-proxy.js';
import { createProducer, createRecordProducer, PartitionedRecords, type RecordProducer } from './client.js';

const PARTITIONS = 3;
let topic: TestTopic;
let proxy: TcpProxy;
let producer: RecordProducer;
const direct = kafkaFromEnv('record-producer-test');

beforeAll(async () => {
  const [host = '', port = ''] = (direct.brokers[0] ?? '').split(':');
  proxy = await startTcpProxy({ host, port: Number(port) });
  topic = await createTestTopic(direct, { partitions: PARTITIONS, purpose: 'records' });
  // Whatever address the broker names, the way to it is through the proxy.
  const kafka = kafkaFromEnv('record-producer-test', {
    connect: (_address, onConnect) => connect({ host: '127.0.0.1', port: proxy.port }, onConnect),
  });
  producer = createRecordProducer(kafka);
});

afterAll(async () => {
  await producer.disconnect();
  await proxy.close();
  await topic.drop();
});

let sent = 0;
/** Records whose value is their number in the topic. */
function some(count: number, target = topic.name): PartitionedRecords {
  const records = new PartitionedRecords(target, PARTITIONS, Date.now());
  for (let n = 0; n < count; n += 1)
    records.append(Buffer.from(`key ${sent % 10}`), Buffer.from(`${sent++}`));
  return records;
}

async function numbers(): Promise<number[]> {
  const read = await readTopic(direct, topic.name, sent);
  return read.map(({ value }) => Number(String(value)));
}

const upToNow = () => Array.from({ length: sent }, (_, n) => n);
const ascending = (list: number[]) => list.toSorted((a, b) => a - b);

describe('a producer of ready records', () => {
  it('knows the partitions of a topic', async () => {
    expect(await producer.partitionsOf(topic.name)).toBe(PARTITIONS);
    await expect(producer.partitionsOf(uniqueTopic('none'))).rejects.toMatchObject({ retriable: true });
  });

  it('publishes each record once and in order, where any other producer would', async () => {
    for (let call = 0; call < 5; call += 1) await producer.send(some(200).batches);
    expect(ascending(await numbers())).toEqual(upToNow());
    const read = await readTopic(direct, topic.name, sent);
    for (let key = 0; key < 10; key += 1) {
      const ofKey = read.filter((message) => String(message.key) === `key ${key}`);
      expect(new Set(ofKey.map(({ partition }) => partition)).size).toBe(1);
      expect(ofKey.map(({ value }) => Number(String(value)))).toEqual(
        upToNow().filter((n) => n % 10 === key),
      );
    }
    const other = await createTestTopic(direct, { partitions: PARTITIONS });
    const messages = Array.from({ length: 10 }, (_, key) => ({ key: `key ${key}`, value: Buffer.from('') }));
    const plain = createProducer(direct);
    await plain.send([{ topic: other.name, messages }]);
    await plain.disconnect();
    const places = await readTopic(direct, other.name, 10);
    for (const { key, partition } of places)
      expect(read.find((message) => String(message.key) === String(key))?.partition).toBe(partition);
    await other.drop();
  });

  it('makes no record twice when the answer was lost and the batches are sent again', async () => {
    const { batches } = some(100);
    proxy.intercept((bytes) =>
      bytes.includes(topic.name) && bytes.length > 1_000 ? 'forward-then-cut' : 'forward',
    );
    await expect(producer.send(batches)).rejects.toMatchObject({ name: 'ProducerError', retriable: true });
    proxy.intercept(() => 'forward');
    await producer.send(batches);
    await producer.send(some(100).batches);
    expect(ascending(await numbers())).toEqual(upToNow());
  });

  it('loses nothing when the connection is cut before the broker sees the batches', async () => {
    const { batches } = some(100);
    proxy.intercept((bytes) => (bytes.length > 1_000 ? 'cut' : 'forward'));
    await expect(producer.send(batches)).rejects.toMatchObject({ retriable: true });
    proxy.intercept(() => 'forward');
    await producer.send(batches);
    expect(ascending(await numbers())).toEqual(upToNow());
  });

  it('goes on under another identity when a batch in between was given up', async () => {
    const given = some(10);
    proxy.intercept((bytes) => (bytes.length > 400 ? 'cut' : 'forward'));
    await expect(producer.send(given.batches)).rejects.toMatchObject({ retriable: true });
    proxy.intercept(() => 'forward');
    sent -= 10;
    const { batches } = some(50);
    await producer.send(batches).catch(() => producer.send(batches));
    expect(ascending(await numbers())).toEqual(upToNow());
  });

  it('rejects for good what the topic does not take', async () => {
    const records = new PartitionedRecords(topic.name, PARTITIONS, Date.now());
    records.append(Buffer.from('k'), Buffer.alloc(2_000_000));
    await expect(producer.send(records.batches)).rejects.toMatchObject({ retriable: false });
  });
});
