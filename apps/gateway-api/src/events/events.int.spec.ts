import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { MailEvent } from '#contracts/mail-events/mail-event';
import { toDocument } from '#contracts/search/event-document';
import { indexAlias } from '#contracts/search/event-index';
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
let domain: TestDomain;
let second: TestDomain;
let foreign: TestDomain;

const NOON = Date.UTC(2026, 4, 15, 12);
const HOUR = 3_600_000;
const bouncedMail = randomUUID();

const event = (
  owner: TestUser,
  of: TestDomain,
  { event: name = 'delivered', ...change }: Partial<MailEvent>,
): MailEvent => mailEvents(owner, of)(name, change);

beforeAll(async () => {
  gateway = await startTestGateway();
  user = await gateway.createUser();
  // Its id begins with the digits of the user's: a careless pattern would match both.
  await gateway.database.execute(`ALTER TABLE oempro_users AUTO_INCREMENT = ${user.UserID * 10 + 1}`);
  neighbour = await gateway.createUser();
  [domain, second, foreign] = [
    await gateway.createDomain(user),
    await gateway.createDomain(user),
    await gateway.createDomain(neighbour),
  ];
  const delivery = {
    code: 550,
    enhancedCode: '5.1.1',
    message: 'no mailbox called jane here',
    description: 'bad address',
    mxHost: 'mx7.example.org',
    mxIp: '192.0.2.7',
    sessionSeconds: 1.5,
  };
  await gateway.index([
    event(user, domain, { event: 'accepted-by-oempro', loggedAt: NOON }),
    event(user, domain, { event: 'accepted-by-mta', loggedAt: NOON + 1 }),
    event(user, domain, { event: 'delivered', loggedAt: NOON + 1, subject: 'Quarterly report' }),
    event(user, domain, {
      event: 'bounced',
      loggedAt: NOON + 2 * HOUR,
      messageId: bouncedMail,
      delivery,
      bounce: { type: 'hard', category: 'bad-mailbox' },
    }),
    event(user, second, {
      event: 'delivered',
      loggedAt: NOON + 24 * HOUR,
      recipient: 'other@example.net',
      to: 'other@example.net',
    }),
    event(neighbour, foreign, { event: 'delivered', loggedAt: NOON }),
  ]);
});
afterAll(() => gateway.close());

const page = { StartFrom: 0, RetrieveCount: 100 };
const find = (parameters: object, who = user) =>
  gateway.command('emailgateway.getevents', { APIKey: who.APIKey, ...page, ...parameters });
const namesOf = (json: Record<string, unknown>) =>
  (json['Events'] as { event: string }[]).map(({ event: name }) => name);
const publicly = (query: object, bearer: string | undefined = domain.senderKey) => {
  const pairs = Object.entries(query).map(([name, value]): [string, string] => [name, `${value}`]);
  const text = new URLSearchParams(pairs).toString();
  return gateway.request('GET', `/api/v1/events?${text}`, bearer === '' ? {} : { bearer });
};

describe('getevents', () => {
  it('answers all events of the user, newest first, as stored', async () => {
    const { json } = await find({});
    expect(json).toMatchObject({ Success: true, ErrorCode: 0, TotalRecords: 5 });
    expect(namesOf(json)).toEqual([
      'delivered',
      'bounced',
      expect.any(String),
      expect.any(String),
      'accepted-by-oempro',
    ]);
    expect((json['Events'] as object[])[1]).toMatchObject({
      event: 'bounced',
      timestamp: (NOON + 2 * HOUR) / 1000,
      'logged-at': new Date(NOON + 2 * HOUR).toISOString(),
      'user-id': user.UserID,
      'domain-id': domain.domainId,
      'message-id': bouncedMail,
      message: {
        headers: { from: `John <john@${domain.name}>`, subject: 'Hello' },
        'to-domain': 'example.org',
      },
      'delivery-status': { code: 550, 'mx-host': 'mx7.example.org' },
      bounce: { type: 'hard', category: 'bad-mailbox' },
    });
  });

  it.each<[string, object, number]>([
    ['a canonical name', { Event: 'delivered' }, 2],
    ['a private alias in any case', { Event: 'DELIVERY' }, 2],
    ['a group', { Event: 'accepted' }, 2],
    ['an unknown name', { Event: 'exploded' }, 0],
    ['a message id', { MessageID: bouncedMail }, 1],
    ['a message id in capitals', { MessageID: ` ${bouncedMail.toUpperCase()} ` }, 1],
    ['a part of a message id', { MessageID: bouncedMail.slice(0, -1) }, 0],
    ['a message id that wins over words', { MessageID: bouncedMail, Query: 'nothing-like-it' }, 1],
    ['words of the subject', { Query: 'quarterly report' }, 1],
    ['a recipient', { Query: 'other@example.net' }, 1],
    ['the start of a word', { Query: 'quart*' }, 1],
    ['an MX host', { Query: 'mx7.example.org' }, 1],
    ['an IP address', { Query: '192.0.2.7' }, 1],
    ['the SMTP response', { Query: 'no mailbox called' }, 1],
    ['an enhanced code', { Query: '5.1.1' }, 1],
    ['words that do not occur together', { Query: 'quarterly mailbox' }, 0],
    ['a word after a hyphen, which is no operator', { Query: 'quarterly -report' }, 1],
    ['query syntax, literally', { Query: '((((+-|~' }, 0],
    ['a list of message ids, which is none', { MessageID: [bouncedMail] }, 0],
    ['an object for words', { Query: { a: 'quarterly' } }, 0],
    ['a list of names', { Event: ['delivery'] }, 0],
    ['a list of message ids, whatever the words', { MessageID: [], Query: 'quarterly' }, 0],
    ['a message id that wins over a list of words', { MessageID: bouncedMail, Query: ['a'] }, 1],
    ['the first day', { StartDate: '2026-05-15', EndDate: '2026-05-15' }, 4],
    ['the second day', { StartDate: '2026-05-16' }, 1],
    [
      'an end before the start, which means the day of the start',
      { StartDate: '2026-05-15', EndDate: '2026-01-01' },
      4,
    ],
    ['many years', { StartDate: '1999-01-01', EndDate: '2031-12-31' }, 5],
    ['dates of another form, which are no bound', { StartDate: '15.05.2026', EndDate: '2026-5-15' }, 5],
    ['a month without an index', { StartDate: '2020-01-01', EndDate: '2020-01-31' }, 0],
  ])('filters by %s', async (_what, parameters, total) => {
    const { status, json } = await find(parameters);
    expect([status, json['TotalRecords']]).toEqual([200, total]);
    expect(namesOf(json)).toHaveLength(total);
  });

  it('pages without gaps or repeats, also among equal times', async () => {
    const ids: unknown[] = [];
    for (let StartFrom = 0; StartFrom < 5; StartFrom++) {
      const { json } = await find({ StartFrom: `${StartFrom}`, RetrieveCount: 1 });
      expect(json['TotalRecords']).toBe(5);
      ids.push((json['Events'] as { id: string }[])[0]?.id);
    }
    expect(new Set(ids).size).toBe(5);
    expect((await find({ StartFrom: 5 })).json).toMatchObject({ TotalRecords: 5, Events: [] });
    expect((await find({ RetrieveCount: 0 })).json).toMatchObject({ TotalRecords: 5, Events: [] });
  });

  it('counts exactly and pages beyond the window of the search engine, up to a bound that it names', async () => {
    const busy = await gateway.createUser();
    const busyDomain = await gateway.createDomain(busy);
    const count = 10_030;
    await gateway.index(
      Array.from({ length: count }, (_, n) =>
        event(busy, busyDomain, { loggedAt: NOON + n, subject: `no ${n}` }),
      ),
    );
    const at = async (StartFrom: number) => (await find({ StartFrom, RetrieveCount: 50 }, busy)).json;
    const subjects = (json: Record<string, unknown>) =>
      (json['Events'] as { message: { headers: { subject: string } } }[]).map(
        ({ message }) => message.headers.subject,
      );
    const oldest = await at(10_010);
    expect(oldest['TotalRecords']).toBe(count);
    expect(subjects(oldest)).toEqual(Array.from({ length: 20 }, (_, n) => `no ${19 - n}`));
    const across = await at(9_980);
    expect(subjects(across)).toEqual(Array.from({ length: 50 }, (_, n) => `no ${49 - n}`));
    expect(await at(30_000)).toMatchObject({ TotalRecords: count, Events: [] });
    expect(await at(200_001)).toMatchObject({ ErrorCode: 4, ErrorText: expect.stringContaining('200000') });
  });

  it('scopes to one domain, and answers 2 for one that is not the user’s', async () => {
    expect((await find({ DomainID: second.domainId })).json['TotalRecords']).toBe(1);
    for (const DomainID of [0, '0', '', null])
      expect((await find({ DomainID })).json['TotalRecords']).toBe(5);
    for (const DomainID of [
      foreign.domainId,
      '7abc',
      '-1',
      999_999_999,
      {},
      [],
      [domain.domainId],
      true,
      1.5,
    ]) {
      const { status, json } = await find({ DomainID });
      expect([status, json]).toEqual([
        200,
        { Success: false, ErrorCode: 2, ErrorText: 'Domain not found or access denied' },
      ]);
    }
  });

  it.each<[object, number[]]>([
    [{ StartFrom: undefined, RetrieveCount: undefined }, [4, 5]],
    [{ StartFrom: '', RetrieveCount: 1 }, [4]],
    [{ StartFrom: 'many', RetrieveCount: null }, [5]],
  ])('answers missing paging %p with %p', async (parameters, codes) => {
    expect((await find(parameters)).json).toEqual({
      Success: false,
      ErrorCode: codes,
      ErrorText: codes.map(() => expect.stringContaining('Missing required parameter')),
    });
  });
  it.each<[object, number, string]>([
    [{ StartFrom: -1 }, 4, 'StartFrom'],
    [{ StartFrom: 'abc' }, 4, 'StartFrom'],
    [{ RetrieveCount: 'many' }, 5, 'RetrieveCount'],
    [{ RetrieveCount: 1.5 }, 5, 'RetrieveCount'],
  ])('answers paging %p, which is no count, with %d and the rule', async (parameters, ErrorCode, name) => {
    expect((await find(parameters)).json).toEqual({
      Success: false,
      ErrorCode,
      ErrorText: `Invalid ${name}: it must be an integer of at least 0`,
    });
  });
});

describe('tenants', () => {
  it('never see each other, although one id begins with the other', async () => {
    expect((await find({}, neighbour)).json).toMatchObject({
      TotalRecords: 1,
      Events: [{ 'user-id': neighbour.UserID }],
    });
    expect((await find({})).json['TotalRecords']).toBe(5);
  });
  it('are kept apart by the filter even inside one index', async () => {
    const astray = toDocument(event(neighbour, foreign, { loggedAt: NOON, subject: 'astray' }));
    const index = indexAlias(user.UserID, NOON);
    expect(await gateway.search.bulkCreate([{ id: astray.id, index, document: astray }])).toEqual([
      { status: 'created' },
    ]);
    await gateway.search.refresh(index);
    expect((await find({ Query: 'astray' })).json['TotalRecords']).toBe(0);
    expect((await find({})).json['TotalRecords']).toBe(5);
  });
  it('are kept apart by the index even when an event says otherwise', async () => {
    const astray = toDocument(event(user, domain, { loggedAt: NOON, subject: 'lost' }));
    const index = indexAlias(neighbour.UserID, NOON);
    expect(await gateway.search.bulkCreate([{ id: astray.id, index, document: astray }])).toEqual([
      { status: 'created' },
    ]);
    await gateway.search.refresh(index);
    for (const dates of [{}, { StartDate: '2026-05-15', EndDate: '2026-05-15' }])
      expect((await find({ Query: 'lost', ...dates })).json['TotalRecords']).toBe(0);
  });
});

describe('GET /api/v1/events', () => {
  it('answers the key’s domain in the public spelling', async () => {
    const { status, json } = await publicly({ Event: 'bounced' });
    expect(status).toBe(200);
    expect(Object.keys(json)).toEqual(['TotalRecords', 'Events']);
    expect(json).toMatchObject({
      TotalRecords: 1,
      Events: [
        {
          Event: 'bounced',
          LoggedAt: (NOON + 2 * HOUR) / 1000,
          Message: { Headers: { Subject: 'Hello' }, ToDomain: 'example.org' },
          DeliveryStatus: { Code: 550, SessionSeconds: 1.5 },
        },
      ],
    });
  });
  it('needs no DomainID and never shows another domain of the same user', async () => {
    expect((await publicly({}, second.senderKey)).json).toMatchObject({ TotalRecords: 1 });
    expect((await publicly({ DomainID: domain.domainId }, second.senderKey)).json).toMatchObject({
      TotalRecords: 1,
    });
  });
  it('takes unix times', async () => {
    const from = NOON / 1000 + 7200;
    expect((await publicly({ StartDate: from, EndDate: from })).json['TotalRecords']).toBe(1);
    expect((await publicly({ StartDate: from + 1 })).json['TotalRecords']).toBe(0);
  });
  it('is there on /api.php too', async () => {
    const { json } = await gateway.command('emailgateway.getevents.public', {
      SenderAPIKey: second.senderKey,
    });
    expect(json).toMatchObject({
      Success: true,
      ErrorCode: 0,
      TotalRecords: 1,
      Events: [{ Event: 'delivered' }],
    });
  });
  it.each<[string, number, number, object, string]>([
    ['no key', 401, 1, {}, ''],
    ['an unknown key', 401, 13, {}, 'nonsense'],
    ['a StartFrom that is no count', 422, 4, { StartFrom: '-1' }, 'own'],
    ['a RetrieveCount that is no count', 422, 5, { RetrieveCount: 'x' }, 'own'],
  ])('answers %s with HTTP %d and code %d', async (_what, status, Code, query, key) => {
    const reply = await publicly(query, key === 'own' ? domain.senderKey : key);
    expect([reply.status, reply.json]).toEqual([status, { Errors: [{ Code, Message: expect.any(String) }] }]);
  });
  it('answers 4 and 5 together', async () => {
    const { status, json } = await publicly({ StartFrom: 'x', RetrieveCount: 'y' });
    const errors = [4, 5].map((Code) => ({ Code, Message: expect.any(String) }));
    expect([status, json]).toEqual([422, { Errors: errors }]);
  });
  it.each([{ 'Event[]': 'bounced' }, { 'MessageID[]': 'x' }, { 'MessageID[a]': bouncedMail }])(
    'finds nothing by %j, a filter that is no text',
    async (query) => {
      const { status, json } = await publicly(query);
      expect([status, json]).toEqual([200, { TotalRecords: 0, Events: [] }]);
    },
  );
  it('answers 2 once the owner is disabled', async () => {
    await gateway.operator('PATCH', `/users/${neighbour.UserID}`, { accountStatus: 'Disabled' });
    const reply = await publicly({}, foreign.senderKey);
    expect([reply.status, reply.json]).toEqual([
      404,
      { Errors: [{ Code: 2, Message: 'Invalid sender domain' }] },
    ]);
  });
});
