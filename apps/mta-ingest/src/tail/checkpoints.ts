import type { Database, SqlValue } from '#platform/database/database';
import { ingestMetrics } from '../ingest-metrics.js';
import { clipPath, Quarantine } from '../quarantine/quarantine.js';
import type { Quarantined } from '../quarantine/quarantined.js';
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
  constructor(
    private readonly database: Database,
    private readonly quarantine = new Quarantine(),
  ) {}

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
    if (checkpoints.length === 0 && quarantined.length === 0) return;
    const dropped = await this.database.transaction(async (tx) => {
      const noRoom = await this.quarantine.store(tx, quarantined);
      if (checkpoints.length === 0) return noRoom;
      await tx.execute(
        `INSERT INTO ingest_checkpoints (${CHECKPOINT_COLUMNS}) VALUES ?
         ON DUPLICATE KEY UPDATE path = VALUES(path), size = VALUES(size), offset = VALUES(offset),
           header = VALUES(header), row_count = VALUES(row_count), event_count = VALUES(event_count),
           bad_count = VALUES(bad_count), skipped_count = VALUES(skipped_count), state = VALUES(state)`,
        [checkpoints.map(toRow)],
      );
      return noRoom;
    });
    for (const { reason } of dropped) ingestMetrics.dropped.inc({ reason });
  }
}

function toRow({ identity, path, size, offset, columns, mark, counters, state }: Checkpoint): SqlValue[] {
  const resume: Resume = { columns, mark };
  const { rows, events, bad, skipped } = counters;
  return [identity, clipPath(path), size, offset, JSON.stringify(resume), rows, events, bad, skipped, state];
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
