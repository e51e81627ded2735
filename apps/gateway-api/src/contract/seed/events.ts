import { code, ofOneDomain, privateCommand, type SeedEndpoint } from './seed-endpoint.js';
import { mapOf, nullable } from './shape.js';

const counts = { Sent: 1000, Delivered: 950, Bounced: 50, Opened: 400, Clicked: 150 };
const rates = { DeliveryRate: 97.24, OpenRate: 38.99, ClickRate: 6.14, BounceRate: 0.83 };
const bucket = { DeliveryBucket: '< 1s', EmailCount: 312, Percentage: 20.49 };

export const events: readonly SeedEndpoint[] = [
  privateCommand({
    heading: 'Get Email Events',
    command: 'emailgateway.getevents',
    required: [
      ['StartFrom', 4],
      ['RetrieveCount', 5],
    ],
    owned: [{ parameter: 'DomainID', kind: 'domain', code: 2 }],
    codes: [
      code(2, 'Domain not found or access denied (only when DomainID is supplied)'),
      code(4, 'Missing required parameter (StartFrom)'),
      code(5, 'Missing required parameter (RetrieveCount)'),
    ],
    reply: {
      TotalRecords: 150,
      Events: [
        {
          event: 'delivery',
          timestamp: 1640000000,
          message: {
            headers: { from: 'sender@example.com', to: 'recipient@example.com', subject: 'Test Email' },
          },
        },
      ],
    },
  }),
  {
    heading: 'Get Email Events (Public API)',
    command: 'emailgateway.getevents.public',
    v1: { method: 'GET', path: '/api/v1/events' },
    credential: 'sender',
    required: [],
    owned: [],
    codes: [
      code(1, 'Missing SenderAPIKey', { v1Status: 401 }),
      code(2, 'Invalid sender domain', { v1Status: 404 }),
      code(4, 'Missing StartFrom', { v1Status: 422 }),
      code(5, 'Missing RetrieveCount', { v1Status: 422 }),
      code(13, 'Invalid SenderAPIKey', { v1Status: 401 }),
      code(429, 'Too many requests', { v1Status: 429 }),
    ],
    reply: {
      TotalRecords: 150,
      Events: [
        {
          Event: 'delivery',
          LoggedAt: 1640000000,
          Message: {
            Headers: { From: 'sender@example.com', To: 'recipient@example.com', Subject: 'Test Email' },
          },
        },
      ],
    },
  },
  privateCommand({
    heading: 'Get Aggregated Event Statistics',
    command: 'emailgateway.aggrevents',
    ...ofOneDomain,
    reply: { AggBuckets: [{ key: 'delivery', doc_count: 1000 }] },
  }),
  privateCommand({
    heading: 'Export Events as CSV',
    command: 'emailgateway.exportevents',
    owned: [{ parameter: 'DomainID', kind: 'domain', code: 2 }],
    codes: [code(2, 'DomainID supplied but not owned by the caller')],
    reply: 'text',
  }),
  privateCommand({
    heading: 'Get Domain Statistics',
    command: 'emailgateway.domainstats',
    ...ofOneDomain,
    reply: {
      Stats: counts,
      ComparisonStats: { PreviousPeriod: { Sent: 800, Delivered: 760 } },
      TagStats: mapOf({ Sent: 500, Delivered: 475 }),
    },
  }),
  privateCommand({
    heading: 'Get Account-Wide Statistics',
    command: 'emailgateway.accountstats',
    codes: [],
    reply: {
      StartDate: '2024-01-01 00:00:00',
      EndDate: '2024-01-31 23:59:59',
      Totals: { ...counts, ...rates },
      ComparisonTotals: { ...counts, ...rates },
      PerDomain: [{ DomainID: 1, SenderDomain: 'mail.apex.com', ...counts, ...rates }],
    },
  }),
  privateCommand({
    heading: 'Get Recipient Domain Statistics',
    command: 'emailgateway.recipientdomainstats',
    required: [
      ['DomainID', 1],
      ['RecipientToDomain', 1],
    ],
    owned: [{ parameter: 'DomainID', kind: 'domain', code: 2 }],
    codes: [
      code(1, 'Missing required parameter (DomainID or RecipientToDomain)'),
      code(2, 'Domain not found or access denied'),
    ],
    reply: {
      SummaryStats: [
        {
          Status: 'Sent',
          TotalEmails: 1523,
          AvgDeliverySeconds: 4.32,
          MinDeliverySeconds: 0,
          MaxDeliverySeconds: 187,
        },
      ],
      DeliverySpeedHistogram: mapOf([bucket]),
    },
  }),
  privateCommand({
    heading: 'List Top Recipient Domains for a Sender Domain',
    command: 'emailgateway.listrecipientdomains',
    ...ofOneDomain,
    reply: {
      StartDate: '2026-04-01 00:00:00',
      EndDate: '2026-04-30 23:59:59',
      Limit: 20,
      RecipientDomains: [
        {
          Domain: 'gmail.com',
          Sent: 11554,
          Failed: 172,
          Sending: 3,
          AvgDeliverySec: nullable(0.05),
          MinDeliverySec: nullable(0),
          MaxDeliverySec: nullable(1),
        },
      ],
    },
  }),
];
