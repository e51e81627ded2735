import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { MailEvent } from '#contracts/mail-events/mail-event';
import type { MailEventName } from '#contracts/mail-events/vocabulary';
import { mailEvents } from '../event-search/testing/mail-events.js';
import {
  startTestGateway,
  type TestDomain,
  type TestGateway,
  type TestUser,
} from '../http/testing/test-gateway.js';

let gateway: TestGateway;
let user: TestUser;
let neighbour: TestUser;
let mail: TestDomain;
let news: TestDomain;
let idle: TestDomain;
let deleted: TestDomain;
let foreign: TestDomain;

const FIRST = Date.UTC(2026, 0, 1);
const LAST = Date.UTC(2026, 1, 1) - 1;
const JANUARY = { StartDate: '2026-01-01', EndDate: '2026-01-31' };
const ZEROS = {
  Sent: 0,
  Delivered: 0,
  Bounced: 0,
  Opened: 0,
  Clicked: 0,
  DeliveryRate: 0,
  BounceRate: 0,
  OpenRate: 0,
  ClickRate: 0,
};

beforeAll(async () => {
  gateway = await startTestGateway();
  user = await gateway.createUser();
  // Its id begins with the digits of the user's: a careless pattern would match both.
  await gateway.database.execute(`ALTER TABLE oempro_users AUTO_INCREMENT = ${user.UserID * 10 + 1}`);
  neighbour = await gateway.createUser();
  mail = await gateway.createDomain(user, 'mail.example.com');
  news = await gateway.createDomain(user, 'news.example.com');
  idle = await gateway.createDomain(user, 'idle.example.com');
  deleted = await gateway.createDomain(user, 'gone.example.com');
  foreign = await gateway.createDomain(neighbour);
  await gateway.index(events());
  await gateway.database.execute(`UPDATE oempro_eg_domains SET Status = 'Deleted' WHERE DomainID = ?`, [
    deleted.domainId,
  ]);
});
afterAll(() => gateway.close());

/**
 * January of `mail`: 3 sent (one each in the first and the last millisecond), 2 delivered, 1 bounced, 1 message opened
 * three times, 1 clicked twice. One more of each kind lies a millisecond outside.
 */
function events(): MailEvent[] {
  const of = mailEvents(user, mail);
  const [first, last, middle] = [randomUUID(), randomUUID(), randomUUID()];
  const at = (loggedAt: number, messageId: string, ...tags: string[]) => ({ loggedAt, messageId, tags });
  const inside = Date.UTC(2026, 0, 15, 12);
  const outside: MailEventName[] = ['accepted-by-oempro', 'delivered', 'bounced', 'opened', 'clicked'];
  return [
    of('accepted-by-oempro', at(FIRST, first, 'welcome', '2026')),
    of('accepted-by-oempro', at(inside, middle, 'welcome')),
    of('accepted-by-oempro', at(LAST, last)),
    of('accepted-by-mta', at(inside, first)),
    of('delivered', at(inside, first, 'welcome', '2026')),
    of('delivered', at(LAST, last)),
    of('bounced', at(inside, middle, 'welcome')),
    of('opened', at(inside, first, 'welcome', '2026')),
    of('opened', at(inside + 86_400_000, first, 'welcome', '2026')),
    of('opened', at(LAST, first, 'welcome', '2026')),
    of('clicked', at(inside, first, 'welcome', '2026')),
    of('clicked', at(inside + 1, first, 'welcome', '2026')),
    of('unsubscribed', at(inside, first, '__proto__')),
    of('complained', at(inside, first)),
    ...outside.flatMap((event) => [
      of(event, { loggedAt: FIRST - 1, tags: ['december'] }),
      of(event, { loggedAt: LAST + 1, tags: ['february'] }),
    ]),
    // The window before, 1 to 31 December: two sent, one of them in its first millisecond; one too early.
    of('accepted-by-oempro', { loggedAt: Date.UTC(2025, 11, 1) }),
    of('accepted-by-oempro', { loggedAt: Date.UTC(2025, 11, 1) - 1 }),
    // `news` sends more, and one mail of several recipients is opened.
    ...[1, 2, 3, 4, 5, 6, 7].map(() => mailEvents(user, news)('accepted-by-oempro', { loggedAt: inside })),
    ...['a@example.org', 'b@example.org'].map((recipient) =>
      mailEvents(user, news)('opened', { loggedAt: inside, messageId: middle, recipient }),
    ),
    mailEvents(user, deleted)('accepted-by-oempro', { loggedAt: inside }),
    ...outside.map((event) => mailEvents(neighbour, foreign)(event, { loggedAt: inside, tags: ['theirs'] })),
  ];
}

const ask = (command: string, parameters: object, who = user) =>
  gateway.command(`emailgateway.${command}`, { APIKey: who.APIKey, ...parameters });

describe('domainstats', () => {
  const stats = (parameters: object) => ask('domainstats', { DomainID: mail.domainId, ...parameters });

  it('counts whole days, distinct messages and tags, and compares with as many days before', async () => {
    const { status, json } = await stats(JANUARY);
    expect(status).toBe(200);
    expect(json).toEqual({
      Success: true,
      ErrorCode: 0,
      Stats: {
        Sent: 3,
        Delivered: 2,
        Bounced: 1,
        Opened: 1,
        Clicked: 1,
        DeliveryRate: 66.67,
        BounceRate: 33.33,
        OpenRate: 33.33,
        ClickRate: 33.33,
      },
      ComparisonStats: {
        PreviousPeriod: {
          Sent: 2,
          Delivered: 1,
          Bounced: 1,
          Opened: 1,
          Clicked: 1,
          DeliveryRate: 50,
          BounceRate: 50,
          OpenRate: 50,
          ClickRate: 50,
        },
      },
      TagStats: Object.fromEntries([
        ['welcome', { Sent: 2, Delivered: 1, Bounced: 1, Opened: 1, Clicked: 1 }],
        ['2026', { Sent: 1, Delivered: 1, Bounced: 0, Opened: 1, Clicked: 1 }],
        ['__proto__', { Sent: 0, Delivered: 0, Bounced: 0, Opened: 0, Clicked: 0 }],
      ]),
    });
  });

  it('answers zeros and an empty object of tags for a domain without events', async () => {
    const { text } = await ask('domainstats', { DomainID: idle.domainId, ...JANUARY });
    expect(JSON.parse(text)).toMatchObject({ Stats: ZEROS, ComparisonStats: { PreviousPeriod: ZEROS } });
    expect(text).toContain('"TagStats":{}');
  });

  it('covers 28 days ago to today by default, and for dates of another form', async () => {
    const active = await gateway.createDomain(user);
    const of = mailEvents(user, active);
    const today = Date.now() - (Date.now() % 86_400_000);
    await gateway.index([
      of('accepted-by-oempro', { loggedAt: today - 28 * 86_400_000 - 1 }),
      of('accepted-by-oempro', { loggedAt: today - 28 * 86_400_000 }),
      of('accepted-by-oempro', { loggedAt: Date.now() }),
    ]);
    for (const dates of [
      {},
      { StartDate: '1.1.2026', EndDate: '2026-02-30' },
      { StartDate: [], EndDate: '' },
    ]) {
      const { json } = await stats({ DomainID: active.domainId, ...dates });
      expect(json).toMatchObject({ Stats: { Sent: 2 }, ComparisonStats: { PreviousPeriod: { Sent: 1 } } });
    }
  });

  it.each(['0000-01-01', '9999-12-31'])('answers for %s, far from any event', async (day) => {
    expect((await stats({ StartDate: day, EndDate: day })).json).toMatchObject({
      Success: true,
      Stats: ZEROS,
    });
  });
});

describe('accountstats', () => {
  const stats = async (parameters: object) => (await ask('accountstats', parameters)).json;
  const january = {
    mail: {
      DomainID: 0,
      SenderDomain: 'mail.example.com',
      Sent: 3,
      Delivered: 2,
      Bounced: 1,
      Opened: 1,
      Clicked: 1,
      DeliveryRate: 66.67,
      BounceRate: 33.33,
      OpenRate: 33.33,
      ClickRate: 33.33,
    },
    news: { ...ZEROS, DomainID: 0, SenderDomain: 'news.example.com', Sent: 7, Opened: 1, OpenRate: 14.29 },
    idle: { ...ZEROS, DomainID: 0, SenderDomain: 'idle.example.com' },
  };
  beforeAll(() => {
    january.mail.DomainID = mail.domainId;
    january.news.DomainID = news.domainId;
    january.idle.DomainID = idle.domainId;
  });

  it('answers a row for each domain, most sent first, and sums them', async () => {
    const answer = await stats(JANUARY);
    expect(answer).toMatchObject({
      Success: true,
      ErrorCode: 0,
      StartDate: '2026-01-01 00:00:00',
      EndDate: '2026-01-31 23:59:59',
      Totals: {
        Sent: 10,
        Delivered: 2,
        Bounced: 1,
        Opened: 2,
        Clicked: 1,
        DeliveryRate: 20,
        BounceRate: 10,
        OpenRate: 20,
        ClickRate: 10,
      },
      ComparisonTotals: { Sent: 2, Delivered: 1, Bounced: 1, Opened: 1, Clicked: 1, DeliveryRate: 50 },
    });
    const rows = answer['PerDomain'] as { Sent: number; SenderDomain: string }[];
    expect(rows.slice(0, 2)).toEqual([january.news, january.mail]);
    expect(rows).toContainEqual(january.idle);
    const names = rows.filter(({ Sent }) => Sent === 0).map(({ SenderDomain }) => SenderDomain);
    expect(names).toEqual(names.toSorted());
    expect(rows.map(({ SenderDomain }) => SenderDomain)).not.toContain('gone.example.com');
  });

  it.each<[string, (id: (of: TestDomain) => number) => unknown]>([
    ['a list with commas', (id) => `${id(mail)},${id(idle)}`],
    ['blanks and repetitions', (id) => ` ${id(idle)} , ${id(mail)},,${id(mail)} `],
    ['a JSON array', (id) => [id(mail), `${id(idle)}`]],
    ['the text of a JSON array', (id) => `[${id(mail)}, "${id(idle)}"]`],
    [
      'foreign, deleted and absurd ids, which are ignored',
      (id) => `${id(mail)},${id(foreign)},${id(deleted)},7abc,${id(idle)}`,
    ],
  ])('is scoped by %s', async (_what, list) => {
    const answer = await stats({ ...JANUARY, DomainIDs: list(({ domainId }) => domainId) });
    expect(answer['PerDomain']).toEqual([january.mail, january.idle]);
    expect(answer['Totals']).toMatchObject({ Sent: 3, Opened: 1, OpenRate: 33.33 });
  });

  it('takes one id as a number', async () => {
    expect((await stats({ ...JANUARY, DomainIDs: news.domainId }))['PerDomain']).toEqual([january.news]);
  });

  it('answers zeros and no rows when nothing of a list is the user’s, never all domains', async () => {
    for (const DomainIDs of [`${foreign.domainId}`, ',', 'x', [], [null], {}, 0, deleted.domainId, true]) {
      expect(await stats({ ...JANUARY, DomainIDs })).toMatchObject({
        Success: true,
        Totals: ZEROS,
        ComparisonTotals: ZEROS,
        PerDomain: [],
      });
    }
  });

  it('takes an empty list as none, and 30 days ago to today by default', async () => {
    const today = Date.now() - (Date.now() % 86_400_000);
    const shown = (ms: number) => new Date(ms).toISOString().slice(0, 10);
    for (const DomainIDs of [undefined, null, '', ' ']) {
      const answer = await stats({ DomainIDs, StartDate: 'soon' });
      expect(answer).toMatchObject({
        StartDate: `${shown(today - 30 * 86_400_000)} 00:00:00`,
        EndDate: `${shown(today)} 23:59:59`,
      });
      expect((answer['PerDomain'] as unknown[]).length).toBeGreaterThanOrEqual(3);
    }
  });

  it('clamps an end before the start', async () => {
    expect(
      await stats({ StartDate: '2026-01-15', EndDate: '2026-01-01', DomainIDs: mail.domainId }),
    ).toMatchObject({
      StartDate: '2026-01-15 00:00:00',
      EndDate: '2026-01-15 23:59:59',
      Totals: { Sent: 1, Delivered: 1, Bounced: 1, Opened: 1, Clicked: 1 },
    });
  });

  it('answers a user without domains and without any index', async () => {
    const nobody = await gateway.createUser();
    expect((await ask('accountstats', {}, nobody)).json).toMatchObject({ Totals: ZEROS, PerDomain: [] });
    await gateway.createDomain(nobody);
    expect((await ask('accountstats', {}, nobody)).json).toMatchObject({ Totals: ZEROS, PerDomain: [ZEROS] });
  });
});

describe('distinct messages', () => {
  it('are counted one by one up to 20,000 opens and clicks, and estimated beyond', async () => {
    const busy = await gateway.createUser();
    const domain = await gateway.createDomain(busy);
    const of = mailEvents(busy, domain);
    const tagged = (event: MailEventName, count: number) =>
      Array.from({ length: count }, (_, n) =>
        of(event, { messageId: `${n}`, tags: n % 4 === 0 ? ['four', 'all'] : ['all'] }),
      );
    const may = { DomainID: domain.domainId, StartDate: '2026-05-01', EndDate: '2026-05-31' };
    // 12,000 opens of 10,000 messages and 8,000 clicks: 20,000 events, and with the tags 22,500 combinations: two pages.
    await gateway.index([
      ...tagged('opened', 10_000),
      ...tagged('opened', 2_000),
      ...tagged('clicked', 8_000),
    ]);
    expect((await ask('domainstats', may, busy)).json).toMatchObject({
      Stats: { Sent: 0, Opened: 10_000, Clicked: 8_000, OpenRate: 0 },
      TagStats: { all: { Opened: 10_000, Clicked: 8_000 }, four: { Opened: 2_500, Clicked: 2_000 } },
    });
    await gateway.index(tagged('opened', 1_000));
    const { json } = await ask('domainstats', may, busy);
    const { Opened, Clicked } = json['Stats'] as { Opened: number; Clicked: number };
    expect(Math.abs(Opened - 10_000) / 10_000).toBeLessThan(0.01);
    expect(Math.abs(Clicked - 8_000) / 8_000).toBeLessThan(0.01);
  });
});

describe('access', () => {
  const COMMANDS = ['domainstats', 'accountstats', 'listrecipientdomains', 'recipientdomainstats'] as const;
  const complete = { RecipientToDomain: 'example.org' };

  it.each(COMMANDS)('%s needs a credential and the privilege', async (command) => {
    const reply = await gateway.command(`emailgateway.${command}`, { APIKey: 'nonsense' });
    expect([reply.status, reply.json]).toEqual([
      200,
      { Success: false, ErrorCode: 99998, ErrorText: expect.any(String) },
    ]);
    const group = await gateway.operator('POST', '/groups', {
      name: randomUUID(),
      privileges: 'EmailGateway.AddDomain',
    });
    const name = (group.json as { Name?: string; name?: string }).name ?? group.json['Name'];
    const limited = await gateway.createUser({ group: name });
    expect((await ask(command, {}, limited)).json).toMatchObject({ Success: false, ErrorCode: 99999 });
  });

  it.each(COMMANDS.filter((command) => command !== 'accountstats'))(
    '%s answers 1 without a domain and 2 for one that is not the user’s',
    async (command) => {
      for (const DomainID of [undefined, null, '', ' ']) {
        expect((await ask(command, { ...complete, DomainID })).json).toEqual({
          Success: false,
          ErrorCode: [1],
          ErrorText: [expect.any(String)],
        });
      }
      for (const DomainID of [
        foreign.domainId,
        deleted.domainId,
        999_999_999,
        0,
        '7abc',
        -1,
        {},
        [mail.domainId],
      ]) {
        expect((await ask(command, { ...complete, DomainID })).json).toEqual({
          Success: false,
          ErrorCode: 2,
          ErrorText: 'Domain not found or access denied',
        });
      }
    },
  );
});
