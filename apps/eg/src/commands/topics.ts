import type { Command } from 'commander';
import { ALL_TOPICS } from '#contracts/topics';
import { describeTopics, groupLag } from '#platform/kafka/admin';
import { openKafka } from '../kafka.js';
import { print } from '../output.js';

export function addTopicCommands(program: Command): void {
  program
    .command('topics')
    .description('every topic with its key, retention, readers and offsets')
    .action(async (_options, command: Command) => {
      const described = await describeTopics(
        openKafka(),
        ALL_TOPICS.map(({ name }) => name),
      );
      const topics = described.map(({ topic, retentionMs, partitions }) => {
        const { key, consumers } = ALL_TOPICS.find(({ name }) => name === topic) ?? {
          key: '',
          consumers: [],
        };
        return {
          topic,
          key,
          retentionMs,
          consumers,
          partitions: partitions.map(({ partition, low, high }) => ({
            partition,
            low: Number(low),
            high: Number(high),
          })),
        };
      });
      const rows = topics.map(({ partitions, ...topic }) => ({
        ...topic,
        partitions: partitions.length,
        messages: partitions.reduce((sum, { low, high }) => sum + high - low, 0),
      }));
      print(command.optsWithGlobals()['json'], topics, rows);
    });

  program
    .command('lag')
    .description('how far each consumer group is behind')
    .option('--group <group>', 'this group only')
    .action(async (options: { group?: string }, command: Command) => {
      const groups = [...new Set(ALL_TOPICS.flatMap(({ consumers }) => consumers))]
        .filter((group) => options.group === undefined || group === options.group)
        .map((group) => ({
          group,
          topics: ALL_TOPICS.filter(({ consumers }) => consumers.some((each) => each === group)).map(
            ({ name }) => name,
          ),
        }));
      const asked = options.group === undefined || groups.length > 0 ? groups : [{ group: options.group }];
      const lags = (await groupLag(openKafka(), asked)).map(
        ({ group, topic, partition, committed, high, lag }) => ({
          group,
          topic,
          partition,
          committed: committed === null ? null : Number(committed),
          high: Number(high),
          lag,
        }),
      );
      print(command.optsWithGlobals()['json'], lags);
    });
}
