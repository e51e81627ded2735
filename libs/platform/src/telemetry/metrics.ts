import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/**
 * The metrics of this process, in one registry. Asking twice for a name returns the same metric, so that several
 * instances of a component count together.
 */
const registry = new Registry();
let processMetricsCollected = false;

/** Seconds from half a millisecond to half a minute: database calls, publishing, requests. */
export const LATENCY_BUCKETS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];

export const metricsContentType: string = registry.contentType;

/** A count that only rises; by Prometheus custom the name ends in `_total`. */
export function counter<L extends string = never>(
  name: string,
  help: string,
  labels: readonly L[] = [],
): Counter<L> {
  const known = registry.getSingleMetric(name);
  if (known !== undefined) return sameKind(known, Counter<L>, name);
  return new Counter<L>({ name, help, labelNames: [...labels], registers: [registry] });
}

/** A level that rises and falls. */
export function gauge<L extends string = never>(
  name: string,
  help: string,
  labels: readonly L[] = [],
): Gauge<L> {
  const known = registry.getSingleMetric(name);
  if (known !== undefined) return sameKind(known, Gauge<L>, name);
  return new Gauge<L>({ name, help, labelNames: [...labels], registers: [registry] });
}

/** A distribution; times are in seconds and the name says so (`_seconds`). */
export function histogram<L extends string = never>(
  name: string,
  help: string,
  labels: readonly L[] = [],
  buckets: readonly number[] = LATENCY_BUCKETS,
): Histogram<L> {
  const known = registry.getSingleMetric(name);
  if (known !== undefined) return sameKind(known, Histogram<L>, name);
  return new Histogram<L>({
    name,
    help,
    labelNames: [...labels],
    buckets: [...buckets],
    registers: [registry],
  });
}

function sameKind<T>(metric: unknown, kind: new (...args: never[]) => T, name: string): T {
  if (metric instanceof kind) return metric;
  throw new Error(`metric ${name} is already registered as another kind`);
}

/** Adds memory, CPU, event loop and garbage collection of this process to the registry, once. */
export function collectProcessMetrics(): void {
  if (processMetricsCollected) return;
  processMetricsCollected = true;
  collectDefaultMetrics({ register: registry });
}

/** Every metric of this process in the Prometheus text format. */
export function renderMetrics(): Promise<string> {
  return registry.metrics();
}
