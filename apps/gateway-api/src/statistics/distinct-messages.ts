import type { SearchClient } from '#platform/search/search-client';
import { afterKeyOf, bucketsOf, isRecord, keyText } from '../event-search/aggregations.js';
import { eventScope, type EventFilter } from '../event-search/search-events.js';

/** Messages with at least one such event. */
export interface DistinctMessages {
  readonly opened: number;
  readonly clicked: number;
}

export interface GroupedMessages {
  readonly overall: DistinctMessages;
  /** A message counts in each of its groups. */
  readonly groups: ReadonlyMap<string, DistinctMessages>;
}

const EVENTS = ['opened', 'clicked'] as const;

/**
 * Counts messages with opens and clicks one by one, by walking over the combinations of event, message and group that
 * occur. They come in that order, so that a message is new when it differs from the one before.
 *
 * @param page combinations per search; a filter with fewer opens and clicks (and one group each) takes one search
 */
export async function distinctMessages(
  search: SearchClient,
  filter: EventFilter,
  page: number,
  group?: 'domain-id' | 'tags',
): Promise<GroupedMessages> {
  const overall = { opened: 0, clicked: 0 };
  const groups = new Map<string, { opened: number; clicked: number }>();
  const scope = eventScope({ ...filter, events: EVENTS });
  const sources = [
    { event: { terms: { field: 'event' } } },
    { message: { terms: { field: 'message-id' } } },
    ...(group === undefined ? [] : [{ group: { terms: { field: group, missing_bucket: true } } }]),
  ];
  let last = '';
  let after: unknown;
  let buckets;
  do {
    const composite = { size: page, sources, ...(after === undefined ? {} : { after }) };
    const { aggregations } = await search.search({ ...scope, aggregations: { messages: { composite } } });
    buckets = bucketsOf(aggregations, 'messages');
    for (const { key } of buckets) {
      const { event, message, group: name } = combination(key);
      if (last !== `${event} ${message}`) overall[event] += 1;
      last = `${event} ${message}`;
      if (name === undefined) continue;
      const of = groups.get(name) ?? { opened: 0, clicked: 0 };
      of[event] += 1;
      groups.set(name, of);
    }
    after = afterKeyOf(aggregations, 'messages');
  } while (buckets.length === page && after !== undefined);
  return { overall, groups };
}

interface Combination {
  readonly event: (typeof EVENTS)[number];
  readonly message: string;
  /** Absent for a message without any group. */
  readonly group?: string;
}

function combination(key: unknown): Combination {
  const { event, message, group } = isRecord(key) ? key : {};
  const name = EVENTS.find((candidate) => candidate === event);
  if (name === undefined) throw new Error('a combination without its event');
  return {
    event: name,
    message: keyText(message),
    ...(group === null || group === undefined ? {} : { group: keyText(group) }),
  };
}
