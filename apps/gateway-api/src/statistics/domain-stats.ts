import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { ERRORS } from '#contracts/errors/catalogue';
import type { MailFigures } from '#domain/statistics/mail-figures';
import type { Database } from '#platform/database/database';
import type { SearchClient } from '#platform/search/search-client';
import { daysBefore, type Days } from '../event-search/period.js';
import { refuse, type Outcome } from '../http/outcome.js';
import { findDomain } from '../sender-domain/domain-row.js';
import { DATABASE, SEARCH } from '../tokens.js';
import { findFigures } from './find-figures.js';

export interface DomainStats {
  readonly figures: MailFigures;
  /** Of as many days directly before. */
  readonly previous: MailFigures;
  readonly tags: ReadonlyMap<string, MailFigures>;
}

/** Tags in one answer: those of the most messages sent. */
const MOST_TAGS = 1_000;

/** What happened to the mail of one domain of the user. */
export class GetDomainStats extends Query<Outcome<DomainStats>> {
  constructor(
    readonly userId: number,
    readonly domainId: number,
    readonly days: Days,
  ) {
    super();
  }
}

@QueryHandler(GetDomainStats)
export class GetDomainStatsHandler implements IQueryHandler<GetDomainStats> {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(SEARCH) private readonly search: SearchClient,
  ) {}

  async execute({ userId, domainId, days }: GetDomainStats): Promise<Outcome<DomainStats>> {
    if ((await findDomain(this.database, userId, domainId)) === undefined)
      return refuse(ERRORS['emailgateway.domainstats'].domainNotFound);
    const [now, before] = await Promise.all([
      findFigures(this.search, { userId, domainId, period: days }, { field: 'tags', most: MOST_TAGS }),
      findFigures(this.search, { userId, domainId, period: daysBefore(days) }),
    ]);
    return { figures: now.overall, previous: before.overall, tags: now.groups };
  }
}
