import { randomUUID } from 'node:crypto';
import kafkajs from 'kafkajs';
import { decodeMailEvent } from '#contracts/mail-events/mail-event';
import { toDocument } from '#contracts/search/event-document';
import { TOPICS } from '#contracts/topics';
import type { Document } from './observe.js';
import { stack } from './system.js';

/** Every mail event of one user on Kafka, from the beginning to the present end, in the shape of its document. */
export async function readEvents(userId: number): Promise<Document[]> {
  const kafka = new kafkajs.Kafka({
    brokers: stack().kafka.brokers,
    clientId: 'spec',
    logLevel: kafkajs.logLevel.NOTHING,
  });
  const topic = TOPICS.mailEvents.name;
  const admin = kafka.admin();
  await admin.connect();
  const ends = (await admin.fetchTopicOffsets(topic)).filter(({ low, high }) => low !== high);
  const groupId = `spec-${randomUUID()}`;
  const consumer = kafka.consumer({ groupId });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const events: Document[] = [];
  const open = new Set(ends.map(({ partition }) => partition));
  await new Promise<void>((resolve, reject) => {
    if (open.size === 0) resolve();
    consumer
      .run({
        eachMessage: async ({ partition, message }) => {
          if (message.value) {
            const event = decodeMailEvent(message.value);
            if (event.userId === userId) events.push({ ...toDocument(event) } as Document);
          }
          const end = ends.find((each) => each.partition === partition);
          if (end && BigInt(message.offset) + 1n >= BigInt(end.high)) open.delete(partition);
          if (open.size === 0) resolve();
        },
      })
      .catch(reject);
  });
  await consumer.disconnect();
  await admin.deleteGroups([groupId]);
  await admin.disconnect();
  return events;
}
