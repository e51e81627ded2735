import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { ERRORS } from '#contracts/errors/catalogue';
import { aggregatedField } from '#contracts/search/aggregated-fields';
import type { Database } from '#platform/database/database';
import type { SearchClient } from '#platform/search/search-client';
import { bucketsOf } from '../event-search/aggregations.js';
import type { Period } from '../event-search/period.js';
import { eventScope } from '../event-search/search-events.js';
import { refuse, type Outcome } from '../http/outcome.js';
import { findDomain } from '../sender-domain/domain-row.js';
import { DATABASE, SEARCH } from '../tokens.js';

export interface EventGroup {
  /** A value of the field; ids and codes are numbers. */
  readonly key: string | number;
  readonly count: number;
}

/** Values that one index may contribute; beyond, the smallest of the counts may be too low. */
const MOST_PER_INDEX = 10_000;

/** Events of one domain of the user by the value of a field, the most frequent first. */
export class AggregateEvents extends Query<Outcome<readonly EventGroup[]>> {
  constructor(
    readonly userId: number,
    readonly domainId: number,
    readonly period: Period,
    /** A name of the document; there is nothing to group by under a name that is not known, and under `null`. */
    readonly field: string | null,
    readonly most: number,
  ) {
    super();
  }
}

@QueryHandler(AggregateEvents)
export class AggregateEventsHandler implements IQueryHandler<AggregateEvents> {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(SEARCH) private readonly search: SearchClient,
  ) {}

  async execute(query: AggregateEvents): Promise<Outcome<readonly EventGroup[]>> {
    const { userId, domainId, period, field, most } = query;
    if ((await findDomain(this.database, userId, domainId)) === undefined)
      return refuse(ERRORS['emailgateway.aggrevents'].domainNotFound);
    const indexed = field === null ? undefined : aggregatedField(field);
    if (indexed === undefined) return [];
    const { aggregations } = await this.search.search({
      ...eventScope({ userId, domainId, period }),
      aggregations: {
        values: {
          terms: {
            field: indexed,
            size: most,
            shard_size: MOST_PER_INDEX,
            order: [{ _count: 'desc' }, { _key: 'asc' }],
          },
        },
      },
    });
    return bucketsOf(aggregations, 'values').map(({ key, count }) => ({ key: valueOf(key), count }));
  }
}

function valueOf(key: unknown): string | number {
  if (typeof key === 'string' || typeof key === 'number') return key;
  throw new Error(`a value of type ${typeof key}`);
}
