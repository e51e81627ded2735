import { afterAll, describe, expect, it } from '@jest/globals';
import { committed, startConsumer } from '../testing/test-consumer.js';
import { eventually } from '../testing/eventually.js';
import { kafkaFromEnv, uniqueTopic } from '../testing/test-kafka.js';
import { createTopics, deleteTopics, describeTopics, groupLag, groupOffsets } from './admin.js';
import { createProducer } from './client.js';
import { done, retry } from './settle.js';

const kafka = kafkaFromEnv('admin-test');
const names = [uniqueTopic('admin'), uniqueTopic('admin')] as const;

afterAll(() => deleteTopics(kafka, names));

describe('topic administration', () => {
  it('creates what is missing, leaves the rest as it is, and describes both', async () => {
    const first = { name: names[0], partitions: 2, retentionMs: 3_600_000 };
    expect(await createTopics(kafka, [first])).toEqual([names[0]]);
    const again = await createTopics(kafka, [
      { ...first, partitions: 5, retentionMs: 1 },
      { name: names[1], partitions: 1, retentionMs: -1, maxMessageBytes: 2_000_000 },
    ]);
    expect(again).toEqual([names[1]]);
    expect(await describeTopics(kafka, names)).toEqual([
      {
        topic: names[0],
        retentionMs: 3_600_000,
        partitions: [
          { partition: 0, low: '0', high: '0' },
          { partition: 1, low: '0', high: '0' },
        ],
      },
      { topic: names[1], retentionMs: -1, partitions: [{ partition: 0, low: '0', high: '0' }] },
    ]);
    const listed = (await describeTopics(kafka)).map(({ topic }) => topic);
    expect(listed).toEqual(expect.arrayContaining([...names]));
    expect(listed.filter((name) => name.startsWith('__'))).toEqual([]);
  });

  it('tells what a group has committed and how far it is behind', async () => {
    const [topic, groupId] = [names[1], uniqueTopic('group')];
    const producer = createProducer(kafka);
    const messages = Array.from({ length: 10 }, (_, i) => ({ key: 'k', value: Buffer.from(`${i}`) }));
    await producer.send([{ topic, messages }]);
    expect(await groupLag(kafka, [{ group: groupId, topics: [topic] }])).toEqual([
      { group: groupId, topic, partition: 0, committed: null, high: '10', lag: 10 },
    ]);

    const consumer = await startConsumer({
      kafka,
      topic,
      groupId,
      handle: async (batch) =>
        batch.messages.map(({ offset }) => (Number(offset) < 7 ? done : retry('not yet'))),
    });
    await eventually(async () => expect(await committed(kafka, groupId, topic)).toEqual(['7']));
    const behind = { group: groupId, topic, partition: 0, committed: '7', high: '10', lag: 3 };
    expect(await groupLag(kafka, [{ group: groupId }])).toEqual([behind]);
    expect(await groupLag(kafka)).toEqual(expect.arrayContaining([behind]));
    expect(await groupOffsets(kafka, groupId)).toEqual([
      { group: groupId, topic, partition: 0, committed: '7' },
    ]);
    await consumer.stop();
    await producer.disconnect();
  });
});
