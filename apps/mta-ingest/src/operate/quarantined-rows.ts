import type {
  NotReprocessable,
  QuarantineSample,
  QuarantineSelection,
} from '#contracts/ingest/ingest-operations';
import type { Queryable, SqlValue } from '#platform/database/database';
import type { Format } from '../tail/file-names.js';

/** A row in quarantine, as much of it as tells whether it can be read again. */
export interface KeptRow {
  id: number;
  offset: number;
  length: number;
  reason: string;
  format: Format | null;
  /** How many bytes are kept. */
  kept: number;
  columns: readonly string[] | null;
}

/** What is needed to read it again. */
export interface QuarantinedRow extends KeptRow {
  identity: string;
  path: string;
  bytes: Buffer;
}

/** Reasons that tell of bytes which were no whole row. Taken by themselves they might make a row that nobody wrote. */
const DAMAGED = new Set(['unbalanced-quote', 'too-long', 'resync', 'truncated-tail', 'corrupt-compression']);
/** CR and LF. */
const LONGEST_ENDING = 2;

export function whyNot({ reason, format, columns, length, kept }: KeptRow): NotReprocessable | null {
  if (DAMAGED.has(reason)) return 'damaged';
  if (format === null || (format === 'csv' && columns === null)) return 'no-columns';
  return length - kept > LONGEST_ENDING ? 'cut' : null;
}

const JOINED = 'FROM ingest_quarantine q LEFT JOIN ingest_headers h ON h.hash = q.header';

/** Open rows with an id above `after`, in the order of ids. */
export async function readRows(
  database: Queryable,
  selection: QuarantineSelection,
  { after, most }: { after: number; most: number },
): Promise<QuarantinedRow[]> {
  const { sql, values } = openOnes(selection);
  return database.query<QuarantinedRow>(
    `SELECT q.id, q.identity, q.path, q.offset, q.length, q.reason, q.format, q.bytes, LENGTH(q.bytes) AS kept,
       h.column_names AS columns ${JOINED}
     WHERE ${sql} AND q.id > ? ORDER BY q.id LIMIT ?`,
    [...values, after, most],
  );
}

function openOnes({ ids, reason, file }: QuarantineSelection): { sql: string; values: SqlValue[] } {
  const conditions: [sql: string, value: SqlValue][] = [
    ...(ids ? [['q.id IN (?)', ids] as [string, SqlValue]] : []),
    ...(reason === undefined ? [] : [['q.reason = ?', reason] as [string, SqlValue]]),
    ...(file === undefined ? [] : [['q.path = ?', file] as [string, SqlValue]]),
  ];
  return {
    sql: ['q.done_at IS NULL', ...conditions.map(([sql]) => sql)].join(' AND '),
    values: conditions.map(([, value]) => value),
  };
}

/** Marks open rows as done that nobody will ingest; they give way first when room is needed. @returns how many */
export async function dismissRows(database: Queryable, selection: QuarantineSelection): Promise<number> {
  const { sql, values } = openOnes(selection);
  const { affectedRows } = await database.execute(
    `UPDATE ingest_quarantine q SET q.done_at = CURRENT_TIMESTAMP(6) WHERE ${sql}`,
    values,
  );
  return affectedRows;
}

/** Rows of one file (or way in without files) that were set aside for one reason. */
export interface ReasonCount {
  /** Identity of the file, or `http` or `stdin`. */
  source: string;
  path: string;
  reason: string;
  open: number;
  done: number;
}

const SOURCE = "IF(identity LIKE 'http-%', 'http', IF(identity LIKE 'stdin-%', 'stdin', identity))";

export async function countByReason(database: Queryable): Promise<ReasonCount[]> {
  const counts = await database.query<Omit<ReasonCount, 'open' | 'done'> & { open: string; done: string }>(
    `SELECT ${SOURCE} AS source, MAX(path) AS path, reason, SUM(done_at IS NULL) AS open, SUM(done_at IS NOT NULL) AS done
     FROM ingest_quarantine GROUP BY source, reason ORDER BY source, reason`,
  );
  return counts.map((count) => ({ ...count, open: Number(count.open), done: Number(count.done) }));
}

const SHOWN_BYTES = 240;

interface SampleRow extends KeptRow {
  source: string;
  head: Buffer;
  created_at: Date;
  seen_at: Date;
  tried_at: Date | null;
}

/** The oldest open rows of each source and reason. */
export async function readSamples(
  database: Queryable,
  most: number,
): Promise<(QuarantineSample & { source: string; reason: string })[]> {
  const rows = await database.query<SampleRow>(
    `SELECT r.source, q.id, q.offset, q.length, q.reason, q.format, LENGTH(q.bytes) AS kept, h.column_names AS columns,
       LEFT(q.bytes, ?) AS head, q.created_at, q.seen_at, q.tried_at
     FROM (SELECT id, ${SOURCE} AS source, ROW_NUMBER() OVER (PARTITION BY ${SOURCE}, reason ORDER BY id) AS nth
           FROM ingest_quarantine WHERE done_at IS NULL) r
     JOIN ingest_quarantine q ON q.id = r.id LEFT JOIN ingest_headers h ON h.hash = q.header
     WHERE r.nth <= ? ORDER BY q.id`,
    [SHOWN_BYTES, most],
  );
  return rows.map((row) => ({
    source: row.source,
    reason: row.reason,
    id: row.id,
    offset: row.offset,
    length: row.length,
    firstSeen: row.created_at.toISOString(),
    lastSeen: row.seen_at.toISOString(),
    tried: row.tried_at?.toISOString() ?? null,
    notReprocessable: whyNot(row),
    shown: showSafely(row.head),
  }));
}

/** Text of bytes that anybody may have written: control and format characters, also invisible ones, as `\u{…}`. */
export function showSafely(bytes: Buffer): string {
  return bytes
    .toString('utf8')
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

/** Records what became of rows that were tried again. @param stillBad ids by their reason now */
export async function settleRows(
  database: Queryable,
  done: readonly number[],
  stillBad: ReadonlyMap<string, readonly number[]>,
): Promise<void> {
  if (done.length > 0) {
    await database.execute(
      'UPDATE ingest_quarantine SET done_at = CURRENT_TIMESTAMP(6), tried_at = CURRENT_TIMESTAMP(6) WHERE id IN (?)',
      [done],
    );
  }
  for (const [reason, ids] of stillBad) {
    await database.execute(
      'UPDATE ingest_quarantine SET reason = ?, tried_at = CURRENT_TIMESTAMP(6) WHERE id IN (?)',
      [reason, ids],
    );
  }
}
