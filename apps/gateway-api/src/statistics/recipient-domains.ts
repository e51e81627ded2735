import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { ERRORS } from '#contracts/errors/catalogue';
import { stillSending } from '#domain/statistics/mail-figures';
import type { Database } from '#platform/database/database';
import type { SearchClient } from '#platform/search/search-client';
import { bucketsOf, countOf, innerOf, keyText, statsOf, type Stats } from '../event-search/aggregations.js';
import type { Days } from '../event-search/period.js';
import { eventScope } from '../event-search/search-events.js';
import { refuse, type Outcome } from '../http/outcome.js';
import { findDomain } from '../sender-domain/domain-row.js';
import { DATABASE, SEARCH } from '../tokens.js';

export interface RecipientDomain {
  /** Lower case. */
  readonly domain: string;
  /** The recipient's server took them. */
  readonly sent: number;
  readonly failed: number;
  /** Without an outcome so far. */
  readonly sending: number;
  /** Seconds of the SMTP sessions of those sent; `null` when none is known. */
  readonly sessions: Stats | null;
}

export interface RecipientDomains {
  readonly days: Days;
  readonly limit: number;
  /** Most sent first, equals by domain. */
  readonly domains: readonly RecipientDomain[];
}

const FAILURES = ['bounced', 'rejected-by-mta', 'rejected-by-oempro'] as const;
/** Recipient domains that one index may contribute; beyond, the cut at the limit is no longer exact. */
const MOST_PER_INDEX = 10_000;

/** Where the mail of one domain of the user goes. */
export class ListRecipientDomains extends Query<Outcome<RecipientDomains>> {
  constructor(
    readonly userId: number,
    readonly domainId: number,
    readonly days: Days,
    readonly limit: number,
  ) {
    super();
  }
}

@QueryHandler(ListRecipientDomains)
export class ListRecipientDomainsHandler implements IQueryHandler<ListRecipientDomains> {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(SEARCH) private readonly search: SearchClient,
  ) {}

  async execute({ userId, domainId, days, limit }: ListRecipientDomains): Promise<Outcome<RecipientDomains>> {
    if ((await findDomain(this.database, userId, domainId)) === undefined)
      return refuse(ERRORS['emailgateway.listrecipientdomains'].domainNotFound);
    const { aggregations } = await this.search.search({
      ...eventScope({
        userId,
        domainId,
        events: ['accepted-by-oempro', 'accepted-by-mta', ...FAILURES],
        period: days,
      }),
      aggregations: {
        domains: {
          // By number of documents a domain that only bounces would push out one that takes mail.
          terms: {
            field: 'message.to-domain',
            size: limit,
            shard_size: MOST_PER_INDEX,
            order: [{ sent: 'desc' }, { _key: 'asc' }],
          },
          aggs: {
            total: { filter: { term: { event: 'accepted-by-oempro' } } },
            sent: {
              filter: { term: { event: 'accepted-by-mta' } },
              aggs: { sessions: { stats: { field: 'delivery-status.session-seconds' } } },
            },
            failed: { filter: { terms: { event: FAILURES } } },
          },
        },
      },
    });
    const domains = bucketsOf(aggregations, 'domains').map(({ key, inner }) => {
      const [total, sent, failed] = [
        countOf(inner, 'total'),
        countOf(inner, 'sent'),
        countOf(inner, 'failed'),
      ];
      return {
        domain: keyText(key),
        sent,
        failed,
        sending: stillSending({ total, sent, failed }),
        sessions: statsOf(innerOf(inner, 'sent'), 'sessions'),
      };
    });
    return { days, limit, domains };
  }
}
