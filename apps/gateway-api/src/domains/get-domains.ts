import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { DomainCounts } from '#contracts/http/domains';
import { percentage } from '#domain/statistics/rounding';
import type { Database, Queryable } from '#platform/database/database';
import type { SearchClient } from '#platform/search/search-client';
import { domainActivity, type DomainActivity } from '../event-search/domain-activity.js';
import type { Outcome } from '../http/outcome.js';
import { listDomains, type DomainRow } from '../sender-domain/domain-row.js';
import { DATABASE, SEARCH } from '../tokens.js';

export interface ListedDomain {
  readonly row: DomainRow;
  /** Absent unless asked for. */
  readonly counts?: DomainCounts;
}

export class GetDomains extends Query<Outcome<readonly ListedDomain[]>> {
  constructor(
    readonly userId: number,
    readonly withCounts: boolean,
  ) {
    super();
  }
}

@QueryHandler(GetDomains)
export class GetDomainsHandler implements IQueryHandler<GetDomains> {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(SEARCH) private readonly search: SearchClient,
  ) {}

  async execute({ userId, withCounts }: GetDomains): Promise<readonly ListedDomain[]> {
    const rows = await listDomains(this.database, userId);
    if (!withCounts) return rows.map((row) => ({ row }));
    const ids = rows.map(({ DomainID }) => DomainID);
    const [enabled, activity] = await Promise.all([
      enabledCounts(this.database, userId),
      domainActivity(this.search, userId, ids, Date.now()),
    ]);
    return rows.map((row) => ({
      row,
      counts: { ...(enabled.get(row.DomainID) ?? NOTHING), ...shownActivity(activity.get(row.DomainID)) },
    }));
  }
}

type EnabledCounts = Pick<DomainCounts, 'APIKeyCount' | 'SMTPCount' | 'WebhookCount'>;
const NOTHING: EnabledCounts = { APIKeyCount: 0, SMTPCount: 0, WebhookCount: 0 };

const COUNTED = {
  APIKeyCount: 'oempro_eg_api_keys',
  SMTPCount: 'oempro_eg_smtp_credentials',
  WebhookCount: 'oempro_eg_webhooks',
} as const satisfies Record<keyof EnabledCounts, string>;

/** One statement; domains without anything enabled are absent. Joined, because webhooks have no index by user. */
const COUNT_ENABLED = Object.entries(COUNTED)
  .map(
    ([name, table]) =>
      `SELECT d.DomainID AS domainId, '${name}' AS name, COUNT(*) AS count
       FROM oempro_eg_domains d JOIN ${table} t ON t.DomainID = d.DomainID AND t.UserID = d.UserID
       WHERE d.UserID = ? AND d.Status <> 'Deleted' AND t.Status = 'Enabled' GROUP BY d.DomainID`,
  )
  .join(' UNION ALL ');

async function enabledCounts(q: Queryable, userId: number): Promise<ReadonlyMap<number, EnabledCounts>> {
  const rows = await q.query<{ domainId: number; name: keyof EnabledCounts; count: number }>(
    COUNT_ENABLED,
    Object.keys(COUNTED).map(() => userId),
  );
  const counts = new Map<number, EnabledCounts>();
  for (const { domainId, name, count } of rows)
    counts.set(domainId, { ...(counts.get(domainId) ?? NOTHING), [name]: count });
  return counts;
}

function shownActivity(activity: DomainActivity | undefined) {
  const { sent7d = 0, bounced7d = 0, lastActivityAt = null } = activity ?? {};
  return { Sent7d: sent7d, BounceRate7d: percentage(bounced7d, sent7d), LastActivityAt: lastActivityAt };
}
