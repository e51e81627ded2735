/**
 * Readers of what Elasticsearch answers to aggregations. Its client types them by the shape of a request that we build at
 * run time, so every reader checks what it reads: a number that is not there is a defect, never a zero.
 */

/** One bucket, or the top level of an answer. */
export type Aggregations = Readonly<Record<string, unknown>>;

/** A bucket of a `terms`, `composite` or `range` aggregation. */
export interface Bucket {
  readonly key: unknown;
  readonly count: number;
  /** Its sub-aggregations. */
  readonly inner: Aggregations;
}

export interface Stats {
  /** Documents that had the field; at least one. */
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly sum: number;
}

/** Buckets of a `terms`, `composite` or `range` aggregation. */
export function bucketsOf(answer: Aggregations, name: string): readonly Bucket[] {
  if (isEmpty(answer)) return [];
  const buckets = aggregation(answer, name)['buckets'];
  if (!Array.isArray(buckets)) throw new Error(`aggregation ${name} answered no buckets`);
  return buckets.map((bucket: unknown) => {
    if (!isRecord(bucket)) throw new Error(`aggregation ${name} answered a bucket that is no object`);
    return { key: bucket['key'], count: numberOf(bucket['doc_count'], name), inner: bucket };
  });
}

/** A value of a keyword or number field as text. */
export function keyText(key: unknown): string {
  if (typeof key === 'string') return key;
  if (typeof key === 'number') return `${key}`;
  throw new Error(`a key of type ${typeof key}`);
}

/** Documents of a `filter` aggregation. */
export function countOf(answer: Aggregations, name: string): number {
  return isEmpty(answer) ? 0 : numberOf(aggregation(answer, name)['doc_count'], name);
}

/** Sub-aggregations of a `filter` aggregation. */
export function innerOf(answer: Aggregations, name: string): Aggregations {
  return isEmpty(answer) ? answer : aggregation(answer, name);
}

/** Value of a `min`, `max` or `cardinality`; `null` when no document had the field. */
export function valueOf(answer: Aggregations, name: string): number | null {
  if (isEmpty(answer)) return null;
  const value = aggregation(answer, name)['value'];
  return value === null ? null : numberOf(value, name);
}

/** What a `stats` aggregation found; `null` when no document had the field. */
export function statsOf(answer: Aggregations, name: string): Stats | null {
  if (isEmpty(answer)) return null;
  const stats = aggregation(answer, name);
  const count = numberOf(stats['count'], name);
  if (count === 0) return null;
  const member = (of: 'min' | 'max' | 'sum') => numberOf(stats[of], name);
  return { count, min: member('min'), max: member('max'), sum: member('sum') };
}

/** Where the next page of a `composite` aggregation begins; `undefined` after the last bucket. */
export function afterKeyOf(answer: Aggregations, name: string): unknown {
  return isEmpty(answer) ? undefined : aggregation(answer, name)['after_key'];
}

/** Without any index there is nothing that could have aggregated, and the whole answer is empty. */
function isEmpty(answer: Aggregations): boolean {
  return Object.keys(answer).length === 0;
}

function aggregation(answer: Aggregations, name: string): Aggregations {
  const found = answer[name];
  if (!isRecord(found)) throw new Error(`aggregation ${name} was not answered`);
  return found;
}

function numberOf(value: unknown, name: string): number {
  if (typeof value !== 'number') throw new Error(`aggregation ${name} answered no number`);
  return value;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
