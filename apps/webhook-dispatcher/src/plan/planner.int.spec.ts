import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { MailEventName } from '#contracts/mail-events/vocabulary';
import type { TestDatabase } from '#platform/testing/test-database';
import {
  addDomain,
  addWebhook,
  createPlanner,
  createWebhookDatabase,
  mailEvent,
  messages,
  storedDeliveries,
} from '../testing/fixture.js';

let db: TestDatabase;

beforeAll(async () => {
  db = await createWebhookDatabase();
});
afterAll(() => db.drop());

beforeEach(async () => {
  for (const table of ['webhook_deliveries', 'oempro_eg_webhooks', 'oempro_eg_domains']) {
    await db.database.execute(`DELETE FROM ${table}`);
  }
  await addDomain(db.database, { id: 10, userId: 1 });
  await addDomain(db.database, { id: 20, userId: 12 });
});

const url = 'https://example.com/hook';
const planned = async (): Promise<[number, string][]> =>
  (await storedDeliveries(db.database)).map((row) => [row.webhook_id, row.event_id]);

describe('planning', () => {
  it('makes one row per event and webhook, however often the event comes', async () => {
    await addWebhook(db.database, { id: 1, userId: 1, domainId: 10, url });
    await addWebhook(db.database, { id: 2, userId: 1, domainId: 10, url });
    const event = mailEvent({ userId: 1, domainId: 10 });
    const planner = createPlanner(db.database);
    const settled = await planner.plan(messages(event, event));
    await planner.plan(messages(event));
    expect(settled).toEqual([{ outcome: 'done' }, { outcome: 'done' }]);
    expect(await planned()).toEqual([
      [1, event.id],
      [2, event.id],
    ]);
  });

  it('gives a webhook only events of its own domain and user', async () => {
    await addWebhook(db.database, { id: 1, userId: 1, domainId: 10, url });
    await addWebhook(db.database, { id: 2, userId: 12, domainId: 20, url });
    // Rows that disagree about their owner: neither the webhook's user nor the event's alone is enough.
    await addWebhook(db.database, { id: 3, userId: 12, domainId: 10, url });
    const own = mailEvent({ userId: 1, domainId: 10 });
    const other = mailEvent({ userId: 12, domainId: 20 });
    const forged = mailEvent({ userId: 12, domainId: 10 });
    await createPlanner(db.database).plan(messages(own, other, forged));
    expect(await planned()).toEqual([
      [1, own.id],
      [2, other.id],
    ]);
  });

  it('follows what happens from its registration on, not what happened before', async () => {
    const event = mailEvent({ userId: 1, domainId: 10 });
    const after = (ms: number): Date => new Date(event.loggedAt + ms);
    await addWebhook(db.database, { id: 1, userId: 1, domainId: 10, url, createdAt: after(3_600_000) });
    await addWebhook(db.database, { id: 2, userId: 1, domainId: 10, url, createdAt: after(3_600_001) });
    await createPlanner(db.database).plan(messages(event));
    expect(await planned()).toEqual([[1, event.id]]);
  });

  it('never fires for events of the transport', async () => {
    const transport: MailEventName[] = [
      'accepted-by-oempro',
      'accepted-by-mta',
      'rejected-by-oempro',
      'rejected-by-mta',
    ];
    for (const [index, event] of transport.entries()) {
      await addWebhook(db.database, { id: index + 1, userId: 1, domainId: 10, url, event });
    }
    const events = transport.map((event) => mailEvent({ userId: 1, domainId: 10, event }));
    const settled = await createPlanner(db.database).plan(messages(...events));
    expect(settled.every(({ outcome }) => outcome === 'done')).toBe(true);
    expect(await planned()).toEqual([]);
  });

  it.each<[MailEventName, string]>([
    ['delivered', 'delivery'],
    ['bounced', 'bounce'],
    ['opened', 'open'],
    ['clicked', 'click'],
    ['unsubscribed', 'unsubscribe'],
    ['complained', 'complaint'],
  ])('fires %s for webhooks of either vocabulary and for no other event', async (event, alias) => {
    await addWebhook(db.database, { id: 1, userId: 1, domainId: 10, url, event });
    await addWebhook(db.database, { id: 2, userId: 1, domainId: 10, url, event: alias });
    await addWebhook(db.database, {
      id: 3,
      userId: 1,
      domainId: 10,
      url,
      event: event === 'opened' ? 'clicked' : 'opened',
    });
    await createPlanner(db.database).plan(messages(mailEvent({ userId: 1, domainId: 10, event })));
    expect((await planned()).map(([webhook]) => webhook)).toEqual([1, 2]);
  });

  it('passes over webhooks that are switched off or deleted, and deleted domains', async () => {
    await addDomain(db.database, { id: 11, userId: 1, status: 'Deleted' });
    await addWebhook(db.database, { id: 1, userId: 1, domainId: 10, url, status: 'Disabled' });
    await addWebhook(db.database, { id: 2, userId: 1, domainId: 10, url, status: 'Deleted' });
    await addWebhook(db.database, { id: 3, userId: 1, domainId: 11, url });
    const events = [mailEvent({ userId: 1, domainId: 10 }), mailEvent({ userId: 1, domainId: 11 })];
    await createPlanner(db.database).plan(messages(...events));
    expect(await planned()).toEqual([]);
  });

  it('settles each message of a batch on its own: poison is a dead letter, the others are planned', async () => {
    await addWebhook(db.database, { id: 1, userId: 1, domainId: 10, url });
    const good = mailEvent({ userId: 1, domainId: 10 });
    const longId = { ...mailEvent({ userId: 1, domainId: 10 }), id: 'f'.repeat(33) };
    const badTime = { ...mailEvent({ userId: 1, domainId: 10 }), loggedAt: 9e15 };
    const [goodMessage, longIdMessage, badTimeMessage] = messages(good, longId, badTime);
    if (!goodMessage || !longIdMessage || !badTimeMessage) throw new Error('three messages');
    const settled = await createPlanner(db.database).plan([
      { ...goodMessage, value: Buffer.from('not avro') },
      goodMessage,
      { ...goodMessage, value: null },
      longIdMessage,
      badTimeMessage,
    ]);
    expect(settled.map(({ outcome }) => outcome)).toEqual([
      'dead-letter',
      'done',
      'dead-letter',
      'dead-letter',
      'dead-letter',
    ]);
    expect(await planned()).toEqual([[1, good.id]]);
  });

  it('asks for the messages again while the database fails, but never for poison', async () => {
    const broken = await createWebhookDatabase();
    await broken.drop();
    const [message] = messages(mailEvent({ userId: 1, domainId: 10 }));
    if (!message) throw new Error('a message');
    const settled = await createPlanner(broken.database).plan([
      { ...message, value: Buffer.from('x') },
      message,
    ]);
    expect(settled.map(({ outcome }) => outcome)).toEqual(['dead-letter', 'retry']);
  });
});
