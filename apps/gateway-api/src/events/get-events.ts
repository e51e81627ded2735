import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { ApiError } from '#contracts/errors/catalogue';
import { canonicalEvents } from '#contracts/mail-events/vocabulary';
import type { Database } from '#platform/database/database';
import type { SearchClient } from '#platform/search/search-client';
import { refuse, type Outcome } from '../http/outcome.js';
import { findDomain } from '../sender-domain/domain-row.js';
import { DATABASE, SEARCH } from '../tokens.js';
import type { Period } from '../event-search/period.js';
import { findEvents, MOST_SKIPPED, type EventPage } from '../event-search/search-events.js';

const MOST_RETRIEVED = 100;
const NOTHING: EventPage = { total: 0, documents: [] };

export interface EventsWanted {
  readonly userId: number;
  /** One domain of the user; absent for all. */
  readonly domainId?: number;
  readonly skip: number;
  readonly count: number;
  readonly period: Period;
  /** Of the three filters, `null` is one that could not be understood: nothing matches it. */
  readonly event?: string | null;
  readonly messageId?: string | null;
  /** Ignored when there is a `messageId`. */
  readonly words?: string | null;
}

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

  async execute({ wanted, errors }: GetEvents): Promise<Outcome<EventPage>> {
    const { userId, domainId, skip, count, period, event = '', messageId = '', words = '' } = wanted;
    if (domainId !== undefined && (await findDomain(this.database, userId, domainId)) === undefined) {
      return refuse(errors.domainNotFound);
    }
    if (skip > MOST_SKIPPED) return refuse(errors.skipTooLarge);
    const isByMessage = messageId === null || messageId.trim() !== '';
    if (event === null || messageId === null || (words === null && !isByMessage)) return NOTHING;
    const filter = {
      userId,
      period,
      ...(domainId === undefined ? {} : { domainId }),
      ...(event.trim() === '' ? {} : { events: canonicalEvents(event) }),
      ...(isByMessage ? { messageId: messageId.trim() } : {}),
      ...(words === null || words.trim() === '' || isByMessage ? {} : { words: words.trim() }),
    };
    return findEvents(this.search, filter, skip, Math.min(count, MOST_RETRIEVED));
  }
}
