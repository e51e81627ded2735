// @ts-check
// What arrives on the topics: how much, and a hash of it that does not depend on the order.
import { hash, randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import kafkajs from 'kafkajs';
import { load } from '../gateway/dist.mjs';

const LOOK_EVERY_MS = 50;
const STUCK_AFTER_MS = 60_000;
const NOTHING = Buffer.alloc(0);

/** @typedef {Awaited<ReturnType<typeof openTopics>>} Topics */

/** @typedef {{ name: string, partitions: number, retentionMs: number }} TopicDefinition */

/**
 * A topic as it was before a run.
 * @typedef {object} Mark
 * @property {string} topic
 * @property {ReadonlyMap<number, number>} ends next offset by partition
 * @property {boolean} wasEmpty
 */

/** @param {string[]} brokers */
export async function openTopics(brokers) {
  // Without this kafkajs takes some percent of a core from what is measured.
  await load('libs/platform/src/kafka/kafkajs-idle-timer.js');
  const kafka = new kafkajs.Kafka({ brokers, clientId: 'bench', logLevel: kafkajs.logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();

  /**
   * Where its partitions stand; undefined while one has no leader yet.
   * @param {string} topic @returns {Promise<Mark | undefined>}
   */
  async function look(topic) {
    try {
      const found = await admin.fetchTopicOffsets(topic);
      const ends = new Map(found.map(({ partition, high }) => [partition, Number(high)]));
      return { topic, ends, wasEmpty: found.every(({ low, high }) => low === high) };
    } catch (error) {
      if (error instanceof kafkajs.KafkaJSError && error.retriable) return undefined;
      throw error;
    }
  }

  /** @param {string} topic @returns {Promise<Mark>} */
  async function mark(topic) {
    for (const since = performance.now(); ; await delay(LOOK_EVERY_MS)) {
      const found = await look(topic);
      if (found) return found;
      if (performance.now() - since > STUCK_AFTER_MS) throw new Error(`${topic} has no leader`);
    }
  }

  return {
    /** Makes the topics that are missing. @param {readonly TopicDefinition[]} wanted @returns {Promise<Mark[]>} */
    async prepare(wanted) {
      const there = await admin.listTopics();
      const topics = wanted
        .filter(({ name }) => !there.includes(name))
        .map(({ name, partitions, retentionMs }) => ({
          topic: name,
          numPartitions: partitions,
          replicationFactor: -1,
          configEntries: [{ name: 'retention.ms', value: String(retentionMs) }],
        }));
      if (topics.length > 0) await admin.createTopics({ waitForLeaders: false, topics });
      return Promise.all(wanted.map(({ name }) => mark(name)));
    },

    /** @param {readonly Mark[]} marks */
    async remove(marks) {
      await admin.deleteTopics({ topics: marks.map(({ topic }) => topic) });
    },

    /** Deletes the messages of topics that had none before; the topics stay. @param {readonly Mark[]} marks */
    async empty(marks) {
      for (const { topic, wasEmpty } of marks) {
        if (!wasEmpty) continue;
        const { ends } = await mark(topic);
        const partitions = [...ends].map(([partition, end]) => ({ partition, offset: String(end) }));
        await admin.deleteTopicRecords({ topic, partitions });
      }
    },

    /**
     * Waits until that many messages came.
     * @param {Mark} before @param {number} count @param {AbortSignal} givenUp
     * @throws when nothing more comes for a minute, when there are too many, or when it was given up
     */
    async arrived(before, count, givenUp) {
      const { topic } = before;
      let last = 0;
      for (let since = performance.now(); ; await delay(LOOK_EVERY_MS, undefined, { signal: givenUp })) {
        const now = total((await look(topic)) ?? before) - total(before);
        if (now === count) return;
        if (now > count)
          throw new Error(
            `${now} messages on ${topic}, ${count} were expected: made twice, or somebody else's`,
          );
        if (now !== last) since = performance.now();
        last = now;
        if (performance.now() - since > STUCK_AFTER_MS)
          throw new Error(`${now} messages on ${topic} and no more, ${count} were expected`);
      }
    },

    /**
     * What came, in one number: the sum of a 64-bit hash of each message's key and value.
     * @param {Mark} before @param {number} count as many as came
     * @returns {Promise<string>} in hexadecimal
     */
    async digest({ topic, ends }, count) {
      if (count === 0) return 'none';
      let left = count;
      let upper = 0;
      let lower = 0;
      const groupId = `bench-${randomBytes(6).toString('hex')}`;
      const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 50, maxBytesPerPartition: 4_194_304 });
      await consumer.connect();
      await consumer.subscribe({ topics: [topic], fromBeginning: true });
      await new Promise((done, fail) => {
        consumer.on('consumer.crash', ({ payload }) => fail(payload.error));
        void consumer.run({
          autoCommit: false,
          eachBatch: async ({ batch: { partition, messages } }) => {
            const first = ends.get(partition) ?? 0;
            for (const { key, value, offset } of messages) {
              if (Number(offset) < first) continue;
              const bytes = hash('sha1', Buffer.concat([key ?? NOTHING, value ?? NOTHING]), 'buffer');
              upper = (upper + bytes.readUInt32BE(0)) >>> 0;
              lower = (lower + bytes.readUInt32BE(4)) >>> 0;
              left -= 1;
            }
            if (left <= 0) done(undefined);
          },
        });
      });
      await consumer.disconnect();
      await admin.deleteGroups([groupId]);
      return [upper, lower].map((half) => half.toString(16).padStart(8, '0')).join('');
    },

    close: () => admin.disconnect(),
  };
}

/** @param {Mark} mark */
const total = ({ ends }) => [...ends.values()].reduce((sum, end) => sum + end, 0);
