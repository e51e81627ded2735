import type { Client } from '@elastic/elasticsearch';
import { counter, histogram } from '../telemetry/metrics.js';
import { connectElasticsearch, failureOf, isAlreadyThere } from './elasticsearch-client.js';
import { outcomeOf, type BulkItem } from './bulk-outcome.js';
import {
  IncompleteSearch,
  SearchRefused,
  SearchUnavailable,
  type BulkOutcome,
  type NewDocument,
  type SearchClient,
  type SearchRequest,
  type SearchResult,
} from './search.js';

export interface ElasticsearchOptions {
  /** Base URL, for example `http://127.0.0.1:9200`. */
  readonly url: string;
  /** Time for one request before it counts as an outage; default 10 s. */
  readonly requestTimeoutMs?: number;
}

/** One bulk request stays below this, in bytes of its body; far below `http.max_content_length` (100 MB). */
const BULK_BYTES = 5_000_000;
/** Only what outcomeOf() reads: the answer of 1,000 creates shrinks from 200 kB to 30 kB. */
const BULK_FILTER = [
  'items.create.status',
  'items.create.error.type',
  'items.create.error.reason',
  'items.create.error.caused_by.reason',
];

const bulkDocuments = counter('search_bulk_documents_total', 'Documents sent for creation, by outcome.', [
  'status',
]);
const requestSeconds = histogram('search_request_seconds', 'Time of one request to the search engine.', [
  'operation',
  'outcome',
]);

export class ElasticsearchSearchClient implements SearchClient {
  readonly #client: Client;
  readonly #ensured = new Map<string, Promise<void>>();

  constructor({ url, requestTimeoutMs = 10_000 }: ElasticsearchOptions) {
    this.#client = connectElasticsearch(url, requestTimeoutMs);
  }

  async bulkCreate(items: readonly NewDocument[]): Promise<BulkOutcome[]> {
    const outcomes = new Array<BulkOutcome>(items.length);
    for (const part of partsByIndex(items)) {
      const results = await this.#createPart(part);
      part.forEach(({ position, index }, i) => {
        const outcome = results[i] as BulkOutcome;
        outcomes[position] = outcome;
        bulkDocuments.inc({ status: outcome.status });
        // Whatever was remembered about this alias may be wrong: the next ensureIndex() looks again.
        if (outcome.status === 'retry') this.#ensured.delete(index);
      });
    }
    return outcomes;
  }

  /**
   * One request. Some faults of one item (an id that is too long, for example) make Elasticsearch refuse the whole
   * request; halving it finds that item, so that it cannot hold back the others.
   */
  async #createPart(part: readonly BulkLine[]): Promise<BulkOutcome[]> {
    try {
      const answer = await this.#request('bulk', () =>
        this.#client.bulk({
          operations: part.flatMap(({ action, source }) => [action, source]),
          require_alias: true,
          filter_path: BULK_FILTER,
        }),
      );
      const results = (answer.items ?? []) as BulkItem[];
      if (results.length !== part.length) {
        throw new SearchUnavailable(`bulk of ${part.length} items answered ${results.length}`, 0);
      }
      return results.map(outcomeOf);
    } catch (error) {
      if (!(error instanceof SearchRefused)) throw error;
      if (part.length === 1) return [{ status: 'rejected', reason: error.message }];
      const middle = Math.ceil(part.length / 2);
      return [
        ...(await this.#createPart(part.slice(0, middle))),
        ...(await this.#createPart(part.slice(middle))),
      ];
    }
  }

  ensureIndex(name: string, { alias }: { alias: string }): Promise<void> {
    let ensured = this.#ensured.get(alias);
    if (!ensured) {
      ensured = this.#createBehindAlias(name, alias).catch((error: unknown) => {
        this.#ensured.delete(alias);
        throw error;
      });
      this.#ensured.set(alias, ensured);
    }
    return ensured;
  }

  /**
   * The alias comes last: searches go through it, and one that meets an index whose shard is not up yet fails as a
   * whole. That would answer a user's query with an error at the first event of each day.
   */
  async #createBehindAlias(name: string, alias: string): Promise<void> {
    if (await this.#request('exists_alias', () => this.#client.indices.existsAlias({ name: alias }))) return;
    await this.#request('create_index', () =>
      this.#client.indices.create({ index: name, wait_for_active_shards: 1 }).then(
        () => undefined,
        (error: unknown) => {
          // Created by somebody else a moment ago, or left without its alias by a person.
          if (!isAlreadyThere(error)) throw error;
        },
      ),
    );
    const { timed_out: timedOut } = await this.#request('health', () =>
      this.#client.cluster.health({ index: name, wait_for_active_shards: 1, timeout: '5s' }),
    );
    if (timedOut) throw new SearchUnavailable(`index ${name} has no active shard yet`, 0);
    await this.#request('put_alias', () => this.#client.indices.putAlias({ index: name, name: alias }));
  }

  async findExisting(lookups: readonly { id: string; index: string }[]): Promise<boolean[]> {
    if (lookups.length === 0) return [];
    const answer = await this.#request('mget', () =>
      this.#client.mget({
        docs: lookups.map(({ id, index }) => ({ _id: id, _index: index })),
        _source: false,
        filter_path: ['docs.found', 'docs._id', 'docs.error.type', 'docs.error.reason'],
      }),
    );
    return (answer.docs ?? []).map((doc) => {
      if ('error' in doc && doc.error.type !== 'index_not_found_exception') {
        throw new SearchUnavailable(`mget: ${doc.error.type}: ${doc.error.reason}`, 0);
      }
      return 'found' in doc && doc.found;
    });
  }

  async putTemplate(name: string, body: object): Promise<void> {
    await this.#request('put_template', () => this.#client.indices.putIndexTemplate({ ...body, name }));
  }

  async search<Document>(request: SearchRequest): Promise<SearchResult<Document>> {
    const { index, query, size = 0, from, sort, searchAfter, aggregations, source, timeoutMs } = request;
    const answer = await this.#request('search', () =>
      this.#client.search<Document, Record<string, never>>(
        {
          index: [...indices(index)],
          ignore_unavailable: true,
          allow_no_indices: true,
          track_total_hits: true,
          size,
          query,
          ...(from !== undefined && { from }),
          ...(sort && { sort: [...sort] as never }),
          ...(searchAfter && { search_after: [...searchAfter] as never }),
          ...(aggregations && { aggregations }),
          ...(source !== undefined && { _source: source === false ? false : [...source] }),
        },
        timeoutMs === undefined ? {} : { requestTimeout: timeoutMs },
      ),
    );
    if (answer.timed_out) throw new IncompleteSearch('the search timed out on some shards');
    assertComplete(answer._shards);
    const { total, hits } = answer.hits;
    return {
      total: typeof total === 'number' ? total : (total?.value ?? 0),
      hits: hits.map((hit) => ({
        id: hit._id ?? '',
        index: hit._index,
        source: (hit._source ?? {}) as Document,
        sort: hit.sort ?? [],
      })),
      aggregations: answer.aggregations ?? {},
    };
  }

  async count({ index, query }: { index: string | readonly string[]; query?: object }): Promise<number> {
    const answer = await this.#request('count', () =>
      this.#client.count({
        index: [...indices(index)],
        ignore_unavailable: true,
        allow_no_indices: true,
        ...(query && { query }),
      }),
    );
    assertComplete(answer._shards);
    return answer.count;
  }

  async refresh(index: string): Promise<void> {
    const answer = await this.#request('refresh', () =>
      this.#client.indices.refresh({ index, ignore_unavailable: true, allow_no_indices: true }),
    );
    if (answer._shards) assertComplete(answer._shards);
  }

  async ping(): Promise<void> {
    // `GET /` is not used: a server without the REST root module does not serve it.
    const { status } = await this.#client.cluster
      .health({}, { requestTimeout: 1_500 })
      .catch((error: unknown) => Promise.reject(failureOf(error)));
    if (status.toLowerCase() === 'red')
      throw new SearchUnavailable('cluster status is red: some shards are missing', 200);
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  async #request<T>(operation: string, send: () => Promise<T>): Promise<T> {
    const started = performance.now();
    const observe = (outcome: string): void =>
      requestSeconds.observe({ operation, outcome }, (performance.now() - started) / 1_000);
    try {
      const answer = await send();
      observe('answered');
      return answer;
    } catch (error) {
      const failure = failureOf(error);
      observe(failure.name);
      throw failure;
    }
  }
}

interface BulkLine {
  readonly action: string;
  readonly source: string;
  readonly index: string;
  /** Of the document among the caller's items. */
  readonly position: number;
}

/**
 * Bodies of the bulk requests. Documents of one index are sent side by side: the server then splits the
 * request into one piece per shard without jumping to and fro.
 */
function partsByIndex(items: readonly NewDocument[]): BulkLine[][] {
  const byIndex = new Map<string, BulkLine[]>();
  items.forEach(({ id, index, document }, position) => {
    const action = JSON.stringify({ create: { _index: index, _id: id } });
    const line = { action, source: JSON.stringify(document), index, position };
    const lines = byIndex.get(index);
    if (lines) lines.push(line);
    else byIndex.set(index, [line]);
  });
  const parts: BulkLine[][] = [];
  let part: BulkLine[] = [];
  let bytes = 0;
  for (const line of [...byIndex.values()].flat()) {
    const size = line.action.length + line.source.length;
    if (part.length === 0 || bytes + size > BULK_BYTES) {
      part = [];
      parts.push(part);
      bytes = 0;
    }
    part.push(line);
    bytes += size;
  }
  return parts;
}

function indices(index: string | readonly string[]): readonly string[] {
  return typeof index === 'string' ? [index] : index;
}

function assertComplete({
  failed,
  failures,
}: {
  failed: number;
  failures?: readonly { reason?: unknown }[];
}): void {
  if (failed === 0) return;
  throw new IncompleteSearch(
    `${failed} shards failed: ${JSON.stringify(failures?.[0]?.reason ?? 'no reason given')}`,
  );
}
