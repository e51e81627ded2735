import type { SearchClient } from '#platform/search/search-client';
import { eventScope, NEWEST_FIRST, type EventFilter } from './search-events.js';

export interface EventWalk<Document> {
  /** Exact, however many pages there are. */
  readonly total: number;
  /** Newest first. A page is asked for when it is wanted: whoever leaves the loop ends the searches. */
  readonly pages: AsyncIterable<readonly Document[]>;
}

export interface WalkOptions {
  /** Documents per search. */
  readonly page: number;
  /** The walk ends after so many documents. */
  readonly most: number;
  /** Names of the members that documents shall have. */
  readonly fields: readonly string[];
}

/**
 * Starts to walk over the events of a filter. The first page is there when this resolves. Events that come in meanwhile
 * stand before it and are not met.
 *
 * @throws SearchUnavailable, IncompleteSearch, from here and from the loop
 */
export async function walkEvents<Document>(
  search: SearchClient,
  filter: EventFilter,
  { page, most, fields }: WalkOptions,
): Promise<EventWalk<Document>> {
  const scope = eventScope(filter);
  const find = (size: number, after?: readonly unknown[]) =>
    search.search<Document>({
      ...scope,
      sort: NEWEST_FIRST,
      size,
      source: fields,
      ...(after === undefined ? {} : { searchAfter: after }),
    });
  const first = await find(Math.min(page, most));

  async function* pages(): AsyncGenerator<readonly Document[]> {
    let { hits } = first;
    let met = 0;
    while (hits.length > 0) {
      met += hits.length;
      const [last, full] = [hits.at(-1)?.sort, hits.length === page];
      yield hits.map(({ source }) => source);
      if (!full || met >= most) return;
      ({ hits } = await find(Math.min(page, most - met), last));
    }
  }
  return { total: first.total, pages: pages() };
}
