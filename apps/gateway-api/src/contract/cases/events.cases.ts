/* oxlint-disable jest/no-standalone-expect -- the suite calls `then` inside the test of its case */
import { expect } from '@jest/globals';
import type { ContractCase, Given } from '../contract-case.js';
import type { World } from '../world.js';

const PAGE = { StartFrom: 0, RetrieveCount: 50 };
const ofDomain =
  (more: object = {}) =>
  ({ main }: World): Given => ({ parameters: { DomainID: main.domain.domainId, ...more } });

type Found = { event: string; timestamp: number; 'domain-id': number }[];
const day = (daysAgo: number) => new Date(Date.now() - daysAgo * 86_400_000).toISOString().slice(0, 10);

const getEvents: readonly ContractCase[] = [
  {
    endpoint: 'emailgateway.getevents',
    code: 'success',
    name: 'the events of one domain, newest first',
    given: ofDomain(PAGE),
    then({ json }, { main }) {
      const events = json['Events'] as Found;
      expect(json['TotalRecords']).toBe(events.length);
      expect(new Set(events.map((event) => event['domain-id']))).toEqual(new Set([main.domain.domainId]));
      const times = events.map(({ timestamp }) => timestamp);
      expect(times).toEqual([...times].sort((one, other) => other - one));
    },
  },
  ...[undefined, '', 0, '0'].map((DomainID): ContractCase => ({
    endpoint: 'emailgateway.getevents',
    code: 'success',
    name: `DomainID ${JSON.stringify(DomainID)} means every own domain and no other`,
    given: () => ({ parameters: { ...PAGE, DomainID } }),
    then({ json }, { main }) {
      const domains = (json['Events'] as Found).map((event) => event['domain-id']);
      expect(domains).toContain(main.domain.domainId);
      expect(domains).not.toContain(main.foreign.domainId);
    },
  })),
  ...['delivered', 'delivery', 'Delivery'].map((Event): ContractCase => ({
    endpoint: 'emailgateway.getevents',
    code: 'success',
    name: `${Event} finds what was delivered`,
    given: ofDomain({ ...PAGE, Event }),
    then({ json }) {
      expect(new Set((json['Events'] as Found).map(({ event }) => event))).toEqual(new Set(['delivered']));
    },
  })),
  ...['Event', 'MessageID', 'Query'].map((filter): ContractCase => ({
    endpoint: 'emailgateway.getevents',
    code: 'success',
    name: `${filter} longer than anything that is stored finds nothing`,
    given: ofDomain({ ...PAGE, [filter]: 'x'.repeat(70_000) }),
    then: ({ json }) => expect(json).toMatchObject({ TotalRecords: 0, Events: [] }),
  })),
  {
    endpoint: 'emailgateway.getevents',
    code: 'success',
    name: 'accepted means by the gateway and by the MTA',
    given: ofDomain({ ...PAGE, Event: 'accepted' }),
    then({ json }) {
      expect(new Set((json['Events'] as Found).map(({ event }) => event))).toEqual(
        new Set(['accepted-by-oempro', 'accepted-by-mta']),
      );
    },
  },
  {
    endpoint: 'emailgateway.getevents',
    code: 'success',
    name: 'an event that does not exist finds nothing',
    given: ofDomain({ ...PAGE, Event: 'nonsense' }),
    then: ({ json }) => expect(json).toMatchObject({ TotalRecords: 0, Events: [] }),
  },
];

const statistics: readonly ContractCase[] = [
  {
    endpoint: 'emailgateway.aggrevents',
    code: 'success',
    name: 'events are counted by name unless another field is asked for, most first',
    given: ofDomain(),
    then({ json }) {
      const counts = (json['AggBuckets'] as { key: string; doc_count: number }[]).map(
        (bucket) => bucket.doc_count,
      );
      expect(json['AggBuckets']).toContainEqual({ key: 'delivered', doc_count: expect.any(Number) });
      expect(counts).toEqual([...counts].sort((one, other) => other - one));
    },
  },
  {
    endpoint: 'emailgateway.aggrevents',
    code: 'success',
    name: 'a field that does not exist has no buckets',
    given: ofDomain({ AggregatedField: 'password' }),
    then: ({ json }) => expect(json['AggBuckets']).toEqual([]),
  },
  {
    endpoint: 'emailgateway.domainstats',
    code: 'success',
    name: 'counts of the window, of the window before, and by tag',
    given: ofDomain(),
    then({ json }) {
      expect(json['TagStats']).toMatchObject({ welcome: { Sent: expect.any(Number) } });
    },
  },
  {
    endpoint: 'emailgateway.domainstats',
    code: 'success',
    name: 'a domain without events: TagStats is an empty object',
    given: async ({ main }) => ({ parameters: { DomainID: (await main.newDomain()).domainId } }),
    then: ({ json }) => expect(json['TagStats']).toEqual({}),
  },
  {
    endpoint: 'emailgateway.accountstats',
    code: 'success',
    name: 'totals and one row per own domain, from 30 days ago to today',
    then({ json }, { main }) {
      expect(json).toMatchObject({ StartDate: `${day(30)} 00:00:00`, EndDate: `${day(0)} 23:59:59` });
      const rows = json['PerDomain'] as { DomainID: number; Sent: number }[];
      expect(rows.map(({ DomainID }) => DomainID)).toContain(main.domain.domainId);
      expect(rows.map(({ DomainID }) => DomainID)).not.toContain(main.foreign.domainId);
      expect(json['Totals']).toMatchObject({ Sent: rows.reduce((sum, { Sent }) => sum + Sent, 0) });
    },
  },
  {
    endpoint: 'emailgateway.accountstats',
    code: 'success',
    name: 'foreign ids in the list are ignored; a list of nothing else gives zeros, not everything',
    given: ({ main }) => ({ parameters: { DomainIDs: `${main.foreign.domainId},999999999,x` } }),
    then({ json }) {
      expect(json['PerDomain']).toEqual([]);
      expect(json['Totals']).toMatchObject({ Sent: 0, Delivered: 0, DeliveryRate: 0 });
    },
  },
  {
    endpoint: 'emailgateway.accountstats',
    code: 'success',
    name: 'an end before the start is the start',
    given: () => ({ parameters: { StartDate: '2024-01-31', EndDate: '2024-01-01' } }),
    then: ({ json }) =>
      expect(json).toMatchObject({ StartDate: '2024-01-31 00:00:00', EndDate: '2024-01-31 23:59:59' }),
  },
  {
    endpoint: 'emailgateway.recipientdomainstats',
    code: 'success',
    name: 'statuses that occur, with their seconds',
    given: ofDomain({ RecipientToDomain: 'example.org' }),
    then: ({ json }) => expect(json['SummaryStats']).not.toEqual([]),
  },
  {
    endpoint: 'emailgateway.recipientdomainstats',
    code: 'success',
    name: 'no mail to the domain: an empty list and an empty object',
    given: ofDomain({ RecipientToDomain: 'nowhere.example' }),
    then: ({ json }) => expect(json).toMatchObject({ SummaryStats: [], DeliverySpeedHistogram: {} }),
  },
  {
    endpoint: 'emailgateway.listrecipientdomains',
    code: 'success',
    name: 'recipient domains, 50 at most, from 30 days ago to today',
    given: ofDomain(),
    then({ json }) {
      expect(json).toMatchObject({
        StartDate: `${day(30)} 00:00:00`,
        EndDate: `${day(0)} 23:59:59`,
        Limit: 50,
      });
      expect(json['RecipientDomains']).toContainEqual(expect.objectContaining({ Domain: 'example.org' }));
    },
  },
  {
    endpoint: 'emailgateway.recipientdomainstats',
    code: 'success',
    name: 'a domain longer than any name finds nothing',
    given: ofDomain({ RecipientToDomain: `${'x'.repeat(70_000)}.example` }),
    then: ({ json }) => expect(json).toMatchObject({ SummaryStats: [], DeliverySpeedHistogram: {} }),
  },
  ...[
    [0, 1],
    [5000, 1000],
    ['x', 50],
    ['20', 20],
  ].map(([Limit, shown]): ContractCase => ({
    endpoint: 'emailgateway.listrecipientdomains',
    code: 'success',
    name: `Limit ${JSON.stringify(Limit)} is ${shown}`,
    given: ofDomain({ Limit }),
    then: ({ json }) => expect(json['Limit']).toBe(shown),
  })),
];

const CSV_HEAD = '\uFEFFTime,Event,MessageID,From,To,Subject,Domain,SMTPCode\n';
const csv: readonly ContractCase[] = [
  {
    endpoint: 'emailgateway.exportevents',
    code: 'success',
    name: 'CSV with its byte order mark, the recipient domain and the bare SMTP code',
    given: ofDomain({ Event: 'bounced' }),
    then({ contentType, text }) {
      expect(contentType).toBe('text/csv; charset=utf-8');
      // fetch takes the byte order mark off.
      expect(`\uFEFF${text.replace(/^\uFEFF/, '')}`.startsWith(CSV_HEAD)).toBe(true);
      expect(text).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ,bounced,.*,example\.org,550$/m);
    },
  },
  {
    endpoint: 'emailgateway.exportevents',
    code: 'success',
    name: 'nothing found: the head alone',
    given: ofDomain({ Event: 'nonsense' }),
    then: ({ text }) => expect(`\uFEFF${text.replace(/^\uFEFF/, '')}`).toBe(CSV_HEAD),
  },
];

export const eventCases: readonly ContractCase[] = [...getEvents, ...statistics, ...csv];
