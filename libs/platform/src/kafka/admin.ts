import type { Admin } from 'kafkajs';
import kafkajs from 'kafkajs';
import { closeClient, type Kafka } from './connection.js';

export interface TopicDefinition {
  readonly name: string;
  readonly partitions: number;
  /** How long messages are kept, in milliseconds; -1 = for ever. */
  readonly retentionMs: number;
  /** Default: the brokers' `default.replication.factor`. */
  readonly replicationFactor?: number;
  /** Largest message (one batch of a partition) in bytes. Default: the brokers' `message.max.bytes`. */
  readonly maxMessageBytes?: number;
}

export interface PartitionRange {
  readonly partition: number;
  /** Offset of the oldest message that is kept. */
  readonly low: string;
  /** Offset that the next message will get. */
  readonly high: string;
}

export interface TopicDescription {
  readonly topic: string;
  /** In milliseconds; -1 = for ever. */
  readonly retentionMs: number;
  readonly partitions: readonly PartitionRange[];
}

export interface GroupOffset {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  /** Next offset that the group will read; null when it never committed one. */
  readonly committed: string | null;
}

export interface GroupLag extends GroupOffset {
  readonly high: string;
  /** Messages between the committed offset (else the oldest kept one) and the end of the partition. */
  readonly lag: number;
}

/** Opens an admin connection for the time of `work`. */
async function withAdmin<T>(kafka: Kafka, work: (admin: Admin) => Promise<T>): Promise<T> {
  const { client, destroy } = kafka.open();
  const admin = client.admin();
  try {
    await admin.connect();
    return await work(admin);
  } finally {
    await closeClient(() => admin.disconnect(), destroy, 2_000);
  }
}

/**
 * Creates the topics that are missing. Topics that exist are left as they are: the number of partitions
 * decides where a key's messages lie, so changing it is an operator's decision.
 *
 * @returns the names of the topics that were created
 */
export function createTopics(kafka: Kafka, definitions: readonly TopicDefinition[]): Promise<string[]> {
  return withAdmin(kafka, async (admin) => {
    const existing = new Set(await admin.listTopics());
    const missing = definitions.filter(({ name }) => !existing.has(name));
    for (const definition of missing) await createTopic(admin, definition);
    return missing.map(({ name }) => name);
  });
}

async function createTopic(admin: Admin, definition: TopicDefinition): Promise<void> {
  const { name, partitions, retentionMs, replicationFactor, maxMessageBytes } = definition;
  const configEntries = [{ name: 'retention.ms', value: String(retentionMs) }];
  if (maxMessageBytes) configEntries.push({ name: 'max.message.bytes', value: String(maxMessageBytes) });
  // Answers false when somebody else created the topic meanwhile.
  await admin.createTopics({
    waitForLeaders: true,
    timeout: 10_000,
    topics: [
      { topic: name, numPartitions: partitions, replicationFactor: replicationFactor ?? -1, configEntries },
    ],
  });
}

/** Range and retention of the topics; without names, of every topic that is not internal to Kafka. */
export function describeTopics(kafka: Kafka, names?: readonly string[]): Promise<TopicDescription[]> {
  return withAdmin(kafka, async (admin) => {
    const topics = names ?? (await admin.listTopics()).filter((name) => !name.startsWith('__'));
    if (topics.length === 0) return [];
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: topics.map((name) => ({
        type: kafkajs.ConfigResourceTypes.TOPIC,
        name,
        configNames: ['retention.ms'],
      })),
    });
    const retention = new Map(
      resources.map((r) => [r.resourceName, Number(r.configEntries[0]?.configValue)]),
    );
    return Promise.all(
      topics.map(async (topic) => ({
        topic,
        retentionMs: retention.get(topic) ?? Number.NaN,
        partitions: await partitionRanges(admin, topic),
      })),
    );
  });
}

async function partitionRanges(admin: Admin, topic: string): Promise<PartitionRange[]> {
  const offsets = await admin.fetchTopicOffsets(topic);
  return offsets
    .map(({ partition, low, high }) => ({ partition, low, high }))
    .sort((a, b) => a.partition - b.partition);
}

/** What the group committed, per partition; for the named topics, else for all it ever committed to. */
export function groupOffsets(
  kafka: Kafka,
  group: string,
  topics?: readonly string[],
): Promise<GroupOffset[]> {
  return withAdmin(kafka, (admin) => committedBy(admin, group, topics));
}

async function committedBy(admin: Admin, group: string, topics?: readonly string[]): Promise<GroupOffset[]> {
  const answer = await admin.fetchOffsets({ groupId: group, ...(topics && { topics: [...topics] }) });
  return answer
    .flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset }) => ({
        group,
        topic,
        partition,
        committed: Number(offset) < 0 ? null : offset,
      })),
    )
    .sort((a, b) => a.topic.localeCompare(b.topic) || a.partition - b.partition);
}

/** How far each group is behind on the topics it reads (or committed to); without groups, for all consumer groups. */
export function groupLag(
  kafka: Kafka,
  groups?: readonly { readonly group: string; readonly topics?: readonly string[] }[],
): Promise<GroupLag[]> {
  return withAdmin(kafka, async (admin) => {
    const wanted =
      groups ??
      (await admin.listGroups()).groups.map(({ groupId }) => ({ group: groupId, topics: undefined }));
    const ranges = new Map<string, Promise<PartitionRange[]>>();
    const lags: GroupLag[] = [];
    for (const { group, topics } of wanted) {
      for (const offset of await committedBy(admin, group, topics)) {
        const { topic, partition, committed } = offset;
        const range = ranges.get(topic) ?? partitionRanges(admin, topic);
        ranges.set(topic, range);
        const { low = '0', high = '0' } = (await range).find((r) => r.partition === partition) ?? {};
        // Messages that retention has removed cannot be read any more, so they are not lag.
        const next = committed === null || BigInt(committed) < BigInt(low) ? low : committed;
        lags.push({ ...offset, high, lag: Number(BigInt(high) - BigInt(next)) });
      }
    }
    return lags;
  });
}

/** Deletes topics with all their messages. Unknown names are ignored. For tests and resets. */
export function deleteTopics(kafka: Kafka, names: readonly string[]): Promise<void> {
  return withAdmin(kafka, async (admin) => {
    const existing = new Set(await admin.listTopics());
    const topics = names.filter((name) => existing.has(name));
    if (topics.length > 0) await admin.deleteTopics({ topics, timeout: 10_000 });
  });
}
