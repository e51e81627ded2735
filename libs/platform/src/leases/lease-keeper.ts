import type { Database } from '../database/database.js';

/** The right to work on something, for as long as it is renewed. */
export interface Lease {
  readonly name: string;
  /** How it is stored: `<group>/<name>`. */
  readonly key: string;
  /** Rises with every change of owner: work guarded by an old token is refused (see `LEASE_IS_CURRENT`). */
  readonly token: number;
}

export interface LeaseKeeperOptions {
  database: Database;
  /** Who shares what: owners of one group divide its names among them. Lower case letters, digits and dashes. */
  group: string;
  /** Unique to this process and run, so that a process that was killed and started again is another owner. */
  owner: string;
  /** How long a lease outlives its last renewal, by MySQL's clock. */
  ttlMs: number;
}

/** A condition that makes a write fail to match once the lease is another's; parameters: `key`, `token`. */
export const LEASE_IS_CURRENT = 'EXISTS (SELECT 1 FROM leases WHERE leases.name = ? AND leases.token = ?)';

/** Renewed three times in a lease's life: two renewals may fail before it lapses. */
const RENEWALS_PER_TTL = 3;
/** While leases are missing, how often to see whether one has become free. */
const SEEK_EVERY_MS = 500;
/** Announcements of owners that are long gone are removed. */
const FORGET_OWNERS_AFTER_S = 3_600;

interface LeaseRow {
  name: string;
  owner: string | null;
  token: number;
  live: 0 | 1;
}

/**
 * Holds a fair share of named leases. Each owner announces itself in the same table, so that live owners can count
 * each other: of n names and m owners each takes at most ⌈n/m⌉ and gives up what it has beyond that.
 *
 * Only single statements are used: a process that is paused between two of them holds no row lock and stops nobody.
 * All times are the database's; the local clock only measures how long ago a renewal was asked for.
 */
export class LeaseKeeper {
  readonly #database: Database;
  readonly #owner: string;
  readonly #group: string;
  readonly #ttlMs: number;
  readonly #presence: string;
  #leases: Lease[] = [];
  #renewedAt = Number.NEGATIVE_INFINITY;
  #complete = false;

  constructor({ database, group, owner, ttlMs }: LeaseKeeperOptions) {
    if (!/^[a-z0-9-]{1,24}$/.test(group)) throw new RangeError(`${group} is no name for a group of leases`);
    if (!/^[!-~]{1,96}$/.test(owner)) throw new RangeError('an owner has 1 to 96 visible ASCII characters');
    this.#database = database;
    this.#group = group;
    this.#owner = owner;
    this.#ttlMs = ttlMs;
    this.#presence = `${group}/@${owner}`;
  }

  /**
   * The leases of this owner after renewing, giving up and taking what is due. Cheap to call before each piece of work:
   * the database is asked when a renewal is due, or a missing lease may have become free. When it rejects, or
   * `isCurrent` is false, the leases must not be used.
   * @param max the most leases to hold, whatever the fair share is.
   */
  async hold(names: readonly string[], max = Number.POSITIVE_INFINITY): Promise<readonly Lease[]> {
    const age = performance.now() - this.#renewedAt;
    const due = this.#ttlMs / RENEWALS_PER_TTL;
    if (age < (this.#complete ? due : Math.min(due, SEEK_EVERY_MS))) return this.#leases;

    const asked = performance.now();
    await this.#announce();
    const rows = await this.#rows();
    const wanted = new Set(names.map((name) => this.#key(name)));
    const share = Math.min(max, Math.ceil(wanted.size / this.#liveOwners(rows)));
    const mine = rows.filter((row) => row.owner === this.#owner && wanted.has(row.name));
    const strays = rows.filter(
      (row) => row.owner === this.#owner && row.name !== this.#presence && !wanted.has(row.name),
    );

    await this.#giveUp([...strays, ...mine.slice(share)].map((row) => row.name));
    const kept = mine.slice(0, share);
    const taken = await this.#take(this.#free(rows, wanted), share - kept.length);
    this.#leases = [...kept, ...taken].map(({ name, token }) => this.#lease(name, token));
    this.#renewedAt = asked;
    this.#complete = this.#leases.length === share;
    return this.#leases;
  }

  /** Extends what is held while a long piece of work runs; neither takes nor gives up. */
  async renew(): Promise<void> {
    const asked = performance.now();
    const extended = await this.#extend([this.#presence, ...this.#leases.map(({ key }) => key)]);
    if (extended === this.#leases.length + 1) this.#renewedAt = asked;
  }

  /** Whether the leases cannot have lapsed yet, judged without asking. */
  isCurrent(): boolean {
    return performance.now() - this.#renewedAt < this.#ttlMs;
  }

  /** Gives everything back, so that others need not wait for the leases to lapse. */
  async release(): Promise<void> {
    const keys = this.#leases.map(({ key }) => key);
    this.#leases = [];
    this.#renewedAt = Number.NEGATIVE_INFINITY;
    this.#complete = false;
    await this.#giveUp(keys);
    await this.#database.execute('DELETE FROM leases WHERE name = ?', [this.#presence]);
  }

  #key(name: string): string {
    return `${this.#group}/${name}`;
  }

  #lease(key: string, token: number): Lease {
    return { name: key.slice(this.#group.length + 1), key, token };
  }

  /** Says that this owner lives, and renews what it holds. A lapsed lease that nobody took is still its own. */
  async #announce(): Promise<void> {
    const extended = await this.#extend([this.#presence, ...this.#leases.map(({ key }) => key)]);
    if (extended > this.#leases.length) return;
    await this.#database.execute(
      `INSERT INTO leases (name, owner, expires_at) VALUES (?, ?, NOW(6) + INTERVAL ? MICROSECOND)
       ON DUPLICATE KEY UPDATE expires_at = VALUES(expires_at)`,
      [this.#presence, this.#owner, this.#ttlMs * 1_000],
    );
    await this.#database.execute(
      'DELETE FROM leases WHERE name LIKE ? AND expires_at < NOW(6) - INTERVAL ? SECOND',
      [`${this.#group}/@%`, FORGET_OWNERS_AFTER_S],
    );
  }

  async #extend(keys: readonly string[]): Promise<number> {
    const { affectedRows } = await this.#database.execute(
      'UPDATE leases SET expires_at = NOW(6) + INTERVAL ? MICROSECOND WHERE name IN (?) AND owner = ?',
      [this.#ttlMs * 1_000, keys, this.#owner],
    );
    return affectedRows;
  }

  #rows(): Promise<LeaseRow[]> {
    return this.#database.query<LeaseRow>(
      'SELECT name, owner, token, expires_at > NOW(6) AS live FROM leases WHERE name LIKE ? ORDER BY name',
      [`${this.#group}/%`],
    );
  }

  #liveOwners(rows: readonly LeaseRow[]): number {
    const announced = rows.filter((row) => row.live === 1 && row.name.startsWith(`${this.#group}/@`));
    return Math.max(1, announced.length);
  }

  #free(rows: readonly LeaseRow[], wanted: ReadonlySet<string>): string[] {
    const held = new Set(rows.filter((row) => row.live === 1 && row.owner !== null).map((row) => row.name));
    return [...wanted].filter((key) => !held.has(key));
  }

  async #giveUp(keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return;
    await this.#database.execute(
      'UPDATE leases SET owner = NULL, expires_at = NOW(6) WHERE name IN (?) AND owner = ?',
      [keys, this.#owner],
    );
  }

  /** Takes up to `count` free leases; whoever else wants the same ones at this moment, one of both gets each. */
  async #take(free: readonly string[], count: number): Promise<{ name: string; token: number }[]> {
    const chosen = free.slice(0, Math.max(0, count));
    if (chosen.length === 0) return [];
    await this.#database.execute('INSERT IGNORE INTO leases (name, expires_at) VALUES ?', [
      chosen.map((key) => [key, new Date(0)]),
    ]);
    await this.#database.execute(
      `UPDATE leases SET owner = ?, token = token + 1, expires_at = NOW(6) + INTERVAL ? MICROSECOND
       WHERE name IN (?) AND expires_at <= NOW(6)`,
      [this.#owner, this.#ttlMs * 1_000, chosen],
    );
    return this.#database.query(
      'SELECT name, token FROM leases WHERE name IN (?) AND owner = ? ORDER BY name',
      [chosen, this.#owner],
    );
  }
}
