import Type from 'typebox';
import { any, id, text } from './parameters.js';

/** The days of a report, in UTC. */
const days = (defaultDays: number) => ({
  StartDate: Type.Optional(
    text(`First day, \`YYYY-MM-DD\` in UTC; any other form, and by default: ${defaultDays} days ago`),
  ),
  EndDate: Type.Optional(
    text('Last day, `YYYY-MM-DD` in UTC; any other form, and by default: today; never before StartDate'),
  ),
});

const number = (description: string) => Type.Integer({ description });
const percent = (of: string) =>
  Type.Number({ description: `${of} of 100 sent, two decimals; 0 when nothing was sent` });
const firstSecond = Type.String({ description: 'First second of the period, `YYYY-MM-DD 00:00:00` in UTC' });
const lastSecond = Type.String({ description: 'Last second of the period, `YYYY-MM-DD 23:59:59` in UTC' });

const figures = {
  Sent: number('Messages taken for a recipient (`accepted-by-oempro`)'),
  Delivered: number('`delivered` events'),
  Bounced: number('`bounced` events, hard and soft'),
  Opened: number('Distinct messages that were opened'),
  Clicked: number('Distinct messages in which a link was followed'),
};
const rates = {
  DeliveryRate: percent('Delivered'),
  BounceRate: percent('Bounced'),
  OpenRate: percent('Opened'),
  ClickRate: percent('Clicked'),
};
const figuresAndRates = Type.Object({ ...figures, ...rates });

/** `emailgateway.domainstats`. */
export const domainStatsInput = Type.Object({ DomainID: id('Sender domain ID'), ...days(28) });
export const domainStatsOutput = Type.Object({
  Stats: figuresAndRates,
  ComparisonStats: Type.Object(
    { PreviousPeriod: figuresAndRates },
    { description: 'The same of as many days directly before StartDate' },
  ),
  TagStats: Type.Record(Type.String(), Type.Object(figures), {
    description: 'By tag, for the 1,000 tags of the most messages sent; `{}` without tags',
  }),
});

/** `emailgateway.accountstats`. */
export const accountStatsInput = Type.Object({
  ...days(30),
  DomainIDs: Type.Optional(
    any(
      'Sender domain IDs, comma-separated or as a JSON array; IDs that are not yours are ignored; absent or empty: all your domains',
      {
        anyOf: [
          { type: 'string' },
          { type: 'integer' },
          { type: 'array', items: { type: ['integer', 'string'] } },
        ],
      },
    ),
  ),
});
export const accountStatsOutput = Type.Object({
  StartDate: firstSecond,
  EndDate: lastSecond,
  Totals: figuresAndRates,
  ComparisonTotals: figuresAndRates,
  PerDomain: Type.Array(
    Type.Object({
      DomainID: number('Sender domain ID'),
      SenderDomain: Type.String({ description: 'Name of the domain' }),
      ...figures,
      ...rates,
    }),
    { description: 'Every domain in scope, most sent first, equals by name' },
  ),
});

/** `emailgateway.listrecipientdomains`. */
export const listRecipientDomainsInput = Type.Object({
  DomainID: id('Sender domain ID'),
  ...days(30),
  Limit: Type.Optional(text('Most rows, 1 to 1000; default 50')),
});
const sessionSeconds = (which: string) =>
  Type.Union([Type.Number(), Type.Null()], {
    description: `${which} SMTP session of those sent, in seconds with two decimals; null when none is known`,
  });
export const listRecipientDomainsOutput = Type.Object({
  StartDate: firstSecond,
  EndDate: lastSecond,
  Limit: number('The limit in force'),
  RecipientDomains: Type.Array(
    Type.Object({
      Domain: Type.String({ description: 'Recipient domain, lower case' }),
      Sent: number('`accepted-by-mta` events: the server of the recipient took the message'),
      Failed: number('`bounced`, `rejected-by-mta` and `rejected-by-oempro` events'),
      Sending: number('`accepted-by-oempro` events less Sent and Failed, at least 0'),
      AvgDeliverySec: sessionSeconds('Mean'),
      MinDeliverySec: sessionSeconds('Shortest'),
      MaxDeliverySec: sessionSeconds('Longest'),
    }),
    { description: 'Most sent first, equals by domain' },
  ),
});

/** `emailgateway.recipientdomainstats`. */
export const recipientDomainStatsInput = Type.Object({
  DomainID: id('Sender domain ID; only its mail counts'),
  RecipientToDomain: text('Recipient domain, in any letter case; a leading `@` is ignored'),
  ...days(28),
});
export const recipientDomainStatsOutput = Type.Object({
  SummaryStats: Type.Array(
    Type.Object({
      Status: Type.Enum(['Sent', 'Failed'], {
        description: 'Sent: the server of the recipient took it; Failed: it bounced or was rejected',
      }),
      TotalEmails: number('Messages that left the queue so'),
      AvgDeliverySeconds: Type.Number({ description: 'Mean time in the queue, two decimals' }),
      MinDeliverySeconds: number('Shortest time in the queue, rounded down'),
      MaxDeliverySeconds: number('Longest time in the queue, rounded up'),
    }),
    { description: 'Statuses that occur' },
  ),
  DeliverySpeedHistogram: Type.Record(
    Type.String(),
    Type.Array(
      Type.Object({
        DeliveryBucket: Type.String({
          description: '`< 1s`, `1-5s`, …, `> 10m`; the lower end belongs to it',
        }),
        EmailCount: number('Messages of the status'),
        Percentage: Type.Number({ description: 'Of 100 messages of the status, two decimals' }),
      }),
    ),
    { description: 'By status; buckets that occur, fastest first; `{}` without messages' },
  ),
});
