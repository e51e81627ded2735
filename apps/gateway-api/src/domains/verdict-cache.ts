import { createHash } from 'node:crypto';
import type { DnsRecord } from '#domain/sender-domain/dns-records';

export interface VerdictCacheOptions {
  /** Looks every record up and says of each whether it was found. */
  readonly ask: (records: readonly DnsRecord[]) => Promise<readonly DnsRecord[]>;
  readonly ttlMs: number;
  /** Most record sets that are remembered. */
  readonly capacity?: number;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
}

/** Some 100 bytes each. */
const CAPACITY = 10_000;

/**
 * What the DNS said of whole record sets. A set with another host, value or label is another set, so a domain whose
 * hosts were changed never reads what was said of the old ones.
 *
 * Only "everything was found" is remembered. Somebody who verifies again has just published what was missing, and must
 * not be told for a minute that it still is; and a resolver that was silent has said nothing worth keeping. Callers who
 * ask for one set at the same time share one look-up, so repeated clicking does not multiply questions.
 */
export class VerdictCache {
  /** Sets of which everything was found, by the time until which that is believed; the oldest first. */
  private readonly found = new Map<string, number>();
  private readonly underWay = new Map<string, Promise<readonly DnsRecord[]>>();
  private readonly capacity: number;
  private readonly now: () => number;

  constructor(private readonly options: VerdictCacheOptions) {
    this.capacity = options.capacity ?? CAPACITY;
    this.now = options.now ?? (() => performance.now());
  }

  check(records: readonly DnsRecord[]): Promise<readonly DnsRecord[]> {
    const key = keyOf(records);
    if ((this.found.get(key) ?? Number.NEGATIVE_INFINITY) > this.now())
      return Promise.resolve(records.map((record) => ({ ...record, verified: true })));
    const shared = this.underWay.get(key);
    if (shared !== undefined) return shared;
    const asking = this.ask(key, records).finally(() => this.underWay.delete(key));
    this.underWay.set(key, asking);
    return asking;
  }

  private async ask(key: string, records: readonly DnsRecord[]): Promise<readonly DnsRecord[]> {
    const checked = await this.options.ask(records);
    this.found.delete(key);
    if (checked.every(({ verified }) => verified === true)) this.remember(key);
    return checked;
  }

  private remember(key: string): void {
    const now = this.now();
    for (const [old, until] of this.found) {
      if (until > now && this.found.size < this.capacity) break;
      this.found.delete(old);
    }
    this.found.set(key, now + this.options.ttlMs);
  }
}

const keyOf = (records: readonly DnsRecord[]): string =>
  createHash('sha256')
    .update(JSON.stringify(records.map(({ host, type, value }) => [host, type, value])))
    .digest('base64');
