import type { Batching, Database } from '#platform/database/database';
import { Grouped } from '#platform/grouping/grouped';
import type { Acceptance } from './mail-to-accept.js';
import { rowsOf } from './rows.js';
import { acceptRest, only, settle, STORING } from './settling.js';
import type { Sifted } from './sifted.js';
import { count, createUsage, lockUsage, type Locking, type UsageRow } from './usage.js';

/** Requests of one account, one transaction after another, and how many wait for an answer. */
interface Lane {
  readonly grouped: Grouped<Sifted, Acceptance>;
  pending: number;
}

/**
 * Stores mails of accounts with limits. Requests of any accounts share a transaction, which takes the usage rows that are free; an
 * account whose row is locked, by another gateway or a long list, waits in a lane of its own, so that it holds up nobody else.
 */
export class LimitedAccounts {
  /** `undefined`: an account's row is locked. */
  private readonly shared = new Grouped<Sifted, Acceptance | undefined>({
    ...STORING,
    run: (group) =>
      settle(
        group,
        (requests) => this.store(requests, 'free'),
        (sifted) => this.storeAlone(sifted),
      ),
  });
  private readonly lanes = new Map<string, Lane>();

  constructor(private readonly database: Database & Batching) {}

  async submit(sifted: Sifted): Promise<Acceptance> {
    return (await this.shared.submit(sifted)) ?? this.inLane(sifted);
  }

  private async inLane(sifted: Sifted): Promise<Acceptance> {
    const key = sifted.counts.map(({ userId }) => userId).join();
    const lane = this.lanes.get(key) ?? { grouped: this.newLane(), pending: 0 };
    this.lanes.set(key, lane);
    lane.pending += 1;
    try {
      return await lane.grouped.submit(sifted);
    } finally {
      lane.pending -= 1;
      if (lane.pending === 0) this.lanes.delete(key);
    }
  }

  private newLane(): Grouped<Sifted, Acceptance> {
    return new Grouped<Sifted, Acceptance>({
      ...STORING,
      atMost: 1,
      run: (group) =>
        settle(
          group,
          (requests) => this.storeAll(requests),
          (sifted) => this.storeAlone(sifted),
        ),
    });
  }

  private storeAlone(sifted: Sifted): Promise<Acceptance> {
    return acceptRest(this.database, sifted, async (rest) => only(await this.storeAll([rest])));
  }

  private async storeAll(group: readonly Sifted[]): Promise<readonly Acceptance[]> {
    const answers = await this.store(group, 'all');
    return answers.map((answer) => answer ?? { refused: 'user-gone' });
  }

  /** One transaction. @returns an answer per request; `undefined` where the usage of an account was not to be had. */
  private async store(
    group: readonly Sifted[],
    locking: Locking,
  ): Promise<readonly (Acceptance | undefined)[]> {
    const counts = group.flatMap((sifted) => sifted.counts).sort((a, b) => a.userId - b.userId);
    const usersOf = (some: typeof counts) => [...new Set(some.map(({ userId }) => userId))];
    const first = usersOf(counts.filter(({ isFirst }) => isFirst));
    if (first.length > 0) {
      const { sql, params } = createUsage(first);
      await this.database.execute(sql, params);
    }
    return this.database.batch<[UsageRow], readonly (Acceptance | undefined)[]>(
      [lockUsage(usersOf(counts), locking)],
      ([rows]) => {
        const { answers, taken, writes } = count(group, rows);
        return { writes: inTurn(rowsOf(taken), writes), result: answers };
      },
    );
  }
}

function* inTurn<T>(first: Iterable<T>, second: Iterable<T>): Generator<T> {
  yield* first;
  yield* second;
}
