import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mailEventId } from '#contracts/mail-events/event-id';
import type { MailEvent } from '#contracts/mail-events/mail-event';
import type { MailEventName } from '#contracts/mail-events/vocabulary';
import { delivery, mailEvents } from '../event-search/testing/mail-events.js';
import {
  startTestGateway,
  type TestDomain,
  type TestGateway,
  type TestReply,
  type TestUser,
} from '../http/testing/test-gateway.js';

let gateway: TestGateway;
let user: TestUser;
let domain: TestDomain;
let second: TestDomain;

const NOON = Date.UTC(2026, 3, 15, 12);
const APRIL = { StartDate: '2026-04-01', EndDate: '2026-04-30' };

beforeAll(async () => {
  gateway = await startTestGateway();
  user = await gateway.createUser();
  await gateway.database.execute(`ALTER TABLE oempro_users AUTO_INCREMENT = ${user.UserID * 10 + 1}`);
  const neighbour = await gateway.createUser();
  domain = await gateway.createDomain(user);
  second = await gateway.createDomain(user);
  const foreign = await gateway.createDomain(neighbour);
  await gateway.index([
    ...events(domain),
    ...processed(domain),
    mailEvents(user, second)('accepted-by-mta', { loggedAt: NOON, recipient: 'x@second.example' }),
    mailEvents(neighbour, foreign)('accepted-by-mta', { loggedAt: NOON, recipient: 'x@theirs.example' }),
  ]);
});
afterAll(() => gateway.close());

/** Where mail went, in April unless it says so. */
function events(of: TestDomain): MailEvent[] {
  const made = mailEvents(user, of);
  const to = (recipient: string, event: MailEventName, change: Partial<MailEvent> = {}) =>
    made(event, { loggedAt: NOON, recipient, ...change });
  const many = (count: number, make: () => MailEvent) => Array.from({ length: count }, make);
  return [
    // 5 came in, 2 were taken, 2 failed in each way but one, 1 is on its way. The letter case of the domain is folded.
    ...many(3, () => to('a@big.example', 'accepted-by-oempro')),
    ...many(2, () => to('b@BIG.Example', 'accepted-by-oempro')),
    to('a@big.example', 'accepted-by-mta', { delivery: delivery(0.125) }),
    to('a@BIG.example', 'accepted-by-mta', { delivery: delivery(3.006) }),
    to('a@big.example', 'bounced'),
    to('a@big.example', 'rejected-by-mta'),
    // Events that are neither an outcome nor an intake.
    to('a@big.example', 'delivered', { delivery: delivery(99) }),
    to('a@big.example', 'opened'),
    to('a@onlyopened.example', 'opened'),
    // Most documents, all failures: more than a list ordered by documents would keep.
    ...many(9, () => to('a@bad.example', 'bounced', { delivery: delivery(7) })),
    ...many(4, () => to('a@bad.example', 'rejected-by-oempro')),
    // As many sent as in the next: by name. Session times unknown.
    to('z@tie-b.example', 'accepted-by-mta', { delivery: delivery(null) }),
    to('z@tie-a.example', 'accepted-by-mta', { delivery: delivery(1, 250) }),
    // The edges of the month.
    to('e@edge.example', 'accepted-by-oempro', { loggedAt: Date.UTC(2026, 3, 1) }),
    to('e@edge.example', 'accepted-by-oempro', { loggedAt: Date.UTC(2026, 4, 1) - 1 }),
    to('e@edge.example', 'accepted-by-oempro', { loggedAt: Date.UTC(2026, 3, 1) - 1 }),
    to('e@edge.example', 'accepted-by-oempro', { loggedAt: Date.UTC(2026, 4, 1) }),
  ];
}

/** Mail to `speed.example` with a known time in the queue; March, so that the list of April does not see it. */
function processed(of: TestDomain): MailEvent[] {
  const made = mailEvents(user, of);
  const march = Date.UTC(2026, 2, 15, 12);
  const after = (seconds: number, event: MailEventName, change: Partial<MailEvent> = {}) =>
    made(event, {
      loggedAt: march,
      queuedAt: march - seconds * 1000,
      recipient: 'a@Speed.example',
      ...change,
    });
  const messageId = randomUUID();
  const late = mailEventId({ messageId, recipient: 'a@Speed.example', event: 'bounced', cause: 'rb' });
  return [
    ...[0, 0.999, 1, 4.999, 5, 10, 30, 60, 300, 599.999, 600, 86_400.5].map((seconds) =>
      after(seconds, 'accepted-by-mta', { delivery: delivery(1) }),
    ),
    after(2.5, 'bounced'),
    after(3, 'rejected-by-mta'),
    after(7, 'rejected-by-oempro', { queuedAt: null }),
    // Not the end of a stay in the queue, or not a known one.
    after(2, 'delivered'),
    after(5_000, 'bounced', { messageId, id: late }),
    after(1, 'accepted-by-oempro'),
    after(1, 'accepted-by-mta', { queuedAt: null }),
    // Another recipient domain, another domain of ours, another month.
    after(1, 'accepted-by-mta', { recipient: 'a@sub.speed.example' }),
    mailEvents(user, second)('accepted-by-mta', {
      loggedAt: march,
      queuedAt: march - 1,
      recipient: 'a@speed.example',
    }),
    after(1, 'accepted-by-mta', { loggedAt: march - 31 * 86_400_000 }),
  ];
}

const ask = (command: string, parameters: object) =>
  gateway.command(`emailgateway.${command}`, {
    APIKey: user.APIKey,
    DomainID: domain.domainId,
    ...parameters,
  });
const rowsOf = ({ json }: TestReply) => json['RecipientDomains'] as { Domain: string }[];

describe('listrecipientdomains', () => {
  it('answers outcomes and session times by recipient domain, most sent first', async () => {
    const { status, json } = await ask('listrecipientdomains', APRIL);
    expect(status).toBe(200);
    const none = { AvgDeliverySec: null, MinDeliverySec: null, MaxDeliverySec: null };
    const one = { AvgDeliverySec: 1, MinDeliverySec: 1, MaxDeliverySec: 1 };
    const times = { AvgDeliverySec: 1.57, MinDeliverySec: 0.13, MaxDeliverySec: 3.01 };
    expect(json).toEqual({
      Success: true,
      ErrorCode: 0,
      StartDate: '2026-04-01 00:00:00',
      EndDate: '2026-04-30 23:59:59',
      Limit: 50,
      RecipientDomains: [
        { Domain: 'big.example', Sent: 2, Failed: 2, Sending: 1, ...times },
        { Domain: 'tie-a.example', Sent: 1, Failed: 0, Sending: 0, ...one },
        { Domain: 'tie-b.example', Sent: 1, Failed: 0, Sending: 0, ...none },
        { Domain: 'bad.example', Sent: 0, Failed: 13, Sending: 0, ...none },
        { Domain: 'edge.example', Sent: 0, Failed: 0, Sending: 2, ...none },
      ],
    });
  });

  it.each<[unknown, number, number]>([
    [1, 1, 1],
    ['3', 3, 3],
    [0, 1, 1],
    [-7, 1, 1],
    ['-7', 1, 1],
    [2.9, 2, 2],
    [5_000, 1000, 5],
    ['many', 50, 5],
    ['', 50, 5],
    [[2], 50, 5],
  ])('takes the limit %p as %d', async (Limit, effective, rows) => {
    const reply = await ask('listrecipientdomains', { ...APRIL, Limit });
    expect(reply.json['Limit']).toBe(effective);
    const kept = ['big', 'tie-a', 'tie-b', 'bad', 'edge'].slice(0, rows).map((name) => `${name}.example`);
    expect(rowsOf(reply).map(({ Domain }) => Domain)).toEqual(kept);
  });

  it('answers a GET', async () => {
    const query = new URLSearchParams({
      Command: 'EmailGateway.ListRecipientDomains',
      APIKey: user.APIKey,
      DomainID: `${domain.domainId}`,
      Limit: '1',
      ...APRIL,
    });
    const reply = await gateway.request('GET', `/api.php?${query.toString()}`);
    expect(reply.json).toMatchObject({
      Success: true,
      Limit: 1,
      RecipientDomains: [{ Domain: 'big.example' }],
    });
  });

  it('covers 30 days ago to today by default', async () => {
    const today = Date.now() - (Date.now() % 86_400_000);
    const shown = (ms: number) => new Date(ms).toISOString().slice(0, 10);
    expect((await ask('listrecipientdomains', { StartDate: '2026-4-1', EndDate: 'now' })).json).toMatchObject(
      {
        StartDate: `${shown(today - 30 * 86_400_000)} 00:00:00`,
        EndDate: `${shown(today)} 23:59:59`,
        RecipientDomains: [],
      },
    );
  });
});

describe('recipientdomainstats', () => {
  const MARCH = { StartDate: '2026-03-01', EndDate: '2026-03-31' };
  const stats = (parameters: object) =>
    ask('recipientdomainstats', { RecipientToDomain: 'speed.example', ...MARCH, ...parameters });

  it('answers the times in the queue by outcome', async () => {
    const { json } = await stats({});
    // 0 + 0.999 + 1 + 4.999 + 5 + 10 + 30 + 60 + 300 + 599.999 + 600 + 86400.5 = 88012.497, of 12.
    const bucket = (DeliveryBucket: string, EmailCount: number, Percentage: number) => ({
      DeliveryBucket,
      EmailCount,
      Percentage,
    });
    expect(json).toEqual({
      Success: true,
      ErrorCode: 0,
      SummaryStats: [
        {
          Status: 'Sent',
          TotalEmails: 12,
          AvgDeliverySeconds: 7334.37,
          MinDeliverySeconds: 0,
          MaxDeliverySeconds: 86_401,
        },
        // 2.5 + 3 + 0, of 3.
        {
          Status: 'Failed',
          TotalEmails: 3,
          AvgDeliverySeconds: 1.83,
          MinDeliverySeconds: 0,
          MaxDeliverySeconds: 3,
        },
      ],
      DeliverySpeedHistogram: {
        Sent: [
          bucket('< 1s', 2, 16.67),
          bucket('1-5s', 2, 16.67),
          bucket('5-10s', 1, 8.33),
          bucket('10-30s', 1, 8.33),
          bucket('30-60s', 1, 8.33),
          bucket('1-5m', 1, 8.33),
          bucket('5-10m', 2, 16.67),
          bucket('> 10m', 2, 16.67),
        ],
        Failed: [bucket('< 1s', 1, 33.33), bucket('1-5s', 2, 66.67)],
      },
    });
  });

  it.each(['SPEED.example', '@speed.example', ' speed.example ', 'speed.example.'])(
    'takes %p for the domain',
    async (RecipientToDomain) => {
      expect((await stats({ RecipientToDomain })).json).toEqual((await stats({})).json);
    },
  );

  it('answers an empty list and an empty object without messages', async () => {
    for (const other of [
      { RecipientToDomain: 'nowhere.example' },
      { StartDate: '2019-01-01', EndDate: '2019-01-02' },
    ]) {
      const { text } = await stats(other);
      expect(text).toBe('{"Success":true,"ErrorCode":0,"SummaryStats":[],"DeliverySpeedHistogram":{}}');
    }
  });

  it('answers one code for either parameter that is missing', async () => {
    const missing = { Success: false, ErrorCode: [1], ErrorText: [expect.any(String)] };
    expect((await stats({ RecipientToDomain: undefined })).json).toEqual(missing);
    expect((await stats({ RecipientToDomain: [] })).json).toEqual(missing);
    expect((await stats({ DomainID: '', RecipientToDomain: ' ' })).json).toEqual(missing);
  });
});
