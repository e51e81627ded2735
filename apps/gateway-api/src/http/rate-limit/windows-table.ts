import { handOut } from '#domain/request-rate/permits';
import { DatabaseError, type Batching, type Queryable, type Statement } from '#platform/database/database';

/** Length of a window; it begins with the first request of its bucket. */
export const WINDOW_MS = 60_000;
/**
 * How long the table believes that permits handed out ahead may still come back. Twice the time for which a process
 * keeps them (`HOLD_MS`), so that giving them back has as long again to arrive.
 */
const LEASE_MS = 1_000;
/** Windows that ended longer ago than this are deleted. */
const KEEP_MS = 60_000;
const PURGE_BATCH = 1_000;
const MOST_PURGE_BATCHES = 20;
/** A purge and a question may lock the same rows in another order. */
const MOST_ATTEMPTS = 3;

/** A question of one process about one bucket, with what it gives back of the last answer. */
export interface Ask {
  readonly bucket: string;
  /** Window that `lent` and `unused` belong to. */
  readonly window: Date | undefined;
  /** Permits that the process got ahead and now accounts for. */
  readonly lent: number;
  /** Those of them that it did not use. */
  readonly unused: number;
  /** Requests that wait. */
  readonly need: number;
  /** Permits wanted for requests to come. */
  readonly ahead: number;
}

export interface Answer {
  readonly needed: number;
  readonly ahead: number;
  /** Permits of the window that are handed out, these included. */
  readonly taken: number;
  readonly window: Date;
  /** Time until the window ends. */
  readonly windowMs: number;
  /** Time until permits that other processes hold ahead have been used or are back; 0 = nobody holds any. */
  readonly othersMs: number;
}

interface Row {
  bucket: string;
  taken: number;
  lent: number;
  ends_at: Date;
  lent_until: Date;
  now: Date;
}

/**
 * The windows of all buckets, one row each in MySQL, by its clock: what the processes of an installation have taken
 * together. Rows are only ever locked for one short transaction.
 */
export class WindowsTable {
  constructor(
    private readonly database: Queryable & Batching,
    private readonly limit: number,
  ) {}

  /** Answers questions about different buckets, in their order: one transaction, two round trips. */
  settle(asks: readonly Ask[]): Promise<readonly Answer[]> {
    const buckets = asks.map(({ bucket }) => bucket).toSorted();
    return this.retried(() =>
      this.database.batch<[object, Row], readonly Answer[]>(
        [lockRows(buckets), readRows(buckets)],
        ([, rows]) => {
          const byBucket = new Map(rows.map((row) => [row.bucket, row]));
          const settled = asks.map((ask) =>
            this.settleRow(ask, byBucket.get(ask.bucket) ?? missing(ask.bucket)),
          );
          const write = writeRows(settled.map(({ row }) => row));
          return { writes: [write], result: settled.map(({ answer }) => answer) };
        },
      ),
    );
  }

  private settleRow(ask: Ask, stored: Row): { row: Row; answer: Answer } {
    const now = stored.now.getTime();
    const row = stored.ends_at.getTime() <= now ? fresh(ask.bucket, stored.now) : { ...stored };
    if (ask.window?.getTime() === row.ends_at.getTime()) {
      row.taken = Math.max(0, row.taken - ask.unused);
      row.lent = Math.max(0, row.lent - ask.lent);
    }
    // A process that died with permits in hand never accounts for them: after their time nobody waits for them any more.
    if (row.lent_until.getTime() <= now) row.lent = 0;
    const othersMs = row.lent === 0 ? 0 : row.lent_until.getTime() - now;
    const { needed, ahead } = handOut({
      limit: this.limit,
      taken: row.taken,
      need: ask.need,
      ahead: ask.ahead,
    });
    row.taken += needed + ahead;
    row.lent += ahead;
    if (ahead > 0) row.lent_until = new Date(now + LEASE_MS);
    const { taken, ends_at: window } = row;
    return { row, answer: { needed, ahead, taken, window, windowMs: window.getTime() - now, othersMs } };
  }

  /** Deletes windows that ended a while ago, a bounded number of them. */
  async purge(): Promise<number> {
    let deleted = 0;
    for (let batch = 0; batch < MOST_PURGE_BATCHES; batch += 1) {
      const { affectedRows } = await this.retried(() =>
        this.database.execute(
          `DELETE FROM eg_request_windows WHERE ends_at < NOW(3) - INTERVAL ? MICROSECOND ORDER BY ends_at LIMIT ?`,
          [KEEP_MS * 1_000, PURGE_BATCH],
        ),
      );
      deleted += affectedRows;
      if (affectedRows < PURGE_BATCH) break;
    }
    return deleted;
  }

  private async retried<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work();
      } catch (error) {
        if (attempt === MOST_ATTEMPTS || !isDeadlock(error)) throw error;
      }
    }
  }
}

/** Changes nothing in rows that are there, but locks them, in the order of their keys: processes wait, none deadlocks. */
function lockRows(buckets: readonly string[]): Statement {
  const untouched = new Date(0);
  return {
    sql: `INSERT INTO eg_request_windows (bucket, taken, lent, ends_at, lent_until) VALUES ?
          ON DUPLICATE KEY UPDATE bucket = VALUES(bucket)`,
    params: [buckets.map((bucket) => [bucket, 0, 0, untouched, untouched])],
  };
}

function readRows(buckets: readonly string[]): Statement {
  return {
    sql: `SELECT bucket, taken, lent, ends_at, lent_until, NOW(3) AS now
          FROM eg_request_windows WHERE bucket IN (?) FOR UPDATE`,
    params: [buckets],
  };
}

function writeRows(rows: readonly Row[]): Statement {
  return {
    sql: `INSERT INTO eg_request_windows (bucket, taken, lent, ends_at, lent_until) VALUES ?
          ON DUPLICATE KEY UPDATE taken = VALUES(taken), lent = VALUES(lent), ends_at = VALUES(ends_at),
            lent_until = VALUES(lent_until)`,
    params: [rows.map((row) => [row.bucket, row.taken, row.lent, row.ends_at, row.lent_until])],
  };
}

function isDeadlock(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === 'ER_LOCK_DEADLOCK';
}

function fresh(bucket: string, now: Date): Row {
  const none = new Date(0);
  return { bucket, taken: 0, lent: 0, ends_at: new Date(now.getTime() + WINDOW_MS), lent_until: none, now };
}

function missing(bucket: string): never {
  throw new Error(`the window of ${bucket} is gone while its row is locked`);
}
