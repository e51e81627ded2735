import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomInt } from 'node:crypto';
import { encodeMailEvent, type MailEvent } from '#contracts/mail-events/mail-event';
import { indexAlias, userIndexPattern } from '#contracts/search/event-index';
import { createProducer, type Producer } from '#platform/kafka/client';
import type { ElasticsearchSearchClient } from '#platform/search/search-client';
import { eventually } from '#platform/testing/eventually';
import { committed, startConsumer, type TestConsumer } from '#platform/testing/test-consumer';
import {
  createTestTopic,
  kafkaFromEnv,
  readTopic,
  uniqueTopic,
  type TestTopic,
} from '#platform/testing/test-kafka';
import { dropIndices, elasticsearchRequest, searchFromEnv } from '#platform/testing/test-search';
import { mailEvent } from '../testing/mail-event.fixture.js';
import { EventIndices } from './event-indices.js';
import { MailEventProjection } from './mail-event-projection.js';

const kafka = kafkaFromEnv('projector-test');
const topics: TestTopic[] = [];
const users: number[] = [];
let producer: Producer;
let search: ElasticsearchSearchClient;
let topic: TestTopic;
let deadLetters: TestTopic;
let groupId: string;
let userId: number;
const running: TestConsumer[] = [];
const DAY_MS = 86_400_000;

beforeAll(async () => {
  producer = createProducer(kafka);
  search = searchFromEnv();
  deadLetters = await createTestTopic(kafka, { purpose: 'projector-dead' });
  topics.push(deadLetters);
});

beforeEach(async () => {
  groupId = uniqueTopic('projector');
  topic = await createTestTopic(kafka, { partitions: 3, purpose: 'projector' });
  topics.push(topic);
  userId = randomInt(1_000_000, 2_000_000_000);
  users.push(userId);
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((projector) => projector.stop()));
});

afterAll(async () => {
  for (const user of users) await dropIndices(`eg-v1-events-u${user}-`);
  for (const each of topics) await each.drop();
  await producer.disconnect();
  await search.close();
});

/** A projector with memories of its own, as another process has. */
async function startProjector(group = groupId): Promise<TestConsumer> {
  const own = searchFromEnv();
  const projection = new MailEventProjection(own, new EventIndices(own));
  const consumer = await startConsumer({
    kafka,
    topic: topic.name,
    groupId: group,
    deadLetterTopic: deadLetters.name,
    handle: (batch) => projection.project(batch),
  });
  const projector = {
    ...consumer,
    stop: async () => {
      await consumer.stop();
      await own.close();
    },
  };
  running.push(projector);
  return projector;
}

async function publish(...events: MailEvent[]): Promise<void> {
  const messages = events.map((event) => ({ key: event.messageId, value: encodeMailEvent(event) }));
  await producer.send([{ topic: topic.name, messages }]);
}

/** Waits until the group is at the end of everything that was published. */
async function caughtUp(published: number, group = groupId): Promise<void> {
  await eventually(
    async () => {
      const offsets = await committed(kafka, group, topic.name);
      expect(offsets.reduce((sum, offset) => sum + Number(offset), 0)).toBe(published);
    },
    { timeoutMs: 20_000, everyMs: 100 },
  );
}

async function countOf(user: number): Promise<number> {
  await search.refresh(userIndexPattern(user));
  return search.count({ index: userIndexPattern(user), query: { term: { 'user-id': user } } });
}

describe('mail-event projection', () => {
  it('makes one document per event in the index of its user and UTC day, with the mapping of the template', async () => {
    const today = mailEvent({ userId, loggedAt: Date.UTC(2026, 10, 24, 12) });
    const yesterday = mailEvent({ userId, loggedAt: Date.UTC(2026, 10, 23, 12), event: 'opened' });
    const bounce = mailEvent({ userId, event: 'bounced', bounce: { type: 'hard', category: 'bad-mailbox' } });
    await startProjector();
    await publish(today, yesterday, bounce);
    await caughtUp(3);
    await search.refresh(userIndexPattern(userId));
    const days = [Date.UTC(2026, 10, 24), Date.UTC(2026, 10, 23)].map((day) => indexAlias(userId, day));
    expect(await Promise.all(days.map((index) => search.count({ index })))).toEqual([2, 1]);
    const { hits, total } = await search.search({
      index: userIndexPattern(userId),
      query: { bool: { filter: [{ term: { event: 'bounced' } }, { term: { 'bounce.type': 'hard' } }] } },
      size: 1,
    });
    expect(total).toBe(1);
    expect(hits[0]).toMatchObject({
      id: bounce.id,
      source: { id: bounce.id, 'message-id': bounce.messageId },
    });
    const mapping = JSON.stringify(await elasticsearchRequest('GET', `/${days[0]}/_mapping`));
    expect(mapping).toContain('"dynamic":"false"');
    expect(mapping).toContain('"logged-at":{"type":"date"}');
  });

  it('changes no count when the topic is read again, or when events are published twice', async () => {
    const events = Array.from({ length: 50 }, () => mailEvent({ userId }));
    await startProjector();
    await publish(...events, ...events.slice(0, 20));
    await publish(...events.slice(10, 40));
    await caughtUp(100);
    expect(await countOf(userId)).toBe(50);

    const replay = uniqueTopic('replay');
    await startProjector(replay);
    await caughtUp(100, replay);
    expect(await countOf(userId)).toBe(50);
  });

  it('makes no duplicate with two projectors of one group, and none when two groups race', async () => {
    const events = Array.from({ length: 600 }, () => mailEvent({ userId }));
    const rival = uniqueTopic('rival');
    await Promise.all([startProjector(), startProjector(), startProjector(rival)]);
    for (let i = 0; i < events.length; i += 50) await publish(...events.slice(i, i + 50));
    await Promise.all([caughtUp(600), caughtUp(600, rival)]);
    expect(await countOf(userId)).toBe(600);
  });

  it('gives up what can never be a document, with the reason, and stores what lies around it', async () => {
    const good = [mailEvent({ userId }), mailEvent({ userId })];
    const key = mailEvent({}).messageId;
    const poison = [
      Buffer.from(`garbage of ${userId}`),
      encodeMailEvent(mailEvent({ userId: 0, subject: `tenant of ${userId}` })),
    ];
    const values = [encodeMailEvent(good[0] as MailEvent), ...poison, encodeMailEvent(good[1] as MailEvent)];
    await producer.send([{ topic: topic.name, messages: values.map((value) => ({ key, value })) }]);
    await startProjector();
    await caughtUp(4);
    expect(await countOf(userId)).toBe(2);
    const kept = (await readTopic(kafka, deadLetters.name, 2)).filter(
      ({ headers }) => String(headers['dl-topic']) === topic.name,
    );
    expect(kept.map(({ value }) => value)).toEqual(poison);
    expect(kept.map(({ headers }) => String(headers['dl-reason']))).toEqual([
      expect.stringContaining('undecodable'),
      expect.stringContaining('no tenant'),
    ]);
  });

  it('waits while an index is read-only, never gives its events up, and goes on by itself', async () => {
    const first = mailEvent({ userId });
    await startProjector();
    await publish(first);
    await caughtUp(1);
    const alias = indexAlias(userId, first.loggedAt);
    const block = (on: boolean) =>
      elasticsearchRequest('PUT', `/${alias}/_settings`, {
        'index.blocks.read_only_allow_delete': on || null,
      });
    await block(true);
    const blocked = Array.from({ length: 20 }, () => mailEvent({ userId }));
    // Another day of the same user is not affected: settled one by one, not by batch.
    const free = Array.from({ length: 20 }, () =>
      mailEvent({ userId, loggedAt: Date.UTC(2026, 10, 20, 12) }),
    );
    await publish(...blocked, ...free);
    await eventually(async () => expect(await countOf(userId)).toBe(21), { timeoutMs: 15_000 });
    await block(false);
    await caughtUp(41);
    expect(await countOf(userId)).toBe(41);
  });

  it('makes one document of an event that comes twice around midnight, whichever side is first', async () => {
    // A midnight to come, so that the events are not late.
    const midnight = Math.ceil(Date.now() / DAY_MS + 1) * DAY_MS;
    const before = midnight - 120_000;
    const after = midnight + 240_000;
    const forward = mailEvent({ userId, loggedAt: before });
    const backward = mailEvent({ userId, loggedAt: after });
    const together = mailEvent({ userId, loggedAt: before });
    const apart = [mailEvent({ userId, loggedAt: before }), mailEvent({ userId, loggedAt: after })];
    await startProjector();
    await publish(forward, backward, ...apart);
    await caughtUp(4);
    await publish({ ...forward, loggedAt: after }, { ...backward, loggedAt: before });
    await publish(together, { ...together, loggedAt: after });
    await caughtUp(8);
    expect(await countOf(userId)).toBe(5);
    const kept = await search.search<{ 'logged-at': string }>({
      index: userIndexPattern(userId),
      query: { terms: { id: [forward.id, backward.id] } },
      size: 10,
    });
    const times = new Map(kept.hits.map(({ id, source }) => [id, Date.parse(source['logged-at'])]));
    expect(times).toEqual(
      new Map([
        [forward.id, before],
        [backward.id, after],
      ]),
    );
  });

  it('makes one document of an event whose rows are read late, with whatever days in them', async () => {
    const today = Date.now();
    const twins = [today, today - 4 * DAY_MS, today - 9 * DAY_MS].map((loggedAt) =>
      mailEvent({ userId, loggedAt }),
    );
    await startProjector();
    await publish(...twins);
    await caughtUp(3);
    await publish(...twins.map((event) => ({ ...event, loggedAt: event.loggedAt - 20 * DAY_MS })));
    await caughtUp(6);
    await publish(...twins.map((event) => ({ ...event, loggedAt: event.loggedAt - 2 * DAY_MS })));
    await caughtUp(9);
    expect(await countOf(userId)).toBe(3);
  });
});
