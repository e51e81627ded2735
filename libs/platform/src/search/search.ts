/** Outcome of creating one document. */
export interface BulkOutcome {
  /**
   * - created: stored now.
   * - exists: a document with this id was there already; nothing was changed.
   * - retry: not stored because of the state of the cluster or the index (overload, read-only, no such alias).
   * - rejected: not stored and never will be: the document does not fit the mapping.
   */
  readonly status: 'created' | 'exists' | 'retry' | 'rejected';
  /** Elasticsearch's type and reason; given with `retry` and `rejected`. */
  readonly reason?: string;
}

export interface NewDocument {
  readonly id: string;
  /** The alias to write through. */
  readonly index: string;
  readonly document: object;
}

export interface SearchRequest {
  /** Names, aliases or patterns; those that do not exist are ignored. */
  readonly index: string | readonly string[];
  readonly query: object;
  /** Hits to return; default 0. */
  readonly size?: number;
  readonly from?: number;
  readonly sort?: readonly object[];
  /** Sort values of the last hit of the page before. */
  readonly searchAfter?: readonly unknown[];
  readonly aggregations?: Record<string, object>;
  /** Fields of the document to return; default all. */
  readonly source?: readonly string[] | false;
  readonly timeoutMs?: number;
}

export interface SearchHit<Document> {
  readonly id: string;
  readonly index: string;
  readonly source: Document;
  readonly sort: readonly unknown[];
}

export interface SearchResult<Document> {
  /** Exact. */
  readonly total: number;
  readonly hits: readonly SearchHit<Document>[];
  /** As Elasticsearch answers them; empty object without aggregations in the request. */
  readonly aggregations: Readonly<Record<string, unknown>>;
}

/** The part of a search engine that the product uses. All methods throw SearchUnavailable during an outage. */
export interface SearchClient {
  /**
   * Creates documents, never overwrites one. Items are grouped by index before they are sent, the outcomes
   * come in the order of the items. The index must be an alias.
   *
   * @throws SearchUnavailable when the request as a whole failed; then any part of it may be stored
   */
  bulkCreate(items: readonly NewDocument[]): Promise<BulkOutcome[]>;
  /**
   * Makes sure that the alias exists: creates index `name` behind it when it does not. An alias that points to
   * another index (after a rebuild) is left alone. Remembered, so that repeated calls cost nothing.
   */
  ensureIndex(name: string, options: { alias: string }): Promise<void>;
  /** Which of the ids exist behind the given indices; an index that does not exist holds none. Sees the newest writes. */
  findExisting(lookups: readonly { id: string; index: string }[]): Promise<boolean[]>;
  /** Creates or replaces a composable index template. It applies to indices that are created afterwards. */
  putTemplate(name: string, body: object): Promise<void>;
  /** @throws IncompleteSearch when any shard failed or the time was up: a wrong count is never returned */
  search<Document>(request: SearchRequest): Promise<SearchResult<Document>>;
  /** Exact number of documents that match. @throws IncompleteSearch as search() does */
  count(request: { index: string | readonly string[]; query?: object }): Promise<number>;
  /** Makes all writes to the indices visible to search. For tests and for reports that must see everything. */
  refresh(index: string): Promise<void>;
  /** Resolves when the cluster answers and its shards can be read; rejects with the reason. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** The search engine cannot take the request now. Trying again later is right; the data is not at fault. */
export class SearchUnavailable extends Error {
  override readonly name = 'SearchUnavailable';

  constructor(
    message: string,
    /** HTTP status of the answer; 0 when there was none. */
    readonly status: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The engine answered, but not from all shards or not in time, so counts and hits would be wrong. */
export class IncompleteSearch extends Error {
  override readonly name = 'IncompleteSearch';
}

/** The request itself is wrong (unknown field type, bad query): a defect of the caller. */
export class SearchRefused extends Error {
  override readonly name = 'SearchRefused';

  constructor(
    message: string,
    readonly status: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
