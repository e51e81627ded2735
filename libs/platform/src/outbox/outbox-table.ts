import type { Database } from '../database/database.js';
import type { Lease } from '../leases/lease-keeper.js';

/** A row that waits to be published. */
export interface PendingMessage {
  id: number;
  shard: number;
  topic: string;
  key: Buffer;
  value: Buffer;
  headers: Record<string, string> | null;
}

interface PendingRow {
  id: number;
  shard: number;
  topic: string;
  message_key: Buffer;
  value: Buffer;
  headers: Record<string, string> | null;
}

/**
 * The oldest pending rows of each shard, in the order of their ids. Rows are found by state, never by an id beyond the
 * last: ids are handed out before commit and become visible in another order. One statement, in which each part reads
 * at most `perShard` entries of an index, however much is waiting.
 */
export async function readPending(
  database: Database,
  shards: readonly number[],
  perShard: number,
): Promise<PendingMessage[]> {
  const part = `(SELECT id, shard, topic, message_key, headers, value FROM outbox
    WHERE shard = ? AND state = 'pending' ORDER BY id LIMIT ?)`;
  const rows = await database.query<PendingRow>(
    shards.map(() => part).join(' UNION ALL '),
    shards.flatMap((shard) => [shard, perShard]),
  );
  return rows.map(({ message_key: key, ...row }) => ({ ...row, key })).sort((a, b) => a.id - b.id);
}

/**
 * Marks rows as published where the shard's lease is still the one under which they were read.
 * @returns how many were marked; the others will be published again by whoever took the lease.
 */
export async function markPublished(
  database: Database,
  messages: readonly PendingMessage[],
  leases: readonly Lease[],
): Promise<number> {
  const { affectedRows } = await database.execute(
    `UPDATE outbox JOIN leases ON leases.name = CONVERT(CONCAT('outbox/', outbox.shard) USING ascii)
     SET outbox.state = 'published', outbox.published_at = NOW(6)
     WHERE outbox.id IN (?) AND outbox.state = 'pending' AND (leases.name, leases.token) IN (?)`,
    [messages.map(({ id }) => id), leases.map(({ key, token }) => [key, token])],
  );
  return affectedRows;
}

/** Counting stops here: a backlog beyond it is as alarming as it gets. */
const MOST_COUNTED = 100_000;

export interface Backlog {
  /** Pending rows of the shards, counted up to 100 000. */
  pending: number;
  /** Seconds since the oldest of them was written; 0 when there is none. */
  oldestSeconds: number;
}

/** What is waiting in the shards. */
export async function readBacklog(database: Database, shards: readonly number[]): Promise<Backlog> {
  if (shards.length === 0) return { pending: 0, oldestSeconds: 0 };
  const [counted] = await database.query<{ pending: number }>(
    `SELECT COUNT(*) AS pending FROM
       (SELECT 1 FROM outbox WHERE shard IN (?) AND state = 'pending' LIMIT ?) AS counted`,
    [shards, MOST_COUNTED],
  );
  const [oldest] = await database.query<{ micros: number | null }>(
    `SELECT TIMESTAMPDIFF(MICROSECOND, MIN(created_at), NOW(6)) AS micros FROM outbox WHERE id IN
       (SELECT first.id FROM
         (SELECT MIN(id) AS id FROM outbox WHERE shard IN (?) AND state = 'pending' GROUP BY shard) AS first)`,
    [shards],
  );
  return { pending: counted?.pending ?? 0, oldestSeconds: (oldest?.micros ?? 0) / 1_000_000 };
}

/**
 * Deletes rows that were published longer ago than `keepMs`, at most `limit` in one statement.
 * @returns how many were deleted; `limit` means that there may be more.
 */
export async function purgePublished(database: Database, keepMs: number, limit: number): Promise<number> {
  const { affectedRows } = await database.execute(
    `DELETE FROM outbox WHERE state = 'published' AND published_at < NOW(6) - INTERVAL ? MICROSECOND
     ORDER BY published_at LIMIT ?`,
    [keepMs * 1_000, limit],
  );
  return affectedRows;
}
