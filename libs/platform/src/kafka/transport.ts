import { Server, type CustomTransportStrategy } from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';
import type { ReadinessCheck } from '../lifecycle/component.js';
import type { Logger } from '../telemetry/logger.js';
import type { Kafka } from './connection.js';
import { deadLetterPublisher } from './dead-letters.js';
import { GroupConsumer } from './group-consumer.js';
import { PartitionRunner } from './partition-runner.js';
import type { Producer } from './producer.js';
import type { BatchHandler } from './settle-batch.js';

export type { KafkaBatch, KafkaMessage, Settlement } from './settle.js';

export interface KafkaTransportOptions {
  readonly kafka: Kafka;
  readonly groupId: string;
  readonly deadLetters: Producer;
  readonly deadLetterTopic: string;
  readonly log: Logger;
  /** Partitions that are worked on at the same time; default 2. */
  readonly concurrency?: number;
  /** Most messages that are handed over at once; default 1,000. */
  readonly batchSize?: number;
}

/**
 * Nest transport over Kafka in which every message is settled. A handler is declared with
 * `@EventPattern<string>(topic)`, takes a KafkaBatch and answers one Settlement per message in the same order.
 *
 * - Offsets move past settled messages only. Settled messages above one that is not are remembered and not
 *   handed over again by this process; after a crash they are, so effects must be idempotent.
 * - A handler that throws asks for another delivery of the whole batch, as `retry` for each message would.
 * - Broker down, topic missing, client crashed: the transport keeps trying and stays alive.
 * - close() finishes the batches in hand, commits and leaves the group.
 */
export class KafkaTransport extends Server implements CustomTransportStrategy {
  override readonly transportId = Symbol('kafka');
  /** Failures of handlers are settled and logged here. */
  override readonly propagatesEventHandlerErrors = true;
  readonly #options: KafkaTransportOptions;
  readonly #runner: PartitionRunner;
  #consumer: GroupConsumer | undefined;

  constructor(options: KafkaTransportOptions) {
    super();
    const { groupId, deadLetters, deadLetterTopic, log, batchSize = 1_000 } = options;
    this.#options = options;
    this.#runner = new PartitionRunner({
      groupId,
      log,
      batchSize,
      handlerOf: (topic) => this.#handlerOf(topic),
      publishDeadLetters: deadLetterPublisher(deadLetters, deadLetterTopic),
    });
  }

  /** Does not wait for the broker: the process is up, readiness says whether it works. */
  listen(callback: (error?: unknown) => void): void {
    const { kafka, groupId, concurrency = 2 } = this.#options;
    const topics = [...this.messageHandlers.keys()];
    const twice = topics.filter((topic) => this.messageHandlers.get(topic)?.next !== undefined);
    if (topics.length === 0 || twice.length > 0) {
      callback(
        new Error(
          topics.length === 0 ? 'no @EventPattern handler' : `more than one handler for ${twice.join()}`,
        ),
      );
      return;
    }
    this.#consumer = new GroupConsumer({
      kafka,
      groupId,
      topics,
      concurrency,
      eachBatch: (payload, consumer) => this.#runner.run(payload, consumer),
      onAssigned: (assignment) => this.#runner.keepOnly(assignment),
    });
    this.#consumer.start();
    callback();
  }

  async close(): Promise<void> {
    await this.#consumer?.stop();
    this.#runner.close();
  }

  /** Red when no broker answers, when this member is not in its group, or when a handler stopped a partition. */
  readiness(): ReadinessCheck {
    return {
      name: 'kafka',
      check: async () => {
        if (!this.#consumer) throw new Error('the consumer is not started');
        await this.#consumer.assertJoined();
        if (this.#runner.stopped.length > 0) throw new Error(`stopped: ${this.#runner.stopped.join('; ')}`);
      },
    };
  }

  on(): never {
    throw new Error('the Kafka transport has no events to listen to');
  }

  unwrap<T>(): T {
    throw new Error('the Kafka client is private to its transport');
  }

  #handlerOf(topic: string): BatchHandler {
    const handler = this.getHandlerByPattern(topic);
    if (!handler) throw new Error(`no handler for topic ${topic}`);
    return async (batch) => {
      const answer: unknown = await handler(batch);
      return lastValueFrom(this.transformToObservable<unknown>(answer), { defaultValue: undefined });
    };
  }
}
