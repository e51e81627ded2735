import { randomBytes } from 'node:crypto';
import pino from 'pino';
import { createTopics, deleteTopics } from '../kafka/admin.js';
import { createKafka, type Kafka } from '../kafka/client.js';

/** The brokers that `npm test` started. @throws when EG_TEST_KAFKA is not set */
export function kafkaFromEnv(clientId = 'test'): Kafka {
  const brokers = process.env['EG_TEST_KAFKA'];
  if (!brokers) throw new Error('EG_TEST_KAFKA is not set: run integration tests through npm test');
  return createKafka({
    brokers: brokers.split(','),
    clientId,
    log: pino({ level: process.env['EG_TEST_LOG'] ?? 'silent' }),
  });
}

/** A name that no other test uses; also good for groups. */
export function uniqueTopic(purpose = 'topic'): string {
  return `eg-t-${purpose}-${randomBytes(6).toString('hex')}`;
}

export interface TestTopic {
  readonly name: string;
  drop(): Promise<void>;
}

/** A topic of its own for one test. */
export async function createTestTopic(
  kafka: Kafka,
  { partitions = 1, purpose = 'topic' } = {},
): Promise<TestTopic> {
  const name = uniqueTopic(purpose);
  await createTopics(kafka, [{ name, partitions, retentionMs: 3_600_000, replicationFactor: 1 }]);
  return { name, drop: () => deleteTopics(kafka, [name]) };
}
