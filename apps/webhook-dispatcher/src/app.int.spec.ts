import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { encodeMailEvent, type MailEvent } from '#contracts/mail-events/mail-event';
import { createProducer, type Producer } from '#platform/kafka/client';
import { describeTopics } from '#platform/kafka/admin';
import type { Component, ReadinessCheck } from '#platform/lifecycle/component';
import { eventually } from '#platform/testing/eventually';
import type { TestDatabase } from '#platform/testing/test-database';
import { createTestTopic, kafkaFromEnv, type TestTopic, uniqueTopic } from '#platform/testing/test-kafka';
import { buildDispatcher } from './app.js';
import { readDispatcherConfig } from './config.js';
import { type DnsStub, startDnsStub } from './testing/dns-stub.js';
import {
  addDomain,
  addWebhook,
  createWebhookDatabase,
  MASTER_KEY,
  mailEvent,
  silent,
  storedDeliveries,
} from './testing/fixture.js';
import { type Receiver, startReceiver } from './testing/receiver.js';

const kafka = kafkaFromEnv();
let db: TestDatabase;
let dns: DnsStub;
let receiver: Receiver;
let producer: Producer;
let mailEvents: TestTopic;
let deadLetters: TestTopic;
let processes: { checks: ReadinessCheck[]; components: Component[] };

beforeAll(async () => {
  [db, dns, receiver, mailEvents, deadLetters] = await Promise.all([
    createWebhookDatabase(),
    startDnsStub({ 'receiver.test': { A: [['127.0.0.1']] } }),
    startReceiver(),
    createTestTopic(kafka, { partitions: 3, purpose: 'mail-events' }),
    createTestTopic(kafka, { purpose: 'dead-letters' }),
  ]);
  producer = createProducer(kafka);
  const mysql = db.options;
  const config = readDispatcherConfig({
    EG_MYSQL_HOST: mysql.host,
    EG_MYSQL_PORT: String(mysql.port),
    EG_MYSQL_USER: mysql.user,
    EG_MYSQL_PASSWORD: mysql.password,
    EG_MYSQL_DATABASE: db.name,
    EG_KAFKA_BROKERS: kafka.brokers.join(),
    EG_MASTER_KEY: MASTER_KEY,
    EG_LEGACY_KEY_SALT: 'salt',
    EG_LEGACY_KEY_LICENSE: 'license',
    EG_DNS_SERVERS: dns.address,
    EG_WEBHOOK_ALLOW_CIDRS: '127.0.0.1/32',
  });
  processes = buildDispatcher(config, silent, {
    groupId: uniqueTopic('group'),
    mailEvents: mailEvents.name,
    deadLetters: deadLetters.name,
  });
  for (const component of processes.components) await component.start();
});

afterAll(async () => {
  for (const component of processes.components.toReversed()) await component.stop();
  await producer.disconnect();
  await Promise.all([receiver.close(), dns.close(), mailEvents.drop(), deadLetters.drop(), db.drop()]);
});

const publish = (...values: (MailEvent | Buffer)[]): Promise<void> =>
  producer.send([
    {
      topic: mailEvents.name,
      messages: values.map((value) =>
        Buffer.isBuffer(value)
          ? { key: 'poison', value }
          : { key: value.messageId, value: encodeMailEvent(value) },
      ),
    },
  ]);

const delivered = (count: number): Promise<true> =>
  eventually(
    async () => {
      const rows = await storedDeliveries(db.database);
      return rows.length === count && rows.every(({ state }) => state === 'delivered');
    },
    { timeoutMs: 20_000 },
  );

describe('the process', () => {
  it('becomes ready', async () => {
    await eventually(() => Promise.all(processes.checks.map((each) => each.check())), { timeoutMs: 30_000 });
    expect(processes.checks.map(({ name }) => name)).toEqual(['mysql', 'kafka', 'progress', 'recording']);
  });

  it('turns an event on Kafka into one request, however often the event comes, and poison into a dead letter', async () => {
    await addDomain(db.database, { id: 10, userId: 1 });
    await addWebhook(db.database, {
      id: 1,
      userId: 1,
      domainId: 10,
      url: `http://receiver.test:${receiver.port}/hook`,
    });
    const first = mailEvent({ userId: 1, domainId: 10 });
    const second = mailEvent({ userId: 1, domainId: 10 });
    await publish(first, first, Buffer.from('poison'), mailEvent({ userId: 12, domainId: 10 }));
    await delivered(1);
    await publish(first, second);
    await delivered(2);
    const [poison] = await eventually(async () => {
      const [topic] = await describeTopics(kafka, [deadLetters.name]);
      return topic?.partitions[0]?.high === '1' ? topic.partitions : false;
    });
    expect(poison?.low).toBe('0');
    expect(receiver.requests.map(({ headers }) => headers['webhook-id'])).toEqual([first.id, second.id]);
    expect(receiver.requests[0]?.headers.host).toBe(`receiver.test:${receiver.port}`);
  });
});
