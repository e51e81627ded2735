import { createHash } from 'node:crypto';
import type { SqlValue, Transaction } from '#platform/database/database';
import type { Quarantined } from './quarantined.js';

/** Rows that the quarantine holds unless told otherwise; with rows of ordinary length some 50 MB, never more than 7 GB. */
export const QUARANTINE_ROWS = 100_000;
/** One source may hold this part of it in open rows, so that one file of garbage leaves room for the others. */
const SHARE_OF_A_SOURCE = 0.1;
/** Rows are 64 KiB at most and a statement has to stay below `max_allowed_packet`. */
const STATEMENT_BYTES = 1024 * 1024;

interface Place {
  identity: string;
  offset: number;
}

/**
 * The table of rows that made no event. It is bounded: what was ingested later gives way first, then rows that come find no room
 * and are counted in `ingest_dropped`, by source.
 */
export class Quarantine {
  /** @param most rows that the table may hold. Several processes that write at once may each exceed it by one batch. */
  constructor(private readonly most = QUARANTINE_ROWS) {}

  /**
   * Sets rows aside as part of a transaction. The same place again is the same finding, seen again: one that was done stays so.
   * @returns rows that found no room
   */
  async store(tx: Transaction, items: readonly Quarantined[]): Promise<readonly Quarantined[]> {
    if (items.length === 0) return [];
    const distinct = new Map(items.map((item) => [keyOf(item), item]));
    const known = await tx.query<Place>(
      'SELECT identity, offset FROM ingest_quarantine WHERE (identity, offset) IN (?)',
      [[...distinct.values()].map(({ identity, offset }) => [identity, offset])],
    );
    const knownKeys = new Set(known.map(keyOf));
    const fresh = [...distinct.values()].filter((item) => !knownKeys.has(keyOf(item)));
    const dropped = new Set(fresh.length === 0 ? [] : await this.withoutRoom(tx, fresh));
    await write(
      tx,
      [...distinct.values()].filter((item) => !dropped.has(item)),
    );
    await count(tx, dropped);
    return [...dropped];
  }

  private async withoutRoom(tx: Transaction, fresh: readonly Quarantined[]): Promise<Quarantined[]> {
    let room = this.most - (await countRows(tx, 'SELECT COUNT(*) AS held FROM ingest_quarantine', []));
    if (room < fresh.length) {
      const { affectedRows } = await tx.execute(
        'DELETE FROM ingest_quarantine WHERE done_at IS NOT NULL ORDER BY done_at, id LIMIT ?',
        [fresh.length - room],
      );
      room += affectedRows;
    }
    const rooms = new Map<string, number>();
    const dropped: Quarantined[] = [];
    for (const item of fresh) {
      const source = sourceOf(item.identity);
      const own = rooms.get(source) ?? Math.ceil(this.most * SHARE_OF_A_SOURCE) - (await heldBy(tx, source));
      const fits = room > 0 && own > 0;
      rooms.set(source, fits ? own - 1 : own);
      if (fits) room -= 1;
      else dropped.push(item);
    }
    return dropped;
  }
}

/** Ways in that have no files. Their rows are identified by what they hold: equal rows are one finding. */
export const UNFILED: readonly string[] = ['http', 'stdin'];

/** What rows share that compete for room: a file's identity, or a way in. */
export function sourceOf(identity: string): string {
  return UNFILED.find((way) => identity.startsWith(`${way}-`)) ?? identity;
}

async function heldBy(tx: Transaction, source: string): Promise<number> {
  const place = UNFILED.includes(source) ? "identity LIKE CONCAT(?, '-%')" : 'identity = ?';
  return countRows(tx, `SELECT COUNT(*) AS held FROM ingest_quarantine WHERE ${place} AND done_at IS NULL`, [
    source,
  ]);
}

async function countRows(tx: Transaction, sql: string, params: SqlValue[]): Promise<number> {
  const [row] = await tx.query<{ held: number }>(sql, params);
  return row?.held ?? 0;
}

async function write(tx: Transaction, items: readonly Quarantined[]): Promise<void> {
  const headers = new Map(items.flatMap(({ columns }) => (columns ? [[hashOf(columns), columns]] : [])));
  if (headers.size > 0) {
    await tx.execute('INSERT IGNORE INTO ingest_headers (hash, column_names) VALUES ?', [
      [...headers].map(([hash, columns]) => [hash, JSON.stringify(columns)]),
    ]);
  }
  for (const part of parts(items)) {
    // Columns that were not kept when the row was first seen are taken now.
    await tx.execute(
      `INSERT INTO ingest_quarantine (identity, path, offset, length, reason, bytes, format, header) VALUES ?
       ON DUPLICATE KEY UPDATE reason = IF(done_at IS NULL, VALUES(reason), reason), format = VALUES(format),
         header = VALUES(header), seen_at = CURRENT_TIMESTAMP(6)`,
      [part.map(toRow)],
    );
  }
}

function toRow({ identity, path, offset, length, reason, bytes, format, columns }: Quarantined): SqlValue[] {
  const header = columns ? hashOf(columns) : null;
  return [identity, clipPath(path), offset, length, reason, bytes, format, header];
}

function* parts(items: readonly Quarantined[]): Generator<Quarantined[]> {
  let part: Quarantined[] = [];
  let bytes = 0;
  for (const item of items) {
    if (part.length > 0 && bytes + item.bytes.length > STATEMENT_BYTES) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(item);
    bytes += item.bytes.length;
  }
  if (part.length > 0) yield part;
}

async function count(tx: Transaction, dropped: Iterable<Quarantined>): Promise<void> {
  const bySource = new Map<string, number>();
  for (const { identity } of dropped) {
    const source = sourceOf(identity);
    bySource.set(source, (bySource.get(source) ?? 0) + 1);
  }
  if (bySource.size === 0) return;
  await tx.execute(
    `INSERT INTO ingest_dropped (source, dropped) VALUES ?
     ON DUPLICATE KEY UPDATE dropped = dropped + VALUES(dropped)`,
    [[...bySource]],
  );
}

const keyOf = ({ identity, offset }: Place): string => `${identity} ${offset}`;

const hashOf = (columns: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(columns)).digest('hex').slice(0, 32);

/** As long as the tables' `path`. */
export const clipPath = (path: string): string => path.slice(0, 1024);
