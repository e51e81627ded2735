import { Client, errors } from '@elastic/elasticsearch';
import { IncompleteSearch, SearchRefused, SearchUnavailable } from './search.js';

/**
 * A client that does not retry: callers know best when to try again, and a retry inside the client would
 * only hide an outage from them.
 */
export function connectElasticsearch(url: string, requestTimeoutMs: number): Client {
  return new Client({
    node: url,
    maxRetries: 0,
    requestTimeout: requestTimeoutMs,
    sniffOnStart: false,
    // With one address there is no other node to prefer, so a failed one must not be avoided.
    resurrectStrategy: 'none',
    redaction: { type: 'remove' },
  });
}

/** Statuses of a whole request that say "not now" and nothing about its content. */
const NOT_NOW = new Set([401, 403, 404, 408, 409, 429]);

/** Types of a 400 that the state of the cluster causes: shard limit reached, index closed. */
const CLUSTER_STATE = new Set(['validation_exception', 'index_closed_exception']);

/** Turns what the client throws into the errors of search-client.ts. */
export function failureOf(error: unknown): SearchUnavailable | SearchRefused | IncompleteSearch {
  if (
    error instanceof SearchUnavailable ||
    error instanceof SearchRefused ||
    error instanceof IncompleteSearch
  ) {
    return error;
  }
  if (error instanceof errors.ResponseError) {
    const status = error.statusCode ?? 0;
    const { type = 'unknown', reason = error.message } = causeOf(error);
    const message = `${status}: ${type}: ${reason}`;
    return status >= 500 || NOT_NOW.has(status) || CLUSTER_STATE.has(type)
      ? new SearchUnavailable(message, status, { cause: error })
      : new SearchRefused(message, status, { cause: error });
  }
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  if (error instanceof errors.SerializationError || error instanceof errors.ConfigurationError) {
    return new SearchRefused(message, 0, { cause: error });
  }
  return new SearchUnavailable(message, 0, { cause: error });
}

export function isAlreadyThere(error: unknown): boolean {
  return error instanceof errors.ResponseError && causeOf(error).type === 'resource_already_exists_exception';
}

function causeOf(error: errors.ResponseError): { type?: string; reason?: string } {
  const body: unknown = error.body;
  if (typeof body !== 'object' || body === null || !('error' in body)) return {};
  const cause: unknown = body.error;
  return typeof cause === 'object' && cause !== null ? (cause as { type?: string; reason?: string }) : {};
}
