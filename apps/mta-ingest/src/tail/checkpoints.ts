import type { Database, SqlValue } from '#platform/database/database';
import type { Mark } from './identity.js';

/** `failed`: compressed bytes that cannot be decoded; read again when the file changes. */
export type FileState = 'live' | 'finished' | 'failed';

export interface Counters {
  rows: number;
  events: number;
  bad: number;
  skipped: number;
}

/** How far one file has been published (table `ingest_checkpoints`). */
export interface Checkpoint {
  identity: string;
  path: string;
  /** Bytes on disk when it was last looked at. */
  size: number;
  /** Decompressed bytes up to which everything is published. */
  offset: number;
  columns: readonly string[] | null;
  mark: Mark | null;
  counters: Counters;
  state: FileState;
}

/** Bytes that made no event (table `ingest_quarantine`), kept for people to look at and to ingest again. */
export interface Quarantined {
  identity: string;
  path: string;
  offset: number;
  length: number;
  reason: string;
  /** At most 64 KiB. */
  bytes: Buffer;
}

interface CheckpointRow {
  identity: string;
  path: string;
  size: number;
  offset: number;
  header: string | null;
  row_count: number;
  event_count: number;
  bad_count: number;
  skipped_count: number;
  state: FileState;
}

/** Column `header`: what is needed to go on in mid-file. */
interface Resume {
  columns: readonly string[] | null;
  mark: Mark | null;
}

const CHECKPOINT_COLUMNS =
  'identity, path, size, offset, header, row_count, event_count, bad_count, skipped_count, state';

export class Checkpoints {
  constructor(private readonly database: Database) {}

  /** Checkpoints of every file and epoch that begins with these lines. */
  async findByFingerprint(print: string): Promise<Checkpoint[]> {
    const rows = await this.database.query<CheckpointRow>(
      `SELECT ${CHECKPOINT_COLUMNS} FROM ingest_checkpoints WHERE identity LIKE ?`,
      [`${print}-%`],
    );
    return rows.map(fromRow);
  }

  /** Records progress and what was set aside on the way, together. */
  async save(checkpoints: readonly Checkpoint[], quarantined: readonly Quarantined[]): Promise<void> {
    await this.database.transaction(async (tx) => {
      for (const item of quarantined) {
        // The same place again after a crash is the same finding.
        await tx.execute(
          `INSERT INTO ingest_quarantine (identity, path, offset, length, reason, bytes) VALUES ?
           ON DUPLICATE KEY UPDATE reason = VALUES(reason)`,
          [[[item.identity, clip(item.path), item.offset, item.length, item.reason, item.bytes]]],
        );
      }
      if (checkpoints.length === 0) return;
      await tx.execute(
        `INSERT INTO ingest_checkpoints (${CHECKPOINT_COLUMNS}) VALUES ?
         ON DUPLICATE KEY UPDATE path = VALUES(path), size = VALUES(size), offset = VALUES(offset),
           header = VALUES(header), row_count = VALUES(row_count), event_count = VALUES(event_count),
           bad_count = VALUES(bad_count), skipped_count = VALUES(skipped_count), state = VALUES(state)`,
        [checkpoints.map(toRow)],
      );
    });
  }
}

function toRow({ identity, path, size, offset, columns, mark, counters, state }: Checkpoint): SqlValue[] {
  const resume: Resume = { columns, mark };
  const { rows, events, bad, skipped } = counters;
  return [identity, clip(path), size, offset, JSON.stringify(resume), rows, events, bad, skipped, state];
}

function fromRow(row: CheckpointRow): Checkpoint {
  const resume = row.header === null ? { columns: null, mark: null } : (JSON.parse(row.header) as Resume);
  return {
    identity: row.identity,
    path: row.path,
    size: row.size,
    offset: row.offset,
    ...resume,
    counters: {
      rows: row.row_count,
      events: row.event_count,
      bad: row.bad_count,
      skipped: row.skipped_count,
    },
    state: row.state,
  };
}

const clip = (path: string): string => path.slice(0, 1024);
