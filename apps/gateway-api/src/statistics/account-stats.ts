import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { NO_MAIL, sumOf, type MailFigures } from '#domain/statistics/mail-figures';
import type { Database } from '#platform/database/database';
import type { SearchClient } from '#platform/search/search-client';
import { daysBefore, type Days } from '../event-search/period.js';
import { DATABASE, SEARCH } from '../tokens.js';
import { findFigures } from './find-figures.js';

export interface DomainFigures {
  readonly domainId: number;
  readonly name: string;
  readonly figures: MailFigures;
}

export interface AccountStats {
  readonly days: Days;
  readonly totals: MailFigures;
  /** Of as many days directly before. */
  readonly previous: MailFigures;
  /** Each domain in scope, most sent first, equals by name. */
  readonly domains: readonly DomainFigures[];
}

/** What happened to the mail of the user's domains. */
export class GetAccountStats extends Query<AccountStats> {
  constructor(
    readonly userId: number,
    readonly days: Days,
    /** Absent: all domains. Ids that are not the user's are ignored. */
    readonly domainIds?: ReadonlySet<number>,
  ) {
    super();
  }
}

interface DomainName {
  readonly DomainID: number;
  readonly SenderDomain: string;
}

@QueryHandler(GetAccountStats)
export class GetAccountStatsHandler implements IQueryHandler<GetAccountStats> {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(SEARCH) private readonly search: SearchClient,
  ) {}

  async execute({ userId, days, domainIds }: GetAccountStats): Promise<AccountStats> {
    const owned = await this.database.query<DomainName>(
      `SELECT DomainID, SenderDomain FROM oempro_eg_domains WHERE UserID = ? AND Status <> 'Deleted'`,
      [userId],
    );
    const scoped = owned.filter(({ DomainID }) => domainIds?.has(DomainID) ?? true);
    const [now, before] = await Promise.all([
      this.figuresOf(userId, scoped, days),
      this.figuresOf(userId, scoped, daysBefore(days)),
    ]);
    return {
      days,
      totals: sumOf(now.map(({ figures }) => figures)),
      previous: sumOf(before.map(({ figures }) => figures)),
      domains: now.toSorted(
        (a, b) => b.figures.sent - a.figures.sent || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
      ),
    };
  }

  private async figuresOf(
    userId: number,
    domains: readonly DomainName[],
    days: Days,
  ): Promise<DomainFigures[]> {
    if (domains.length === 0) return [];
    const domainIds = domains.map(({ DomainID }) => DomainID);
    const { groups } = await findFigures(
      this.search,
      { userId, domainIds, period: days },
      { field: 'domain-id', most: domainIds.length },
    );
    return domains.map(({ DomainID, SenderDomain }) => ({
      domainId: DomainID,
      name: SenderDomain,
      figures: groups.get(`${DomainID}`) ?? NO_MAIL,
    }));
  }
}
