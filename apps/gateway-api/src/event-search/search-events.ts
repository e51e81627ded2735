import type { MailEventName } from '#contracts/mail-events/vocabulary';
import type { EventDocument } from '#contracts/search/event-document';
import { userIndexPattern } from '#contracts/search/event-index';
import type { SearchClient, SearchRequest } from '#platform/search/search-client';
import type { Period } from './period.js';

/** Which events of one user to find. */
export interface EventFilter {
  readonly userId: number;
  readonly domainId?: number;
  /** Any of these domains; an empty list matches nothing. */
  readonly domainIds?: readonly number[];
  /** Canonical names; an empty list matches nothing. */
  readonly events?: readonly MailEventName[];
  readonly messageId?: string;
  /** Domain of the envelope recipient, lower case. */
  readonly recipientDomain?: string;
  /** Words that all have to occur. */
  readonly words?: string;
  readonly period: Period;
}

export interface EventPage {
  /** Exact. */
  readonly total: number;
  /** Newest first. */
  readonly documents: readonly EventDocument[];
}

/** Elasticsearch refuses `from + size` beyond this (`index.max_result_window`). */
const RESULT_WINDOW = 10_000;
/**
 * Pages beyond the window are reached by walking over sort values, 10,000 at a time. 20 steps of some 100 ms are what a
 * caller may wait; who wants more narrows the dates.
 */
export const MOST_SKIPPED = 20 * RESULT_WINDOW;
/** More months than this and one pattern for all is the shorter request. */
const MOST_MONTH_PATTERNS = 12;
/** Longest search text: well below the engine's limit of clauses. */
const MOST_WORDS_CHARACTERS = 500;

export const NEWEST_FIRST = [
  { 'logged-at': { order: 'desc', unmapped_type: 'date' } },
  { id: { order: 'desc', unmapped_type: 'keyword' } },
];

const WORD_FIELDS = [
  'message.headers.subject',
  'message.headers.from',
  'message.headers.to',
  'recipient',
  'message.to-domain',
  'message-id',
  'tags',
  'envelope.sending-ip',
  'delivery-status.mx-ip',
  'delivery-status.mx-host',
  'delivery-status.message',
  'delivery-status.description',
  'delivery-status.enhanced-code',
];

/** Longer keywords are in no index (`ignore_above`), and the engine fails on a term that is longer still. */
const MOST_KEYWORD_CHARACTERS = 1024;

const exactly = (field: string, value: string): object =>
  value.length > MOST_KEYWORD_CHARACTERS ? { match_none: {} } : { term: { [field]: value } };

/**
 * The part of every search over events that keeps tenants apart: the user's own indices and the user-id filter, both.
 * No other code names an event index.
 */
export function eventScope(filter: EventFilter): Pick<SearchRequest, 'index' | 'query'> {
  const { userId, domainId, domainIds, events, messageId, recipientDomain, words, period } = filter;
  const conditions: object[] = [{ term: { 'user-id': userId } }];
  if (domainId !== undefined) conditions.push({ term: { 'domain-id': domainId } });
  if (domainIds !== undefined) conditions.push({ terms: { 'domain-id': domainIds } });
  if (events !== undefined) conditions.push({ terms: { event: events } });
  if (messageId !== undefined) conditions.push(exactly('message-id', messageId));
  if (recipientDomain !== undefined) conditions.push(exactly('message.to-domain', recipientDomain));
  if (words !== undefined) conditions.push(wordsQuery(words));
  const { fromMs, toMs } = period;
  if (fromMs !== undefined || toMs !== undefined) {
    const bounds = {
      ...(fromMs === undefined ? {} : { gte: fromMs }),
      ...(toMs === undefined ? {} : { lte: toMs }),
    };
    conditions.push({ range: { 'logged-at': { ...bounds, format: 'epoch_millis' } } });
  }
  return { index: indexPatterns(userId, period), query: { bool: { filter: conditions } } };
}

/** A page of events. @param skip at most {@link MOST_SKIPPED} */
export async function findEvents(
  search: SearchClient,
  filter: EventFilter,
  skip: number,
  size: number,
): Promise<EventPage> {
  const scope = eventScope(filter);
  if (skip + size <= RESULT_WINDOW) {
    const { total, hits } = await search.search<EventDocument>({
      ...scope,
      sort: NEWEST_FIRST,
      from: skip,
      size,
    });
    return { total, documents: hits.map(({ source }) => source) };
  }
  let searchAfter: readonly unknown[] | undefined;
  for (let skipped = 0; skipped < skip;) {
    const step = Math.min(RESULT_WINDOW, skip - skipped);
    const { total, hits } = await search.search({
      ...scope,
      sort: NEWEST_FIRST,
      size: step,
      source: false,
      ...(searchAfter === undefined ? {} : { searchAfter }),
    });
    searchAfter = hits.at(-1)?.sort;
    if (total <= skip || searchAfter === undefined) return { total, documents: [] };
    skipped += step;
  }
  const { total, hits } = await search.search<EventDocument>({
    ...scope,
    sort: NEWEST_FIRST,
    size,
    ...(searchAfter === undefined ? {} : { searchAfter }),
  });
  return { total, documents: hits.map(({ source }) => source) };
}

/** Every word has to occur in some field; `"two words"` is a phrase and `deliv*` a prefix, anything else is literal. */
function wordsQuery(words: string): object {
  return {
    simple_query_string: {
      query: words.slice(0, MOST_WORDS_CHARACTERS),
      fields: WORD_FIELDS,
      default_operator: 'and',
      flags: 'PHRASE|PREFIX|WHITESPACE',
      lenient: true,
    },
  };
}

/** One pattern per month of a bounded period: a list of days would make the request as long as the answer. */
function indexPatterns(
  userId: number,
  { fromMs, toMs = Date.now() + 86_400_000 }: Period,
): readonly string[] {
  const all = userIndexPattern(userId);
  if (fromMs === undefined) return [all];
  const months: string[] = [];
  const month = new Date(fromMs);
  month.setUTCDate(1);
  month.setUTCHours(0, 0, 0, 0);
  for (; month.getTime() <= toMs; month.setUTCMonth(month.getUTCMonth() + 1)) {
    if (months.length === MOST_MONTH_PATTERNS) return [all];
    months.push(all.replace('*', `${month.toISOString().slice(0, 7).replace('-', '.')}.*`));
  }
  return months.length === 0 ? [all] : months;
}
