import { randomBytes } from 'node:crypto';
import { createLogger } from '../telemetry/logger.js';
import { createTopics, deleteTopics } from '../kafka/admin.js';
import { closeClient, createKafka, type Kafka, type KafkaOptions } from '../kafka/connection.js';
import { asKafkaMessage, type KafkaMessage } from '../kafka/settle.js';

/** The brokers that `npm test` started. @throws when EG_TEST_KAFKA is not set */
export function kafkaFromEnv(clientId = 'test', options: Pick<KafkaOptions, 'connect'> = {}): Kafka {
  const brokers = process.env['EG_TEST_KAFKA'];
  if (!brokers) throw new Error('EG_TEST_KAFKA is not set: run integration tests through npm test');
  return createKafka({ ...options, brokers: brokers.split(','), clientId, log: testLogger() });
}

/** Silent unless EG_TEST_LOG names a level. */
export function testLogger(): ReturnType<typeof createLogger> {
  return createLogger('test', process.env['EG_TEST_LOG'] ?? 'silent');
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
  { partitions = 1, purpose = 'topic', name = uniqueTopic(purpose) } = {},
): Promise<TestTopic> {
  await createTopics(kafka, [{ name, partitions, retentionMs: 3_600_000, replicationFactor: 1 }]);
  return { name, drop: () => deleteTopics(kafka, [name]) };
}

export interface ReadMessage extends KafkaMessage {
  readonly partition: number;
}

/**
 * The first `count` messages of a topic, partition by partition in order. Waits until there are as many.
 *
 * @throws Error after `timeoutMs`, with what was there until then
 */
export async function readTopic(
  kafka: Kafka,
  topic: string,
  count: number,
  { timeoutMs = 15_000 } = {},
): Promise<ReadMessage[]> {
  const read: ReadMessage[] = [];
  const { client, destroy } = kafka.open();
  const consumer = client.consumer({ groupId: uniqueTopic('reader'), maxWaitTimeInMs: 100 });
  let timer: NodeJS.Timeout | undefined;
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(
        () => reject(new Error(`${read.length} of ${count} messages in ${topic} after ${timeoutMs} ms`)),
        timeoutMs,
      );
      consumer
        .run({
          autoCommit: false,
          eachMessage: ({ partition, message }) => {
            read.push({ ...asKafkaMessage(message), partition });
            if (read.length >= count) resolve();
            return Promise.resolve();
          },
        })
        .catch(reject);
    });
  } finally {
    clearTimeout(timer);
    await closeClient(() => consumer.disconnect(), destroy, 2_000);
  }
  return read.toSorted((a, b) => a.partition - b.partition || Number(a.offset) - Number(b.offset));
}
