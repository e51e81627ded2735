import { expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../testing/eventually.js';
import { startConsumer } from '../testing/test-consumer.js';
import { createTestTopic, kafkaFromEnv, uniqueTopic } from '../testing/test-kafka.js';

it('an idle consumer costs next to nothing', async () => {
  const kafka = kafkaFromEnv('idle-test');
  const topic = await createTestTopic(kafka);
  const handle = () => Promise.resolve([]);
  const consumer = await startConsumer({ kafka, topic: topic.name, groupId: uniqueTopic('idle'), handle });
  await eventually(() =>
    consumer.transport
      .readiness()
      .check()
      .then(() => true),
  );

  // What is measured is a rate, so it takes its time: with the timer of kafkajs there are 2,000 and more.
  const original = globalThis.setTimeout;
  let armed = 0;
  const counting = (...args: Parameters<typeof original>): ReturnType<typeof original> => {
    armed += 1;
    return original(...args);
  };
  globalThis.setTimeout = Object.assign(counting, original);
  await delay(2_000);
  globalThis.setTimeout = original;
  await consumer.stop();
  await topic.drop();
  expect(armed).toBeLessThan(200);
});
