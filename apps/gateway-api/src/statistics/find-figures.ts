import { NO_MAIL, type MailFigures } from '#domain/statistics/mail-figures';
import type { SearchClient } from '#platform/search/search-client';
import {
  bucketsOf,
  countOf,
  innerOf,
  keyText,
  valueOf,
  type Aggregations,
} from '../event-search/aggregations.js';
import { eventScope, type EventFilter } from '../event-search/search-events.js';
import { distinctMessages, type DistinctMessages } from './distinct-messages.js';

/** What the figures are split by. */
export interface Grouping {
  readonly field: 'domain-id' | 'tags';
  /** Groups to return: those that sent most; equals in the order of their keys. */
  readonly most: number;
}

export interface GroupedFigures {
  /** All events of the search, whatever the groups. */
  readonly overall: MailFigures;
  /** In the order of {@link Grouping.most}. */
  readonly groups: ReadonlyMap<string, MailFigures>;
}

/**
 * Up to this many opens and clicks the distinct messages are counted one by one; beyond, estimated by HyperLogLog++. The
 * bound keeps a report at two searches; the estimate is off by less than 1 % (docs/adr/0009-exact-figures-and-a-csv-writer.md).
 */
export const MOST_COUNTED_ONE_BY_ONE = 20_000;
/** Elasticsearch's largest precision: 256 kB per estimate, standard error 0.2 %. */
const OVERALL_PRECISION = 40_000;
/** Of one group among many: 16 kB per estimate, standard error 0.8 %. */
const GROUP_PRECISION = 3_000;
/** Groups that one index may contribute; it takes more groups in one day than this for the cut to become inexact. */
const MOST_GROUPS_PER_INDEX = 10_000;

/** Counts what happened to the mail of a filter. @throws SearchUnavailable @throws IncompleteSearch */
export async function findFigures(
  search: SearchClient,
  filter: EventFilter,
  grouping?: Grouping,
): Promise<GroupedFigures> {
  const { aggregations } = await search.search({
    ...eventScope(filter),
    aggregations: {
      ...counts(OVERALL_PRECISION),
      ...(grouping === undefined ? {} : { groups: groupsOf(grouping) }),
    },
  });
  const toCount = countOf(aggregations, 'opened') + countOf(aggregations, 'clicked');
  const distinct =
    toCount > MOST_COUNTED_ONE_BY_ONE
      ? undefined
      : await distinctMessages(search, filter, MOST_COUNTED_ONE_BY_ONE, grouping?.field);
  const groups = grouping === undefined ? [] : bucketsOf(aggregations, 'groups');
  return {
    overall: figuresOf(aggregations, distinct?.overall),
    groups: new Map(
      groups.map(({ key, inner }) => {
        const name = keyText(key);
        return [name, figuresOf(inner, distinct && (distinct.groups.get(name) ?? NO_MAIL))];
      }),
    ),
  };
}

function counts(precision: number) {
  const event = (name: string) => ({ filter: { term: { event: name } } });
  const messages = { cardinality: { field: 'message-id', precision_threshold: precision } };
  return {
    sent: event('accepted-by-oempro'),
    delivered: event('delivered'),
    bounced: event('bounced'),
    opened: { ...event('opened'), aggs: { messages } },
    clicked: { ...event('clicked'), aggs: { messages } },
  };
}

/** Ordered by what is sent before the cut: by number of documents a group that only bounces would push out one that sends. */
function groupsOf({ field, most }: Grouping) {
  return {
    terms: {
      field,
      size: most,
      shard_size: Math.max(most, MOST_GROUPS_PER_INDEX),
      order: [{ sent: 'desc' }, { _key: 'asc' }],
    },
    aggs: counts(GROUP_PRECISION),
  };
}

/** @param distinct counted one by one; absent: the estimate counts */
function figuresOf(answer: Aggregations, distinct: DistinctMessages | undefined): MailFigures {
  const estimated = (name: string) => valueOf(innerOf(answer, name), 'messages') ?? 0;
  return {
    sent: countOf(answer, 'sent'),
    delivered: countOf(answer, 'delivered'),
    bounced: countOf(answer, 'bounced'),
    opened: distinct?.opened ?? estimated('opened'),
    clicked: distinct?.clicked ?? estimated('clicked'),
  };
}
