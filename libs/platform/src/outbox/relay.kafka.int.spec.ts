import { describe, expect, it } from '@jest/globals';
import { createProducer } from '../kafka/client.js';
import { plumbingMigrations } from '../schema/plumbing.js';
import { eventually } from '../testing/eventually.js';
import { createTestDatabase } from '../testing/test-database.js';
import { createTestTopic, kafkaFromEnv, readTopic, testLogger } from '../testing/test-kafka.js';
import { enqueue, OUTBOX_SHARDS } from './outbox.js';
import { readBacklog } from './outbox-table.js';
import { createRelay } from './relay.js';

describe('relay to Kafka', () => {
  it('brings every message to its topic once, byte by byte, and those of a key in order', async () => {
    const test = await createTestDatabase(plumbingMigrations);
    const kafka = kafkaFromEnv('outbox-relay');
    const topic = await createTestTopic(kafka, { partitions: 3, purpose: 'outbox' });
    const producer = createProducer(kafka);
    const relay = createRelay({ database: test.database, producer, log: testLogger() });
    try {
      await relay.start();
      const keys = ['domain-1', 'domain-2', 'domain-3', 'domain-4'];
      for (let n = 0; n < 25; n += 1) {
        await test.database.transaction((tx) =>
          enqueue(
            tx,
            keys.map((key) => ({
              topic: topic.name,
              key,
              value: Buffer.from([0xc3, 0x01, n]),
              headers: { number: String(n) },
            })),
          ),
        );
      }
      const shards = Array.from({ length: OUTBOX_SHARDS }, (_, shard) => shard);
      await eventually(async () => expect((await readBacklog(test.database, shards)).pending).toBe(0));
      const messages = await readTopic(kafka, topic.name, keys.length * 25);
      for (const key of keys) {
        const ofKey = messages.filter((message) => message.key?.toString() === key);
        expect(ofKey.map(({ value }) => [...(value ?? [])])).toEqual(
          Array.from({ length: 25 }, (_, n) => [0xc3, 0x01, n]),
        );
        expect(ofKey[7]?.headers['number']?.toString()).toBe('7');
        expect(new Set(ofKey.map(({ partition }) => partition)).size).toBe(1);
      }
    } finally {
      await relay.stop();
      await producer.disconnect();
      await topic.drop();
      await test.drop();
    }
  });
});
