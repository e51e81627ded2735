import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { ERRORS } from '#contracts/errors/catalogue';
import { DELIVERY_SPEEDS } from '#domain/statistics/delivery-speed';
import type { Database } from '#platform/database/database';
import type { SearchClient } from '#platform/search/search-client';
import { bucketsOf, innerOf, statsOf, type Aggregations, type Stats } from '../event-search/aggregations.js';
import type { Days } from '../event-search/period.js';
import { eventScope } from '../event-search/search-events.js';
import { refuse, type Outcome } from '../http/outcome.js';
import { findDomain } from '../sender-domain/domain-row.js';
import { DATABASE, SEARCH } from '../tokens.js';

/** Messages that left the queue in one way. */
export interface StatusStats {
  readonly status: 'Sent' | 'Failed';
  /** Seconds in the queue; its count is the number of messages. */
  readonly queue: Stats;
  /** Classes that occur, fastest first. */
  readonly speeds: readonly { readonly name: string; readonly count: number }[];
}

/** Statuses with the events that make them, in display order. */
const STATUSES = [
  { status: 'Sent', events: ['accepted-by-mta'] },
  { status: 'Failed', events: ['bounced', 'rejected-by-mta', 'rejected-by-oempro'] },
] as const;

/** How fast the mail of one domain of the user reaches one recipient domain. */
export class GetRecipientDomainStats extends Query<Outcome<readonly StatusStats[]>> {
  constructor(
    readonly userId: number,
    readonly domainId: number,
    readonly recipientDomain: string,
    readonly days: Days,
  ) {
    super();
  }
}

@QueryHandler(GetRecipientDomainStats)
export class GetRecipientDomainStatsHandler implements IQueryHandler<GetRecipientDomainStats> {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(SEARCH) private readonly search: SearchClient,
  ) {}

  async execute({
    userId,
    domainId,
    recipientDomain,
    days,
  }: GetRecipientDomainStats): Promise<Outcome<readonly StatusStats[]>> {
    if ((await findDomain(this.database, userId, domainId)) === undefined)
      return refuse(ERRORS['emailgateway.recipientdomainstats'].domainNotFound);
    const { aggregations } = await this.search.search({
      ...eventScope({
        userId,
        domainId,
        recipientDomain,
        events: STATUSES.flatMap(({ events }) => events),
        period: days,
      }),
      aggregations: Object.fromEntries(
        STATUSES.map(({ status, events }) => [
          status,
          { filter: { terms: { event: events } }, aggs: IN_QUEUE },
        ]),
      ),
    });
    return STATUSES.flatMap(({ status }) => statusStats(status, innerOf(aggregations, status)));
  }
}

const IN_QUEUE = {
  seconds: { stats: { field: 'queue-seconds' } },
  speeds: {
    range: {
      field: 'queue-seconds',
      ranges: DELIVERY_SPEEDS.map(({ name, from, below }) => ({
        key: name,
        from,
        ...(below === Infinity ? {} : { to: below }),
      })),
    },
  },
};

/** None for a status without messages whose time in the queue is known. */
function statusStats(status: StatusStats['status'], answer: Aggregations): StatusStats[] {
  const queue = statsOf(answer, 'seconds');
  if (queue === null) return [];
  const counts = new Map(bucketsOf(answer, 'speeds').map(({ key, count }) => [key, count]));
  const speeds = DELIVERY_SPEEDS.map(({ name }) => ({ name, count: counts.get(name) ?? 0 }));
  return [{ status, queue, speeds: speeds.filter(({ count }) => count > 0) }];
}
