import type { BulkOutcome } from './search.js';

/** What Elasticsearch answers for one `create` of a bulk request. */
export interface BulkItem {
  readonly create?: {
    readonly status: number;
    readonly error?: {
      readonly type: string;
      readonly reason?: string | null;
      readonly caused_by?: { readonly reason?: string | null };
    };
  };
}

/**
 * Settles one item. An item is rejected only when the document itself is at fault; everything that the state
 * of the cluster or of an index can cause is worth another attempt:
 * 429 overload or a read-only block, 403 other blocks, 404 the alias is missing, 5xx, and a closed index,
 * which answers 400 like a bad document does.
 */
export function outcomeOf(item: BulkItem | undefined): BulkOutcome {
  const { status = 0, error } = item?.create ?? {};
  if (status >= 200 && status < 300) return { status: 'created' };
  if (status === 409) return { status: 'exists' };
  const cause = error?.caused_by?.reason;
  const reason = [`${status}`, error?.type, error?.reason, cause].filter(Boolean).join(': ');
  const documentAtFault = (status === 400 || status === 413) && error?.type !== 'index_closed_exception';
  return { status: documentAtFault ? 'rejected' : 'retry', reason };
}
