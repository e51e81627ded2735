import { Controller, Module } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { createProducer, type Kafka, type Producer } from '../kafka/client.js';
import { kafkaMicroservice } from '../kafka/microservice.js';
import { KafkaTransport, type KafkaBatch, type KafkaTransportOptions } from '../kafka/transport.js';
import { groupOffsets } from '../kafka/admin.js';
import { testLogger } from './test-kafka.js';

export interface TestConsumerOptions extends Partial<KafkaTransportOptions> {
  readonly kafka: Kafka;
  readonly topic: string;
  readonly groupId: string;
  readonly handle: (batch: KafkaBatch) => Promise<unknown>;
}

export interface TestConsumer {
  readonly transport: KafkaTransport;
  stop(): Promise<void>;
}

/** A member of a group as an application runs it: Nest module, handler, transport. Started when this resolves. */
export async function startConsumer(options: TestConsumerOptions): Promise<TestConsumer> {
  const { kafka, topic, groupId, handle, deadLetterTopic = 'eg-t-no-dead-letters', ...rest } = options;

  @Controller()
  class TestController {
    @EventPattern<string>(topic)
    handle(batch: KafkaBatch): Promise<unknown> {
      return handle(batch);
    }
  }

  @Module({ controllers: [TestController] })
  class TestModule {}

  const deadLetters: Producer = rest.deadLetters ?? createProducer(kafka);
  const log = testLogger();
  const transport = new KafkaTransport({ log, ...rest, kafka, groupId, deadLetters, deadLetterTopic });
  const component = kafkaMicroservice('test-consumer', TestModule, transport, log);
  await component.start();
  return {
    transport,
    stop: async () => {
      await component.stop();
      await deadLetters.disconnect();
    },
  };
}

/** Committed offset per partition, `null` where the group has none. */
export async function committed(kafka: Kafka, groupId: string, topic: string): Promise<(string | null)[]> {
  const offsets = await groupOffsets(kafka, groupId, [topic]);
  return offsets.map((offset) => offset.committed);
}
