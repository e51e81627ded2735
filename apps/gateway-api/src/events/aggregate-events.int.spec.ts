import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { AGGREGATED_FIELDS } from '#contracts/search/aggregated-fields';
import { delivery, mailEvents } from '../event-search/testing/mail-events.js';
import {
  startTestGateway,
  type TestDomain,
  type TestGateway,
  type TestUser,
} from '../http/testing/test-gateway.js';

let gateway: TestGateway;
let user: TestUser;
let domain: TestDomain;
let foreign: TestDomain;

const FIRST = Date.UTC(2026, 4, 1);
const LAST = Date.UTC(2026, 5, 1) - 1;

beforeAll(async () => {
  gateway = await startTestGateway();
  user = await gateway.createUser();
  await gateway.database.execute(`ALTER TABLE oempro_users AUTO_INCREMENT = ${user.UserID * 10 + 1}`);
  const neighbour = await gateway.createUser();
  domain = await gateway.createDomain(user);
  const second = await gateway.createDomain(user);
  foreign = await gateway.createDomain(neighbour);
  const of = mailEvents(user, domain);
  const bounce = (code: number, category: string) => ({
    delivery: { ...delivery(1, code), mxHost: 'mx.example.org', mxIp: '192.0.2.7', message: 'no such user' },
    bounce: { type: 'hard', category } as const,
  });
  await gateway.index([
    of('delivered', { loggedAt: FIRST, tags: ['a', 'b'], subject: 'Your order 7' }),
    of('delivered', { loggedAt: LAST, tags: ['a'], recipient: 'x@example.net' }),
    of('delivered', { loggedAt: FIRST - 1 }),
    of('delivered', { loggedAt: LAST + 1 }),
    of('bounced', { loggedAt: FIRST + 1, ...bounce(550, 'bad-mailbox') }),
    of('bounced', { loggedAt: FIRST + 2, ...bounce(550, 'bad-mailbox') }),
    of('bounced', { loggedAt: FIRST + 3, ...bounce(552, 'quota-issues'), templateId: 42 }),
    mailEvents(user, second)('opened', { loggedAt: FIRST }),
    mailEvents(neighbour, foreign)('clicked', { loggedAt: FIRST }),
  ]);
});
afterAll(() => gateway.close());

const MAY = { StartDate: '2026-05-01', EndDate: '2026-05-31' };
const aggregate = (parameters: object) =>
  gateway.command('emailgateway.aggrevents', {
    APIKey: user.APIKey,
    DomainID: domain.domainId,
    ...MAY,
    ...parameters,
  });
const buckets = (...pairs: [string | number, number][]) => ({
  Success: true,
  ErrorCode: 0,
  AggBuckets: pairs.map(([key, doc_count]) => ({ key, doc_count })),
});

describe('aggrevents', () => {
  it.each<[unknown, [string | number, number][]]>([
    [
      undefined,
      [
        ['bounced', 3],
        ['delivered', 2],
      ],
    ],
    [
      '',
      [
        ['bounced', 3],
        ['delivered', 2],
      ],
    ],
    [
      ' Event ',
      [
        ['bounced', 3],
        ['delivered', 2],
      ],
    ],
    [
      'tags',
      [
        ['a', 2],
        ['b', 1],
      ],
    ],
    [
      'delivery-status.code',
      [
        [550, 2],
        [552, 1],
      ],
    ],
    [
      'bounce.category',
      [
        ['bad-mailbox', 2],
        ['quota-issues', 1],
      ],
    ],
    ['bounce.type', [['hard', 3]]],
    ['delivery-status.mx-host', [['mx.example.org', 3]]],
    ['delivery-status.mx-ip', [['192.0.2.7', 3]]],
    ['delivery-status.message', [['no such user', 3]]],
    [
      'message.to-domain',
      [
        ['example.org', 4],
        ['example.net', 1],
      ],
    ],
    [
      'message.headers.subject',
      [
        ['Hello', 4],
        ['Your order 7', 1],
      ],
    ],
    ['template-id', [[42, 1]]],
    ['list-id', []],
    ['colour', []],
    ['user-id', []],
    ['logged-at', []],
    ['message.headers.subject.keyword', []],
    ['_id', []],
    ['*', []],
    [['event'], []],
    [{ a: 1 }, []],
  ])('by %j answers %j', async (AggregatedField, pairs) => {
    const { status, json } = await aggregate({ AggregatedField });
    expect([status, json]).toEqual([200, buckets(...pairs)]);
  });

  it.each(AGGREGATED_FIELDS)('groups by %s', async (AggregatedField) => {
    expect((await aggregate({ AggregatedField })).json).toMatchObject({ Success: true, ErrorCode: 0 });
  });

  it('covers all time without dates, and with dates of another form', async () => {
    const all = buckets(['delivered', 4], ['bounced', 3]);
    for (const dates of [
      { StartDate: undefined, EndDate: undefined },
      { StartDate: '5/1', EndDate: '2026-02-30' },
    ])
      expect((await aggregate(dates)).json).toEqual(all);
  });

  it.each([
    [1, 1],
    ['1', 1],
    [0, 1],
    [-3, 1],
    ['many', 2],
    [5_000, 2],
    [null, 2],
  ])('takes the size %j as room for %d of them', async (AggregateSize, rows) => {
    expect((await aggregate({ AggregateSize })).json['AggBuckets']).toHaveLength(rows);
  });

  it('answers 10 buckets unless more are asked for, 1,000 at most, equals by key', async () => {
    const busy = await gateway.createDomain(user);
    const of = mailEvents(user, busy);
    const recipient = (n: number) => `r${`${n}`.padStart(4, '0')}@example.org`;
    await gateway.index(
      Array.from({ length: 1_005 }, (_, n) =>
        of('delivered', { loggedAt: FIRST + n, recipient: recipient(n) }),
      ),
    );
    const by = async (AggregateSize?: number) => {
      const { json } = await aggregate({
        DomainID: busy.domainId,
        AggregatedField: 'recipient',
        AggregateSize,
      });
      return (json['AggBuckets'] as { key: string }[]).map(({ key }) => key);
    };
    expect(await by()).toEqual(Array.from({ length: 10 }, (_, n) => recipient(n)));
    expect(await by(9_999)).toHaveLength(1_000);
  });

  it('answers 1 without a domain and 2 for one that is not the user’s', async () => {
    for (const DomainID of [undefined, null, ''])
      expect((await aggregate({ DomainID })).json).toEqual({
        Success: false,
        ErrorCode: [1],
        ErrorText: [expect.any(String)],
      });
    for (const DomainID of [foreign.domainId, 999_999_999, 0, '7abc', {}])
      expect((await aggregate({ DomainID })).json).toEqual({
        Success: false,
        ErrorCode: 2,
        ErrorText: 'Domain not found or access denied',
      });
  });

  it('needs a credential and the privilege', async () => {
    expect((await aggregate({ APIKey: 'nonsense' })).json).toMatchObject({
      Success: false,
      ErrorCode: 99998,
    });
    const name = randomUUID();
    await gateway.operator('POST', '/groups', { name, privileges: 'EmailGateway.AddDomain' });
    const { APIKey } = await gateway.createUser({ group: name });
    expect((await aggregate({ APIKey, DomainID: undefined })).json).toMatchObject({ ErrorCode: 99999 });
  });
});
