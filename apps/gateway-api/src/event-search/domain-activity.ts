import type { SearchClient } from '#platform/search/search-client';
import { bucketsOf, countOf, valueOf } from './aggregations.js';
import { eventScope } from './search-events.js';

/** What a domain did in the last seven days. */
export interface DomainActivity {
  /** `accepted-by-oempro` events. */
  readonly sent7d: number;
  /** `bounced` events, hard and soft, also of messages sent before the window: a rate made of both may exceed 100 %. */
  readonly bounced7d: number;
  /** Newest event of any kind in the window, ISO 8601 UTC without milliseconds; `null` without events. */
  readonly lastActivityAt: string | null;
}

const WINDOW_MS = 168 * 3_600_000;
const NONE: DomainActivity = { sent7d: 0, bounced7d: 0, lastActivityAt: null };

/**
 * Activity of a user's domains in the 168 hours up to `nowMs` (contract: getdomains with `WithCounts`), in one search.
 * The answer has one entry for each id asked for; the caller has checked that they are the user's.
 *
 * @throws SearchUnavailable
 * @throws IncompleteSearch
 */
export async function domainActivity(
  search: SearchClient,
  userId: number,
  domainIds: readonly number[],
  nowMs: number,
): Promise<ReadonlyMap<number, DomainActivity>> {
  const activity = new Map(domainIds.map((domainId) => [domainId, NONE]));
  if (domainIds.length === 0) return activity;
  const { aggregations } = await search.search({
    ...eventScope({ userId, domainIds, period: { fromMs: nowMs - WINDOW_MS, toMs: nowMs } }),
    aggregations: {
      domains: {
        terms: { field: 'domain-id', size: domainIds.length },
        aggs: {
          sent: { filter: { term: { event: 'accepted-by-oempro' } } },
          bounced: { filter: { term: { event: 'bounced' } } },
          last: { max: { field: 'logged-at' } },
        },
      },
    },
  });
  for (const { key, inner } of bucketsOf(aggregations, 'domains')) {
    const last = valueOf(inner, 'last');
    activity.set(Number(key), {
      sent7d: countOf(inner, 'sent'),
      bounced7d: countOf(inner, 'bounced'),
      lastActivityAt: last === null ? null : isoSeconds(last),
    });
  }
  return activity;
}

/** ISO 8601 in UTC, cut to the second. */
function isoSeconds(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
