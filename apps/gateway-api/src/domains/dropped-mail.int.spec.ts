import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mailEventId } from '#contracts/mail-events/event-id';
import { decodeMailEvent } from '#contracts/mail-events/mail-event';
import { TOPICS } from '#contracts/topics';
import {
  startTestGateway,
  type TestDomain,
  type TestGateway,
  type TestUser,
} from '../http/testing/test-gateway.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.close());

const DONE = { Success: true, ErrorCode: 0 };
const TO = ['jane@example.org', 'Joe@Example.net'];

interface Owner {
  readonly user: TestUser;
  readonly domain: TestDomain;
}

async function owner(): Promise<Owner> {
  const user = await gateway.createUser();
  return { user, domain: await gateway.createDomain(user) };
}

const call = async ({ user }: Owner, command: string, parameters: object) =>
  (await gateway.command(command, { APIKey: user.APIKey, ...parameters })).json;

/** Has a mail to the two accepted. @returns its id */
async function send({ domain }: Owner, more: object = {}): Promise<string> {
  const json = {
    Subject: 'Spring sale',
    ContentType: 'html',
    HTMLContent: '<p>Hello</p>',
    From: { name: 'Ann', email: `ann@${domain.name}` },
    To: TO.map((email) => ({ name: 'R', email })),
    Tags: ['spring'],
    ...more,
  };
  const reply = await gateway.request('POST', '/api/v1/email', { json, bearer: domain.senderKey });
  if (reply.status !== 200) throw new Error(reply.text);
  return String(reply.json['MessageID']);
}

/** What is on its way to Kafka about the mails of a domain. */
async function eventsOf({ domain }: Owner, name?: string) {
  const rows = await gateway.database.query<{ message_key: Buffer; value: Buffer }>(
    'SELECT message_key, value FROM outbox WHERE topic = ? ORDER BY id',
    [TOPICS.mailEvents.name],
  );
  return rows
    .map(({ message_key, value }) => ({ key: message_key.toString(), ...decodeMailEvent(value) }))
    .filter(({ domainId, event }) => domainId === domain.domainId && (name === undefined || event === name));
}

const dropped = (who: Owner) => eventsOf(who, 'rejected-by-oempro');

async function states({ domain }: Owner): Promise<Record<string, number>> {
  const rows = await gateway.database.query<{ state: string; count: number }>(
    'SELECT state, COUNT(*) AS count FROM eg_send_queue WHERE domain_id = ? GROUP BY state',
    [domain.domainId],
  );
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
}

/** Rows and messages as acceptance leaves them, many at once. @returns the ids in the order of the queue */
async function fill({ user, domain }: Owner, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => randomUUID());
  const content = JSON.stringify({
    version: 2,
    raw: '',
    tags: [],
    shown: { from: 'a', to: 'b', subject: 'c' },
  });
  await gateway.database.execute(
    `INSERT INTO eg_messages (message_id, user_id, domain_id, method, sender_domain, mfrom_host, content, accepted_at)
     VALUES ?`,
    [ids.map((id) => [id, user.UserID, domain.domainId, 'smtp', domain.name, 'x', content, new Date()])],
  );
  await gateway.database.execute(
    `INSERT INTO eg_send_queue (message_id, recipient_no, recipient, recipient_type, user_id, domain_id, due_at) VALUES ?`,
    [ids.map((id) => [id, 0, 'jane@example.org', 'to', user.UserID, domain.domainId, new Date()])],
  );
  return ids;
}

/** An outbox that refuses the messages of one key: as a crash, it undoes the transaction. */
async function whileOutboxRefuses<T>(key: string, work: () => Promise<T>): Promise<T> {
  await gateway.database.execute(
    `CREATE TRIGGER refuses BEFORE INSERT ON outbox FOR EACH ROW
     IF NEW.message_key = '${key}' THEN SIGNAL SQLSTATE '45000'; END IF`,
  );
  try {
    return await work();
  } finally {
    await gateway.database.execute('DROP TRIGGER refuses');
  }
}

const endings: readonly [string, string, (who: Owner) => Promise<unknown>][] = [
  [
    'emailgateway.cleardomainqueue',
    'queue cleared',
    async (who) =>
      expect(await call(who, 'emailgateway.cleardomainqueue', { DomainID: who.domain.domainId })).toEqual(
        DONE,
      ),
  ],
  [
    'emailgateway.deletedomain',
    'domain deleted',
    async (who) =>
      expect(await call(who, 'emailgateway.deletedomain', { DomainID: who.domain.domainId })).toEqual(DONE),
  ],
  [
    'the end of an account',
    'account deleted',
    async ({ user }) =>
      expect((await gateway.operator('DELETE', `/users/${user.UserID}`)).json).toEqual({
        UserID: user.UserID,
      }),
  ],
];

describe.each(endings)('mails that are dropped by %s', (_what, reason, end) => {
  it('end with one event per recipient that says so', async () => {
    const [mine, other] = [await owner(), await owner()];
    const now = await send(mine, { CC: [{ name: 'C', email: 'cc@example.com' }] });
    const later = await send(mine, { SendAt: Math.floor(Date.now() / 1000) + 86_400 });
    await send(other);

    await end(mine);

    const events = await dropped(mine);
    expect(events.map(({ key, recipient }) => `${key} ${recipient}`).sort()).toEqual(
      [
        ...TO.map((to) => `${now} ${to}`),
        `${now} cc@example.com`,
        ...TO.map((to) => `${later} ${to}`),
      ].sort(),
    );
    for (const event of events) {
      expect(event).toMatchObject({
        id: mailEventId({ ...event, event: 'rejected-by-oempro' }),
        reason,
        userId: mine.user.UserID,
        senderDomain: mine.domain.name,
        method: 'api',
        subject: 'Spring sale',
        from: `Ann <ann@${mine.domain.name}>`,
        tags: ['spring'],
        queuedAt: expect.any(Number),
      });
    }
    expect(await states(mine)).toEqual({ failed: 5 });
    expect([await dropped(other), await states(other)]).toEqual([[], { queued: 2 }]);
  });

  it('are also those that are held', async () => {
    const mine = await owner();
    await send(mine);
    await gateway.database.execute(`UPDATE eg_send_queue SET state = 'held' WHERE domain_id = ?`, [
      mine.domain.domainId,
    ]);
    await end(mine);
    expect(await states(mine)).toEqual({ failed: 2 });
    expect(await dropped(mine)).toHaveLength(2);
  });

  it('tell nothing of mails that a sender has taken or that are over', async () => {
    const mine = await owner();
    await send(mine);
    await send(mine);
    await gateway.database.execute(
      `UPDATE eg_send_queue SET state = IF(recipient_no = 0, 'sending', 'sent'), claim_owner = 'mail-sender/x',
         claim_token = 1 WHERE domain_id = ?`,
      [mine.domain.domainId],
    );
    await end(mine);
    expect(await dropped(mine)).toEqual([]);
    expect(await states(mine)).toEqual({ sending: 2, sent: 2 });
  });

  it('are told of once each, when a long queue was interrupted and the call is repeated', async () => {
    const mine = await owner();
    const ids = await fill(mine, 1_200);
    await whileOutboxRefuses(ids[1_100] ?? '', () => end(mine).catch(() => undefined));
    expect(await states(mine)).toEqual({ failed: 1_000, queued: 200 });
    expect(await dropped(mine)).toHaveLength(1_000);
    // Deleting is refused the second time, and goes on all the same.
    await end(mine).catch(() => undefined);
    expect(await states(mine)).toEqual({ failed: 1_200 });
    const events = await dropped(mine);
    expect(new Set(events.map(({ key }) => key))).toEqual(new Set(ids));
    expect(events).toHaveLength(1_200);
  });
});

describe('mails of a deleted key', () => {
  it('stay accepted', async () => {
    const mine = await owner();
    await send(mine, { SendAt: Math.floor(Date.now() / 1000) + 86_400 });
    const { APIKeys } = await call(mine, 'emailgateway.getapis', { DomainID: mine.domain.domainId });
    const [{ APIKeyID }] = APIKeys as [{ APIKeyID: unknown }];
    expect(await call(mine, 'emailgateway.deleteapi', { APIKeyID })).toEqual(DONE);
    await expect(send(mine)).rejects.toThrow('"Code":13');
    expect(await states(mine)).toEqual({ queued: 2 });
    expect(await dropped(mine)).toEqual([]);
  });
});

describe('mails that are dropped', () => {
  it('are told of once, however many calls drop them together', async () => {
    const mine = await owner();
    await fill(mine, 1_100);
    const DomainID = mine.domain.domainId;
    const clear = () => call(mine, 'emailgateway.cleardomainqueue', { DomainID });
    expect(await Promise.all([clear(), clear(), clear()])).toEqual([DONE, DONE, DONE]);
    expect(await states(mine)).toEqual({ failed: 1_100 });
    const ids = (await dropped(mine)).map(({ id }) => id);
    expect([ids.length, new Set(ids).size]).toEqual([1_100, 1_100]);
  });

  it('are left to the senders by a deletion that was interrupted', async () => {
    const mine = await owner();
    const ids = await fill(mine, 700);
    const DomainID = mine.domain.domainId;
    await whileOutboxRefuses(ids[600] ?? '', () => call(mine, 'emailgateway.deletedomain', { DomainID }));
    expect(await states(mine)).toEqual({ failed: 500, queued: 200 });
    const noted = await gateway.database.query('SELECT domain_id FROM eg_held_domains WHERE domain_id = ?', [
      DomainID,
    ]);
    expect(noted).toHaveLength(1);
  });

  it('do not count as being sent any more', async () => {
    const mine = await owner();
    await send(mine);
    const DomainID = mine.domain.domainId;
    const counted = async () => {
      await gateway.index(await eventsOf(mine));
      const { RecipientDomains } = await call(mine, 'emailgateway.listrecipientdomains', { DomainID });
      return RecipientDomains;
    };
    expect(await counted()).toMatchObject([
      { Domain: 'example.net', Failed: 0, Sending: 1 },
      { Domain: 'example.org', Failed: 0, Sending: 1 },
    ]);
    await gateway.database.execute('DELETE FROM outbox');
    await call(mine, 'emailgateway.cleardomainqueue', { DomainID });
    expect(await counted()).toMatchObject([
      { Domain: 'example.net', Failed: 1, Sending: 0 },
      { Domain: 'example.org', Failed: 1, Sending: 0 },
    ]);
  });
});
