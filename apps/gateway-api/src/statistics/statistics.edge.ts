import { ERRORS } from '#contracts/errors/catalogue';
import {
  accountStatsInput,
  accountStatsOutput,
  domainStatsInput,
  domainStatsOutput,
  listRecipientDomainsInput,
  listRecipientDomainsOutput,
  recipientDomainStatsInput,
  recipientDomainStatsOutput,
} from '#contracts/http/statistics';
import { ratesOf, type MailFigures } from '#domain/statistics/mail-figures';
import { meanSeconds, percentage, roundSeconds } from '#domain/statistics/rounding';
import { limitOf } from '../event-search/given.js';
import { reportDays, shownDays } from '../event-search/period.js';
import { defineEndpoint, type Endpoint } from '../http/endpoint.js';
import { GetAccountStats, GetAccountStatsHandler } from './account-stats.js';
import { GetDomainStats, GetDomainStatsHandler } from './domain-stats.js';
import { givenDomains } from './given.js';
import { GetRecipientDomainStats, GetRecipientDomainStatsHandler } from './recipient-domain-stats.js';
import { ListRecipientDomains, ListRecipientDomainsHandler } from './recipient-domains.js';
import { docs } from './statistics.docs.js';

const domainStatsErrors = ERRORS['emailgateway.domainstats'];
const listErrors = ERRORS['emailgateway.listrecipientdomains'];
const recipientErrors = ERRORS['emailgateway.recipientdomainstats'];

const days = (start: string | undefined, end: string | undefined, defaultDays: number) =>
  reportDays(start, end, { defaultDays, nowMs: Date.now() });

const shownFigures = ({ sent, delivered, bounced, opened, clicked }: MailFigures) => ({
  Sent: sent,
  Delivered: delivered,
  Bounced: bounced,
  Opened: opened,
  Clicked: clicked,
});

function figuresAndRates(figures: MailFigures) {
  const rates = ratesOf(figures);
  return {
    ...shownFigures(figures),
    DeliveryRate: rates.delivery,
    BounceRate: rates.bounce,
    OpenRate: rates.open,
    ClickRate: rates.click,
  };
}

const domainStats = defineEndpoint({
  command: 'emailgateway.domainstats',
  credential: 'user',
  privilege: 'EmailGateway.ManageDomain',
  docs: docs.domainStats,
  input: domainStatsInput,
  required: [['DomainID', domainStatsErrors.domainIdMissing]],
  handler: GetDomainStatsHandler,
  message: ({ DomainID, StartDate, EndDate }, { userId }) =>
    new GetDomainStats(userId, DomainID, days(StartDate, EndDate, 28)),
  output: domainStatsOutput,
  reply: ({ figures, previous, tags }) => ({
    Stats: figuresAndRates(figures),
    ComparisonStats: { PreviousPeriod: figuresAndRates(previous) },
    TagStats: Object.fromEntries([...tags].map(([tag, of]) => [tag, shownFigures(of)])),
  }),
});

const accountStats = defineEndpoint({
  command: 'emailgateway.accountstats',
  credential: 'user',
  privilege: 'EmailGateway.ManageDomain',
  docs: docs.accountStats,
  input: accountStatsInput,
  required: [],
  handler: GetAccountStatsHandler,
  message: ({ StartDate, EndDate, DomainIDs }, { userId }) =>
    new GetAccountStats(userId, days(StartDate, EndDate, 30), givenDomains(DomainIDs)),
  output: accountStatsOutput,
  reply: (stats) => ({
    ...shownDays(stats.days),
    Totals: figuresAndRates(stats.totals),
    ComparisonTotals: figuresAndRates(stats.previous),
    PerDomain: stats.domains.map(({ domainId, name, figures }) => ({
      DomainID: domainId,
      SenderDomain: name,
      ...figuresAndRates(figures),
    })),
  }),
});

const listRecipientDomains = defineEndpoint({
  command: 'emailgateway.listrecipientdomains',
  credential: 'user',
  privilege: 'EmailGateway.ManageDomain',
  docs: docs.listRecipientDomains,
  input: listRecipientDomainsInput,
  required: [['DomainID', listErrors.domainIdMissing]],
  handler: ListRecipientDomainsHandler,
  message: ({ DomainID, StartDate, EndDate, Limit }, { userId }) =>
    new ListRecipientDomains(userId, DomainID, days(StartDate, EndDate, 30), limitOf(Limit, 50)),
  output: listRecipientDomainsOutput,
  reply: (list) => ({
    ...shownDays(list.days),
    Limit: list.limit,
    RecipientDomains: list.domains.map(({ domain, sent, failed, sending, sessions }) => ({
      Domain: domain,
      Sent: sent,
      Failed: failed,
      Sending: sending,
      AvgDeliverySec: sessions && meanSeconds(sessions.sum, sessions.count),
      MinDeliverySec: sessions && roundSeconds(sessions.min),
      MaxDeliverySec: sessions && roundSeconds(sessions.max),
    })),
  }),
});

const recipientDomainStats = defineEndpoint({
  command: 'emailgateway.recipientdomainstats',
  credential: 'user',
  privilege: 'EmailGateway.ManageDomain',
  docs: docs.recipientDomainStats,
  input: recipientDomainStatsInput,
  required: [
    ['DomainID', recipientErrors.domainIdMissing],
    ['RecipientToDomain', recipientErrors.domainIdMissing],
  ],
  handler: GetRecipientDomainStatsHandler,
  message: ({ DomainID, RecipientToDomain, StartDate, EndDate }, { userId }) =>
    new GetRecipientDomainStats(
      userId,
      DomainID,
      RecipientToDomain.trim().toLowerCase().replace(/^@/, '').replace(/\.$/, ''),
      days(StartDate, EndDate, 28),
    ),
  output: recipientDomainStatsOutput,
  reply: (stats) => ({
    SummaryStats: stats.map(({ status, queue }) => ({
      Status: status,
      TotalEmails: queue.count,
      AvgDeliverySeconds: meanSeconds(queue.sum, queue.count),
      MinDeliverySeconds: Math.floor(queue.min),
      MaxDeliverySeconds: Math.ceil(queue.max),
    })),
    DeliverySpeedHistogram: Object.fromEntries(
      stats.map(({ status, queue, speeds }) => [
        status,
        speeds.map(({ name, count }) => ({
          DeliveryBucket: name,
          EmailCount: count,
          Percentage: percentage(count, queue.count),
        })),
      ]),
    ),
  }),
});

export const statisticsEndpoints: readonly Endpoint[] = [
  domainStats,
  accountStats,
  listRecipientDomains,
  recipientDomainStats,
];
