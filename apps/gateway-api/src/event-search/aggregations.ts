/**
 * Readers of what Elasticsearch answers to aggregations. Its client types them by the shape of a request that we build at
 * run time, so every reader checks what it reads: a number that is not there is a defect, never a zero.
 */

/** One bucket, or the top level of an answer. */
export type Aggregations = Readonly<Record<string, unknown>>;

/** A bucket of a `terms` or `composite` aggregation. */
export interface Bucket {
  readonly key: unknown;
  readonly count: number;
  /** Its sub-aggregations. */
  readonly inner: Aggregations;
}

/** Buckets of a `terms` or `composite` aggregation; none when no index took part in the search. */
export function bucketsOf(answer: Aggregations, name: string): readonly Bucket[] {
  const aggregation = answer[name];
  // Without any index there is nothing that could have aggregated, and the whole answer is empty.
  if (aggregation === undefined && Object.keys(answer).length === 0) return [];
  const buckets = isRecord(aggregation) ? aggregation['buckets'] : undefined;
  if (!Array.isArray(buckets)) throw new Error(`aggregation ${name} answered no buckets`);
  return buckets.map((bucket: unknown) => {
    if (!isRecord(bucket)) throw new Error(`aggregation ${name} answered a bucket that is no object`);
    return { key: bucket['key'], count: number(bucket['doc_count'], name), inner: bucket };
  });
}

/** Documents of a `filter` aggregation. */
export function countOf(answer: Aggregations, name: string): number {
  return number(innerOf(answer, name)['doc_count'], name);
}

/** Sub-aggregations of a `filter` aggregation. */
export function innerOf(answer: Aggregations, name: string): Aggregations {
  const aggregation = answer[name];
  if (!isRecord(aggregation)) throw new Error(`aggregation ${name} was not answered`);
  return aggregation;
}

/** Value of a `min`, `max`, `avg` or `sum`; `null` when no document had the field. */
export function valueOf(answer: Aggregations, name: string): number | null {
  const value = innerOf(answer, name)['value'];
  return value === null ? null : number(value, name);
}

function number(value: unknown, name: string): number {
  if (typeof value !== 'number') throw new Error(`aggregation ${name} answered no number`);
  return value;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
