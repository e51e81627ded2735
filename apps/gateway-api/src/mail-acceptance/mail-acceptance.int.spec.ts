import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeMailEvent } from '#contracts/mail-events/mail-event';
import { contractMigrations } from '#contracts/schema/migrations';
import type { MessageContent } from '#contracts/sending/message-content';
import { shownHeaders } from '#contracts/sending/stored-mail';
import type { SendUsage } from '#domain/sending-limits/sending-limits';
import { MysqlDatabase } from '#platform/database/database';
import { plumbingMigrations } from '#platform/schema/plumbing';
import { startTcpProxy, type TcpProxy } from '#platform/testing/tcp-proxy';
import { createTestDatabase, type TestDatabase } from '#platform/testing/test-database';
import { MailAcceptance } from './mail-acceptance.js';
import type { MailToAccept } from './mail-to-accept.js';

let test: TestDatabase;
let database: MysqlDatabase;
let other: MysqlDatabase;
let proxy: TcpProxy;
let wired: MysqlDatabase;
/** Two gateways over one database. */
let gateways: readonly [MailAcceptance, MailAcceptance];

beforeAll(async () => {
  test = await createTestDatabase([...plumbingMigrations, ...contractMigrations]);
  database = test.database;
  other = new MysqlDatabase(test.options);
  proxy = await startTcpProxy(test.options);
  wired = new MysqlDatabase({ ...test.options, host: '127.0.0.1', port: proxy.port });
  gateways = [new MailAcceptance(database), new MailAcceptance(other)];
});
afterEach(() => database.execute('DELETE FROM oempro_suppression_list'));
afterAll(async () => {
  await Promise.all([other.close(), wired.close()]);
  await proxy.close();
  await test.drop();
});

let lastUser = 0;
/** An account in a group of its own; columns that are not named keep their defaults. */
async function account(
  user: Record<string, unknown> = {},
  group: Record<string, unknown> = {},
): Promise<number> {
  const name = randomUUID();
  const insert = async (table: string, row: Record<string, unknown>) => {
    const columns = Object.keys(row);
    const { insertId } = await database.execute(
      `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
      Object.values(row).map((value) => (typeof value === 'number' ? value : String(value))),
    );
    return insertId;
  };
  const GroupID = await insert('oempro_user_groups', { Name: name, Privileges: '*', ...group });
  lastUser = await insert('oempro_users', {
    GroupID,
    Username: name,
    PasswordHash: '',
    EmailAddress: '',
    APIKeyHash: name.slice(0, 32),
    APIKeyCipher: '',
    ...user,
  });
  return lastUser;
}

function mail(
  userId: number,
  to: readonly string[] = ['jane@inbox.example'],
  more: Partial<MailToAccept> = {},
) {
  const content: MessageContent = {
    version: 1,
    subject: 'Hello',
    from: { name: 'S', email: 's@sender.example' },
    to: to.map((email) => ({ name: '', email })),
    ...{ cc: [], replyTo: [], html: '<p>Hi</p>', plain: null, headers: {}, tags: ['t'], attachments: [] },
    trackLinks: false,
    trackOpens: false,
  };
  return {
    messageId: randomUUID(),
    userId,
    domainId: 4,
    senderDomain: 'sender.example',
    mfromHost: 'sl.sender.example',
    method: 'api' as const,
    content,
    recipients: to.map((email) => ({ email, type: 'to' as const })),
    shown: shownHeaders(content),
    tags: ['t'],
    context: {},
    dueAt: Date.now(),
    ...more,
  };
}

const accept = (...mails: MailToAccept[]) => gateways[0].accept(mails, Date.now());
const queued = async (userId: number) =>
  (
    await database.query<{ recipient: string }>(
      'SELECT recipient FROM eg_send_queue WHERE user_id = ? ORDER BY id',
      [userId],
    )
  ).map(({ recipient }) => recipient);
const stored = (userId: number) =>
  database.query('SELECT message_id FROM eg_messages WHERE user_id = ?', [userId]);
const usage = async (userId: number) => {
  const [row] = await database.query<{ credits: number; windows: Record<string, [number, number]> }>(
    'SELECT credits, windows FROM eg_send_usage WHERE user_id = ?',
    [userId],
  );
  return row && { credits: row.credits, lifetime: row.windows['Lifetime']?.[1] ?? 0 };
};
const events = async (messageId: string) => {
  const rows = await database.query<{ value: Buffer }>(
    'SELECT value FROM outbox WHERE message_key = ? ORDER BY id',
    [Buffer.from(messageId)],
  );
  return rows.map(({ value }) => {
    const { event, recipient, reason } = decodeMailEvent(value);
    return [event, recipient, reason];
  });
};
const suppress = (userId: number, ...entries: string[]) =>
  database.execute('INSERT INTO oempro_suppression_list (UserID, EmailAddress, IsPattern) VALUES ?', [
    entries.map((entry) => [userId, entry, entry.includes('*') ? 1 : 0]),
  ]);

describe('limits', () => {
  it.each([
    ['a day quota of the user', { LimitEmailSendPerDay: 20 }, {}, 'sending-limit-reached'],
    ['a lifetime quota of the group', {}, { LimitEmailSendLifetime: 20 }, 'sending-limit-reached'],
    ['a rate', { RateLimits: '{"EmailGateway":{"Year":"20"}}' }, {}, 'rate-limit-exceeded'],
  ])('of %s hold exactly for 50 sends at once over two gateways', async (_what, user, group, refused) => {
    const userId = await account(user, group);
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, (_, n) => gateways[n % 2 === 0 ? 0 : 1].accept([mail(userId)], Date.now())),
    );
    expect(outcomes.filter((outcome) => outcome.refused === undefined)).toHaveLength(20);
    expect(new Set(outcomes.map((outcome) => outcome.refused))).toEqual(new Set([undefined, refused]));
    expect(await queued(userId)).toHaveLength(20);
    expect(await stored(userId)).toHaveLength(20);
    expect(await usage(userId)).toMatchObject({ lifetime: 20 });
  });

  it('of credits hold exactly, one for each recipient', async () => {
    const userId = await account({ CreditSystem: 'Enabled' });
    await database.execute("INSERT INTO eg_send_usage (user_id, credits, windows) VALUES (?, 20, '{}')", [
      userId,
    ]);
    const outcomes = await Promise.all(
      Array.from({ length: 15 }, (_, n) =>
        gateways[n % 2 === 0 ? 0 : 1].accept(
          [mail(userId, ['a@x.example', 'b@x.example', 'c@x.example'])],
          Date.now(),
        ),
      ),
    );
    expect(outcomes.filter((outcome) => outcome.refused === undefined)).toHaveLength(6);
    expect(await usage(userId)).toMatchObject({ credits: 2 });
    expect(await queued(userId)).toHaveLength(18);
    const noCredits = await account({ CreditSystem: 'Enabled' });
    expect(await accept(mail(noCredits))).toEqual({ refused: 'sending-limit-reached' });
  });

  it('say when a rate lets mails through again', async () => {
    const userId = await account({ RateLimits: '{"EmailGateway":{"Hour":1}}' });
    const now = Date.UTC(2030, 0, 1, 12, 20);
    await gateways[0].accept([mail(userId)], now);
    expect(await gateways[1].accept([mail(userId)], now)).toEqual({
      refused: 'rate-limit-exceeded',
      retryAfterMs: 40 * 60_000,
    });
    expect(await gateways[1].accept([mail(userId)], now + 40 * 60_000)).toHaveProperty('accepted');
  });

  it('are all or nothing for mails that belong together', async () => {
    const userId = await account({ LimitEmailSendPerDay: 3 });
    expect(
      await accept(
        mail(userId, ['a@x.example', 'b@x.example']),
        mail(userId, ['c@x.example', 'd@x.example']),
      ),
    ).toEqual({
      refused: 'sending-limit-reached',
    });
    expect(await queued(userId)).toEqual([]);
    expect(
      await accept(mail(userId, ['a@x.example', 'b@x.example']), mail(userId, ['c@x.example'])),
    ).toHaveProperty('accepted');
    expect(await queued(userId)).toEqual(['a@x.example', 'b@x.example', 'c@x.example']);
  });

  it('that cannot be read stop their account only', async () => {
    const broken = await account({ RateLimits: '{"EmailGateway":{"Hour":"ten"}}' });
    const fine = await account();
    const [one, two] = await Promise.allSettled([accept(mail(broken)), accept(mail(fine))]);
    expect(one).toMatchObject({ status: 'rejected' });
    expect(two).toMatchObject({ value: { accepted: [expect.any(String)] } });
  });

  it('of one account keep no other waiting, even while its row is locked', async () => {
    const locked = await account({ LimitEmailSendPerDay: 3 });
    const free = await account();
    const limited = await account({ LimitEmailSendPerDay: 100 });
    await accept(mail(locked));
    const release = Promise.withResolvers<void>();
    const holding = Promise.withResolvers<void>();
    const lock = database.transaction(async (tx) => {
      await tx.query('SELECT user_id FROM eg_send_usage WHERE user_id = ? FOR UPDATE', [locked]);
      holding.resolve();
      await release.promise;
    });
    await holding.promise;
    let isWaiting = true;
    const waiting = Promise.all([1, 2, 3].map(() => accept(mail(locked)))).finally(() => (isWaiting = false));
    for (let n = 0; n < 20; n++) {
      const others = [accept(mail(free)), accept(mail(limited)), accept(mail(limited))];
      expect((await Promise.all(others)).flatMap((outcome) => outcome.refused ?? [])).toEqual([]);
    }
    expect(isWaiting).toBe(true);
    release.resolve();
    await lock;
    const refused = (await waiting).flatMap((outcome) => outcome.refused ?? []);
    expect(refused).toEqual(['sending-limit-reached']);
  });

  it('of many accounts at once, over two gateways, meet no deadlock', async () => {
    const users = await Promise.all(Array.from({ length: 12 }, () => account({ LimitEmailSendPerDay: 8 })));
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, n) => n).flatMap((n) =>
        (n % 2 === 0 ? users : users.toReversed()).map((userId, at) =>
          gateways[(n + at) % 2 === 0 ? 0 : 1].accept([mail(userId)], Date.now()),
        ),
      ),
    );
    expect(outcomes.filter((outcome) => outcome.refused === undefined)).toHaveLength(12 * 8);
    for (const userId of users) expect(await usage(userId)).toMatchObject({ lifetime: 8 });
  });
});

describe('what an account without limits sends', () => {
  const windowsOf = async (userId: number) => {
    const [row] = await database.query<{ windows: SendUsage['windows'] }>(
      'SELECT windows FROM eg_send_usage WHERE user_id = ?',
      [userId],
    );
    return row?.windows;
  };
  const limit = (userId: number, perDay: number) =>
    database.execute('UPDATE oempro_users SET LimitEmailSendPerDay = ? WHERE UserID = ?', [perDay, userId]);

  it('counts exactly, for many accounts at once over two gateways, from their first mail on', async () => {
    const users = await Promise.all(Array.from({ length: 12 }, () => account()));
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, n) => n).flatMap((n) =>
        (n % 2 === 0 ? users : users.toReversed()).map((userId, at) =>
          gateways[(n + at) % 2 === 0 ? 0 : 1].accept(
            [mail(userId, ['a@x.example', 'b@x.example']), mail(userId)],
            Date.now(),
          ),
        ),
      ),
    );
    expect(outcomes.flatMap(({ refused }) => refused ?? [])).toEqual([]);
    for (const userId of users) expect(await usage(userId)).toEqual({ credits: 0, lifetime: 60 });
  });

  it('counts as under a limit, in every window and whichever clock is behind', async () => {
    const [free, limited] = [
      await account(),
      await account({ RateLimits: '{"EmailGateway":{"Year":1000}}' }),
    ];
    const times = [
      Date.UTC(2030, 11, 30, 23, 59, 59, 999),
      Date.UTC(2030, 11, 31),
      Date.UTC(2030, 11, 31, 0, 0, 30),
      Date.UTC(2030, 11, 30, 23, 59, 59, 999),
      Date.UTC(2030, 11, 31, 23, 59, 59, 999),
      Date.UTC(2031, 0, 1),
      Date.UTC(2031, 0, 6, 1),
      Date.UTC(2031, 0, 6, 1, 2),
      Date.UTC(2031, 0, 5),
      Date.UTC(2031, 1, 1),
    ];
    for (const [at, time] of times.entries()) {
      for (const userId of [free, limited])
        await gateways[0].accept([mail(userId, ['a@x.example', 'b@x.example'].slice(at % 2))], time);
      expect(await windowsOf(free)).toEqual(await windowsOf(limited));
    }
    // Requests of one transaction that began in different minutes.
    await Promise.all(
      [free, limited].flatMap((userId) =>
        times.map((time) => gateways[0].accept([mail(userId)], time + 31 * 24 * 3_600_000)),
      ),
    );
    expect((await windowsOf(free))?.Lifetime).toEqual((await windowsOf(limited))?.Lifetime);
    expect((await windowsOf(free))?.Lifetime).toEqual([0, 25]);
  });

  it('is known to a limit that is set later, and while a limit is lifted', async () => {
    const userId = await account();
    for (let n = 0; n < 3; n++) await accept(mail(userId));
    await limit(userId, 4);
    expect(await accept(mail(userId))).toHaveProperty('accepted');
    expect(await accept(mail(userId))).toEqual({ refused: 'sending-limit-reached' });
    await limit(userId, 0);
    expect(await accept(mail(userId))).toHaveProperty('accepted');
    await limit(userId, 5);
    expect(await accept(mail(userId))).toEqual({ refused: 'sending-limit-reached' });
    await limit(userId, 6);
    expect(await accept(mail(userId))).toHaveProperty('accepted');
  });

  it('never exceeds a limit that is lifted and set while mails come in over two gateways', async () => {
    const userId = await account();
    const send = (n: number) => gateways[n % 2 === 0 ? 0 : 1].accept([mail(userId)], Date.now());
    await Promise.all([
      ...Array.from({ length: 40 }, (_, n) => send(n)),
      (async () => {
        for (let n = 0; n < 10; n++) await limit(userId, n % 2 === 0 ? 1000 : 0);
      })(),
    ]);
    expect(await usage(userId)).toMatchObject({ lifetime: 40 });
    await limit(userId, 45);
    const outcomes = await Promise.all(Array.from({ length: 20 }, (_, n) => send(n)));
    expect(outcomes.filter(({ refused }) => refused === undefined)).toHaveLength(5);
    expect(await usage(userId)).toMatchObject({ lifetime: 45 });
  });

  it('costs no credits', async () => {
    const userId = await account();
    await database.execute("INSERT INTO eg_send_usage (user_id, credits, windows) VALUES (?, 20, '{}')", [
      userId,
    ]);
    await accept(mail(userId));
    expect(await usage(userId)).toEqual({ credits: 20, lifetime: 1 });
  });
});

describe('suppressed recipients', () => {
  it('are left out and told of; the others get the mail', async () => {
    const userId = await account();
    await suppress(0, 'all@inbox.example', '*@closed.example');
    await suppress(userId, 'one@inbox.example', 'abuse@*');
    await suppress(userId + 1, 'jane@inbox.example', 'jane@*');
    const to = [
      'All@Inbox.example',
      'jane@inbox.example',
      'x@CLOSED.example',
      'One@inbox.example',
      'abuse@inbox.example',
    ];
    const sent = mail(userId, to);
    expect(await accept(sent)).toEqual({ accepted: [sent.messageId] });
    expect(await queued(userId)).toEqual(['jane@inbox.example']);
    expect(await events(sent.messageId)).toEqual([
      ['accepted-by-oempro', 'jane@inbox.example', ''],
      ...['All@Inbox.example', 'x@CLOSED.example', 'One@inbox.example', 'abuse@inbox.example'].map(
        (recipient) => ['rejected-by-oempro', recipient, 'suppressed'],
      ),
    ]);
  });

  it('who are all there is refuse the mail, are told of and count nothing', async () => {
    const userId = await account({ LimitEmailSendPerDay: 1 });
    await suppress(userId, 'jane@inbox.example');
    const sent = mail(userId);
    expect(await accept(sent)).toEqual({ refused: 'all-suppressed' });
    expect(await stored(userId)).toEqual([]);
    expect(await events(sent.messageId)).toEqual([
      ['rejected-by-oempro', 'jane@inbox.example', 'suppressed'],
    ]);
    expect(await accept(mail(userId, ['joe@inbox.example', 'jane@inbox.example']))).toHaveProperty(
      'accepted',
    );
  });

  it('take their own mails out of several, not the others', async () => {
    const userId = await account();
    await suppress(0, 'b@inbox.example');
    const mails = ['a', 'b', 'c'].map((name) => mail(userId, [`${name}@inbox.example`]));
    expect(await accept(...mails)).toEqual({ accepted: [mails[0]?.messageId, mails[2]?.messageId] });
    expect(await queued(userId)).toEqual(['a@inbox.example', 'c@inbox.example']);
  });

  it('are found among many', async () => {
    const userId = await account();
    await suppress(0, 'r1234@inbox.example');
    const mails = Array.from({ length: 1300 }, (_, n) => mail(userId, [`R${n}@inbox.example`]));
    const outcome = await accept(...mails);
    expect(outcome.refused ?? outcome.accepted.length).toBe(1299);
    expect(await queued(userId)).not.toContain('R1234@inbox.example');
  });
});

describe('an id that was accepted before', () => {
  it.each([
    ['limits', { LimitEmailSendPerDay: 2 }],
    ['no limits', {}],
  ])('is accepted again, stored once and counted once, with %s', async (_what, limits) => {
    const userId = await account(limits);
    const sent = mail(userId);
    const outcomes = await Promise.all([accept(sent), accept(sent), gateways[1].accept([sent], Date.now())]);
    const repeated = { accepted: [sent.messageId], repeated: [sent.messageId] };
    expect(outcomes.filter((outcome) => outcome.repeated === undefined)).toEqual([
      { accepted: [sent.messageId] },
    ]);
    expect(outcomes.filter((outcome) => outcome.repeated !== undefined)).toEqual([repeated, repeated]);
    expect(await accept(sent)).toEqual(repeated);
    expect(await queued(userId)).toHaveLength(1);
    expect(await events(sent.messageId)).toHaveLength(1);
    expect(await usage(userId)).toMatchObject({ lifetime: 1 });
  });

  it('among several leaves the others to be stored', async () => {
    const userId = await account({ LimitEmailSendPerDay: 3 });
    const sent = mail(userId);
    await accept(sent);
    const more = [mail(userId, ['b@x.example']), mail(userId, ['c@x.example'])];
    expect(await accept(more[0] ?? sent, sent, more[1] ?? sent)).toEqual({
      accepted: [more[0]?.messageId, sent.messageId, more[1]?.messageId],
      repeated: [sent.messageId],
    });
    expect(await queued(userId)).toEqual(['jane@inbox.example', 'b@x.example', 'c@x.example']);
    expect(await usage(userId)).toMatchObject({ lifetime: 3 });
  });

  it('is accepted again although its account may send no more, or its recipient was suppressed since', async () => {
    const userId = await account({ LimitEmailSendPerDay: 1 });
    const sent = mail(userId);
    await accept(sent);
    expect(await accept(mail(userId))).toEqual({ refused: 'sending-limit-reached' });
    const repeated = { accepted: [sent.messageId], repeated: [sent.messageId] };
    expect(await accept(sent)).toEqual(repeated);
    await suppress(0, 'jane@inbox.example');
    expect(await accept(sent)).toEqual(repeated);
    expect(await events(sent.messageId)).toHaveLength(1);
  });

  it('by another account is an error, and is not taken for that account’s', async () => {
    const sent = mail(await account());
    await accept(sent);
    await expect(accept({ ...sent, userId: await account() })).rejects.toThrow("another account's");
  });
});

describe('a group of mails', () => {
  it('is not spoilt by one that cannot be stored, wherever that fails', async () => {
    const userId = await account();
    const limitedId = await account({ LimitEmailSendPerDay: 50 });
    const poisoned = [
      mail(userId, ['a@x.example'], { mfromHost: 'x'.repeat(300) }),
      mail(userId, [`${'x'.repeat(400)}@x.example`]),
      mail(userId, ['a@x.example'], { tags: ['x'.repeat(950_000)] }),
      mail(limitedId, ['a@x.example'], { mfromHost: 'x'.repeat(300) }),
    ];
    const good = Array.from({ length: 30 }, (_, n) =>
      mail(n % 3 === 0 ? limitedId : userId, [`g${n}@x.example`]),
    );
    const work = [...good.slice(0, 15), ...poisoned, ...good.slice(15)].map(async (each) => accept(each));
    const outcomes = await Promise.allSettled(work);
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(4);
    expect(outcomes.slice(15, 19).map(({ status }) => status)).toEqual(Array(4).fill('rejected'));
    const recipients = [...(await queued(userId)), ...(await queued(limitedId))];
    expect(recipients).toHaveLength(good.length);
    expect(new Set(recipients)).toEqual(new Set(good.map((each) => each.recipients[0]?.email)));
    expect(await usage(limitedId)).toMatchObject({ lifetime: 10 });
    expect(await usage(userId)).toMatchObject({ lifetime: 20 });
  });

  it('shares transactions when many arrive at once', async () => {
    const userId = await account();
    const commits = async () => {
      const [row] = await database.query<{ Value: string }>("SHOW GLOBAL STATUS LIKE 'Com_commit'");
      return Number(row?.Value);
    };
    const before = await commits();
    await Promise.all(Array.from({ length: 100 }, () => accept(mail(userId))));
    expect(await queued(userId)).toHaveLength(100);
    // Two that start at once, then groups; other suites share the engine.
    expect((await commits()) - before).toBeLessThan(40);
  });

  it('whose connection breaks while it commits is stored once', async () => {
    const gateway = new MailAcceptance(wired);
    const userId = await account({ LimitEmailSendPerDay: 5 });
    const freeId = await account();
    for (const how of ['cut', 'forward-then-cut'] as const) {
      for (const sent of [mail(userId), mail(freeId)]) {
        let isCut = false;
        await wired.queryAll([{ sql: 'SELECT 1' }]);
        proxy.intercept((bytes) => {
          if (isCut || !bytes.includes(';\nCOMMIT')) return 'forward';
          isCut = true;
          return how;
        });
        expect(await gateway.accept([sent], Date.now())).toMatchObject({ accepted: [sent.messageId] });
        expect(isCut).toBe(true);
        proxy.intercept(() => 'forward');
      }
    }
    expect(await queued(userId)).toHaveLength(2);
    expect(await queued(freeId)).toHaveLength(2);
    expect(await usage(userId)).toMatchObject({ lifetime: 2 });
    expect(await usage(freeId)).toMatchObject({ lifetime: 2 });
  });
});

describe('an account that is not there', () => {
  it('sends nothing', async () => {
    expect(await accept(mail(lastUser + 1000))).toEqual({ refused: 'user-gone' });
  });
});
