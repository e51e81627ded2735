import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mailEventId } from '#contracts/mail-events/event-id';
import { decodeMailEvent } from '#contracts/mail-events/mail-event';
import { contractMigrations } from '#contracts/schema/migrations';
import { plumbingMigrations } from '#platform/schema/plumbing';
import { eventually } from '#platform/testing/eventually';
import { createTestDatabase, type TestDatabase } from '#platform/testing/test-database';
import { SendQueue } from '../claim/send-queue.js';
import { Recorder } from '../record/recorder.js';
import { acceptMail, addSender, FakeMta, log, Running, type Sending } from '../testing.spec.js';
import { HeldDomains } from './held-domains.js';

const MINE: Sending = { userId: 1, domainId: 4 };
const OTHER: Sending = { userId: 2, domainId: 5 };
const FUTURE = new Date('2036-01-01T00:00:00Z');

let test: TestDatabase;
let mta: FakeMta;
let running: Running | undefined;

beforeAll(async () => {
  test = await createTestDatabase([...plumbingMigrations, ...contractMigrations]);
});
afterAll(() => test.drop());
beforeEach(async () => {
  await addSender(test.database, MINE);
  await addSender(test.database, OTHER);
  mta = new FakeMta();
  await mta.start();
});
afterEach(async () => {
  await running?.stop();
  running = undefined;
  await mta.stop();
  for (const table of [
    'eg_messages',
    'eg_send_queue',
    'eg_held_domains',
    'outbox',
    'leases',
    'oempro_eg_domains',
    'oempro_users',
    'oempro_suppression_list',
  ])
    await test.database.execute(`DELETE FROM ${table}`);
});

const sql = (statement: string, params: (string | number)[] = []) => test.database.execute(statement, params);
const run = async (): Promise<void> => {
  running = await new Running(test, mta.port).start();
};
const accept = (of: Sending, recipients: readonly string[], dueAt?: Date): Promise<string> =>
  acceptMail(test.database, recipients, { of, ...(dueAt && { dueAt }) });
const setStatus = ({ domainId }: Sending, status: string) =>
  sql('UPDATE oempro_eg_domains SET Status = ? WHERE DomainID = ?', [status, domainId]);

/** The rows of a domain by their state. */
async function states({ domainId }: Sending): Promise<Record<string, number>> {
  const rows = await test.database.query<{ state: string; count: number }>(
    'SELECT state, COUNT(*) AS count FROM eg_send_queue WHERE domain_id = ? GROUP BY state',
    [domainId],
  );
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
}

const until = (of: Sending, expected: Record<string, number>) =>
  eventually(async () => expect(await states(of)).toEqual(expected), { timeoutMs: 20_000 });

async function events() {
  const rows = await test.database.query<{ message_key: Buffer; value: Buffer }>(
    'SELECT message_key, value FROM outbox ORDER BY id',
  );
  return rows.map(({ message_key, value }) => ({ key: message_key.toString(), ...decodeMailEvent(value) }));
}

const sentTo = () => mta.taken.map(({ to }) => to).sort();

const stops: readonly [string, string, string][] = [
  ...['Approval Pending', 'Disabled', 'Suspended', 'Blocked'].map((status): [string, string, string] => [
    `a domain that is ${status}`,
    `UPDATE oempro_eg_domains SET Status = '${status}' WHERE DomainID = 4`,
    `UPDATE oempro_eg_domains SET Status = 'Enabled' WHERE DomainID = 4`,
  ]),
  [
    'an account that is disabled',
    `UPDATE oempro_users SET AccountStatus = 'Disabled' WHERE UserID = 1`,
    `UPDATE oempro_users SET AccountStatus = 'Enabled' WHERE UserID = 1`,
  ],
  [
    'an account that is not trusted',
    `UPDATE oempro_users SET ReputationLevel = 'Untrusted' WHERE UserID = 1`,
    `UPDATE oempro_users SET ReputationLevel = 'Trusted' WHERE UserID = 1`,
  ],
];

describe('a stop that can be lifted', () => {
  it.each(stops)('holds the mail of %s and lets it go out afterwards', async (_what, stop, lift) => {
    await accept(MINE, ['ana@inbox.example', 'leo@inbox.example']);
    await accept(MINE, ['later@inbox.example'], FUTURE);
    await accept(OTHER, ['other@inbox.example']);
    await sql(stop);
    await run();
    await until(MINE, { held: 3 });
    await until(OTHER, { sent: 1 });
    expect(sentTo()).toEqual(['other@inbox.example']);
    await sql(lift);
    await until(MINE, { sent: 2, queued: 1 });
    expect(sentTo()).toEqual(['ana@inbox.example', 'leo@inbox.example', 'other@inbox.example']);
    expect(await events()).toEqual([]);
    const [later] = await test.database.query("SELECT due_at FROM eg_send_queue WHERE state = 'queued'");
    expect(later).toEqual({ due_at: FUTURE });
    await eventually(async () =>
      expect(await test.database.query('SELECT domain_id FROM eg_held_domains')).toEqual([]),
    );
  });

  it('costs senders one look at each mail, and then none', async () => {
    for (let message = 0; message < 6; message++)
      await accept(
        MINE,
        Array.from({ length: 200 }, (_, no) => `r${no}@inbox.example`),
      );
    await accept(OTHER, ['other@inbox.example'], new Date());
    await setStatus(MINE, 'Suspended');
    const queue = new SendQueue(test.database);
    const claim = { owner: 'mail-sender/x', token: 1 };
    await new Recorder(test.database, log).held(await queue.claim(claim, 10));
    const held = new HeldDomains(test.database, log);
    expect([await held.turn(), await held.turn(), await held.turn(), await held.turn()]).toEqual([
      'worked',
      'worked',
      'worked',
      'idle',
    ]);
    expect(await states(MINE)).toEqual({ held: 1_200 });
    expect(await queue.claim(claim, 1_000)).toMatchObject([{ domainId: OTHER.domainId }]);
  });

  it('that is lifted queues the mail behind what is due already', async () => {
    await accept(MINE, ['ana@inbox.example']);
    await setStatus(MINE, 'Suspended');
    const [queue, recorder] = [new SendQueue(test.database), new Recorder(test.database, log)];
    const claim = { owner: 'mail-sender/x', token: 1 };
    await recorder.held(await queue.claim(claim, 10));
    await accept(OTHER, ['other@inbox.example'], new Date(Date.now() - 60_000));
    await setStatus(MINE, 'Enabled');
    expect(await new HeldDomains(test.database, log).turn()).toBe('worked');
    expect((await queue.claim(claim, 10)).map(({ domainId }) => domainId)).toEqual([
      OTHER.domainId,
      MINE.domainId,
    ]);
  });

  it('that is lifted between a claim and its hold leaves no mail behind', async () => {
    await accept(MINE, ['ana@inbox.example']);
    await setStatus(MINE, 'Suspended');
    const rows = await new SendQueue(test.database).claim({ owner: 'mail-sender/x', token: 1 }, 10);
    await setStatus(MINE, 'Enabled');
    const held = new HeldDomains(test.database, log);
    expect(await held.turn()).toBe('idle');
    await new Recorder(test.database, log).held(rows);
    expect(await states(MINE)).toEqual({ held: 1 });
    await run();
    await until(MINE, { sent: 1 });
  });

  it('is followed by one sender at a time', async () => {
    await accept(MINE, ['ana@inbox.example']);
    await sql('INSERT INTO eg_held_domains (domain_id) VALUES (4)');
    await setStatus(MINE, 'Suspended');
    const held = new HeldDomains(test.database, log);
    await test.database.transaction(async (tx) => {
      await tx.query('SELECT domain_id FROM eg_held_domains FOR UPDATE');
      expect(await held.turn()).toBe('idle');
      expect(await states(MINE)).toEqual({ queued: 1 });
    });
    expect(await held.turn()).toBe('worked');
  });

  it('leaves mail alone that was claimed anew by another sender', async () => {
    await accept(MINE, ['ana@inbox.example']);
    await setStatus(MINE, 'Suspended');
    const rows = await new SendQueue(test.database).claim({ owner: 'mail-sender/lapsed', token: 1 }, 10);
    await sql("UPDATE eg_send_queue SET claim_owner = 'mail-sender/next', claim_token = 2");
    await new Recorder(test.database, log).held(rows);
    expect(await states(MINE)).toEqual({ sending: 1 });
  });
});

describe('the end of a domain or an account', () => {
  it.each([
    ['domain deleted', `UPDATE oempro_eg_domains SET Status = 'Deleted' WHERE DomainID = 4`],
    ['account deleted', 'DELETE FROM oempro_users WHERE UserID = 1'],
  ])('drops mail that is due, and says: %s', async (reason, end) => {
    const messageId = await accept(MINE, ['ana@inbox.example', 'leo@inbox.example']);
    await accept(OTHER, ['other@inbox.example']);
    await sql(end);
    await run();
    await until(MINE, { failed: 2 });
    await until(OTHER, { sent: 1 });
    expect(sentTo()).toEqual(['other@inbox.example']);
    const told = await events();
    expect(told.map(({ recipient }) => recipient).sort()).toEqual(['ana@inbox.example', 'leo@inbox.example']);
    for (const event of told)
      expect(event).toMatchObject({
        key: messageId,
        id: mailEventId({ ...event, event: 'rejected-by-oempro' }),
        event: 'rejected-by-oempro',
        reason,
        subject: 'Spring sale',
        tags: ['spring'],
        userId: 1,
        domainId: 4,
      });
  });

  it('drops held mail and what is due later, each told of once by however many senders', async () => {
    for (let message = 0; message < 6; message++)
      await accept(
        MINE,
        Array.from({ length: 200 }, (_, no) => `r${no}@inbox.example`),
        message < 3 ? undefined : FUTURE,
      );
    await setStatus(MINE, 'Suspended');
    const claim = { owner: 'mail-sender/x', token: 1 };
    const rows = await new SendQueue(test.database).claim(claim, 50);
    await new Recorder(test.database, log).held(rows);
    await setStatus(MINE, 'Deleted');
    const senders = [1, 2, 3].map(() => new HeldDomains(test.database, log));
    await eventually(async () => {
      await Promise.all(senders.map((sender) => sender.turn()));
      expect(await states(MINE)).toEqual({ failed: 1_200 });
    });
    const told = await events();
    expect([told.length, new Set(told.map(({ id }) => id)).size]).toEqual([1_200, 1_200]);
    expect(await senders[0]?.turn()).toBe('idle');
    expect(await test.database.query('SELECT domain_id FROM eg_held_domains')).toEqual([]);
  });

  it('tells nothing of mail that somebody else drops at the same moment', async () => {
    await accept(MINE, ['ana@inbox.example', 'leo@inbox.example']);
    await sql('INSERT INTO eg_held_domains (domain_id) VALUES (4)');
    await setStatus(MINE, 'Deleted');
    // In an object: a promise that a transaction returns would be waited for inside it.
    const { turn } = await test.database.transaction(async (tx) => {
      await tx.execute("UPDATE eg_send_queue SET state = 'failed' WHERE recipient_no = 0");
      const dropping = { turn: new HeldDomains(test.database, log).turn() };
      await eventually(
        async () => {
          const waiting = await test.database.query(
            `SELECT 1 FROM information_schema.innodb_trx t
             JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id
             WHERE t.trx_state = 'LOCK WAIT' AND p.db = DATABASE()`,
          );
          expect(waiting).toHaveLength(1);
        },
        { timeoutMs: 4_000, everyMs: 150 },
      );
      return dropping;
    });
    await turn;
    expect(await states(MINE)).toEqual({ failed: 2 });
    expect(await events()).toMatchObject([{ recipient: 'leo@inbox.example' }]);
  });

  it('tells once of mail whose sender died before and after it was recorded', async () => {
    const messageId = await accept(MINE, ['ana@inbox.example']);
    await setStatus(MINE, 'Deleted');
    const recorder = new Recorder(test.database, log);
    const rows = await new SendQueue(test.database).claim({ owner: 'mail-sender/dead', token: 1 }, 10);
    await run();
    await until(MINE, { failed: 1 });
    await recorder.dropped(rows);
    expect(await events()).toMatchObject([{ key: messageId, reason: 'domain deleted' }]);
  });
});

describe('an address that is suppressed after its mail was accepted', () => {
  const suppress = (userId: number, entry: string) =>
    sql('INSERT INTO oempro_suppression_list (UserID, EmailAddress, IsPattern) VALUES (?, ?, ?)', [
      userId,
      entry,
      entry.includes('*') ? 1 : 0,
    ]);

  it.each([
    ['of the account', 1, 'ana@inbox.example'],
    ['of the installation', 0, 'ana@inbox.example'],
    ['by a pattern', 1, '*na@inbox.*'],
  ])('gets none any more: on the list %s', async (_what, userId, entry) => {
    const messageId = await accept(MINE, ['Ana@inbox.example', 'leo@inbox.example']);
    await suppress(userId, entry);
    await run();
    await until(MINE, { failed: 1, sent: 1 });
    expect(sentTo()).toEqual(['leo@inbox.example']);
    expect(await events()).toMatchObject([
      { key: messageId, event: 'rejected-by-oempro', recipient: 'Ana@inbox.example', reason: 'suppressed' },
    ]);
  });

  it('gets it when the entry is another account’s, or is gone before the mail is due', async () => {
    await accept(MINE, ['ana@inbox.example', 'leo@inbox.example'], FUTURE);
    await suppress(2, 'ana@inbox.example');
    await suppress(1, 'leo@inbox.example');
    await run();
    await sql('DELETE FROM oempro_suppression_list WHERE UserID = 1');
    await sql('UPDATE eg_send_queue SET due_at = NOW(6)');
    await until(MINE, { sent: 2 });
    expect(await events()).toEqual([]);
  });

  it('is found among more than one part of the look-up carries', async () => {
    const recipients = Array.from({ length: 1_100 }, (_, no) => `r${no}@inbox.example`);
    await accept(MINE, recipients);
    for (const entry of ['r0@inbox.example', 'r777@inbox.example', 'r1099@inbox.example'])
      await suppress(1, entry);
    const rows = await new SendQueue(test.database).claim({ owner: 'mail-sender/x', token: 1 }, 2_000);
    const dropped = rows.filter(({ fate }) => fate.do === 'drop').map(({ recipient }) => recipient);
    expect([rows.length, dropped.sort()]).toEqual([
      1_100,
      ['r0@inbox.example', 'r1099@inbox.example', 'r777@inbox.example'],
    ]);
  });
});
