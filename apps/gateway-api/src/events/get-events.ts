import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { ApiError } from '#contracts/errors/catalogue';
import type { Database } from '#platform/database/database';
import type { SearchClient } from '#platform/search/search-client';
import { findEvents, MOST_SKIPPED, type EventPage } from '../event-search/search-events.js';
import { refuse, type Outcome } from '../http/outcome.js';
import { findDomain } from '../sender-domain/domain-row.js';
import { DATABASE, SEARCH } from '../tokens.js';
import { eventFilter, type EventsWanted } from './wanted.js';

const MOST_RETRIEVED = 100;
const NOTHING: EventPage = { total: 0, documents: [] };

export interface EventErrors {
  /** The user has no such domain. */
  readonly domainNotFound: ApiError;
  /** The page lies beyond what can be reached. */
  readonly skipTooLarge: ApiError;
}

/** One page of a user's events, newest first. */
export class GetEvents extends Query<Outcome<EventPage>> {
  constructor(
    readonly wanted: EventsWanted,
    readonly page: { readonly skip: number; readonly count: number },
    readonly errors: EventErrors,
  ) {
    super();
  }
}

@QueryHandler(GetEvents)
export class GetEventsHandler implements IQueryHandler<GetEvents> {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(SEARCH) private readonly search: SearchClient,
  ) {}

  async execute({ wanted, page: { skip, count }, errors }: GetEvents): Promise<Outcome<EventPage>> {
    const { userId, domainId } = wanted;
    if (domainId !== undefined && (await findDomain(this.database, userId, domainId)) === undefined) {
      return refuse(errors.domainNotFound);
    }
    if (skip > MOST_SKIPPED) return refuse(errors.skipTooLarge);
    const filter = eventFilter(wanted);
    return filter === undefined
      ? NOTHING
      : findEvents(this.search, filter, skip, Math.min(count, MOST_RETRIEVED));
  }
}
