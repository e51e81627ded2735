import type { IngestFileStatus, QuarantineReason } from '#contracts/ingest/ingest-operations';
import type { Database } from '#platform/database/database';
import type { Logger } from '#platform/telemetry/logger';
import { parseLoggedTime } from '../map/time.js';
import { UNFILED } from '../quarantine/quarantine.js';
import { Checkpoints } from '../tail/checkpoints.js';
import type { Counters } from '../tail/checkpoints.js';
import { findFiles } from '../tail/scan.js';
import { Tailer } from '../tail/tailer.js';
import { SETTLED_AFTER_MS } from '../tail/tracked-file.js';
import type { TrackedFile } from '../tail/tracked-file.js';
import { countByReason, readSamples } from './quarantined-rows.js';

export interface StatusOptions {
  folder: string;
  database: Database;
  log: Logger;
  /** Rows shown of each file and reason. */
  samples: number;
  /** Wall clock in epoch milliseconds. */
  now?: () => number;
}

/**
 * How far every file of the folder is published, as a process that starts now would go on; then what is known of sources that are
 * not in the folder and have rows in quarantine. Reads only.
 */
export async function ingestStatus(options: StatusOptions): Promise<IngestFileStatus[]> {
  const { folder, database, log, samples, now = Date.now } = options;
  let clock = 0;
  const tailer = new Tailer({ folder, checkpoints: new Checkpoints(database), log, clock: () => clock });
  try {
    await tailer.refresh();
    // Files that the ingest would watch for a moment before it takes them up.
    clock = SETTLED_AFTER_MS;
    await tailer.refresh();
    const known = await knownSources(database, samples);
    const files: IngestFileStatus[] = [];
    for (const file of tailer.files) {
      files.push(await statusOf(file, now(), known.get(file.identity)));
      known.delete(file.identity);
    }
    const taken = new Set(tailer.files.map(({ inode }) => inode));
    for (const { path, inode, size } of await findFiles(folder, () => undefined))
      if (!taken.has(inode)) files.push({ ...emptyStatus(path, 'waiting'), size, lagBytes: size });
    const elsewhere = [...known.entries()].map(([source, { path, ...quarantined }]) => ({
      ...emptyStatus(path, UNFILED.includes(source) ? 'unfiled' : 'gone'),
      ...quarantined,
    }));
    return [...files.sort((a, b) => (a.file < b.file ? -1 : 1)), ...elsewhere];
  } finally {
    await tailer.close();
  }
}

async function statusOf(
  file: TrackedFile,
  now: number,
  quarantined: Omit<Known, 'path'> | undefined,
): Promise<IngestFileStatus> {
  // Reading on moves what the file says of itself.
  const { path, size, lag, state } = file;
  const { offset, counters } = file.checkpoint();
  const { dropped = 0, quarantine = [] } = quarantined ?? {};
  const lagSeconds = lag === 0 ? 0 : await ageOfNextRow(file, now);
  return { file: path, size, offset, ...counters, state, lagBytes: lag, lagSeconds, dropped, quarantine };
}

/** Bad rows have no time that could be trusted; this many are looked through for one that has. */
const MOST_LOOKED_AT = 1_000;

async function ageOfNextRow(file: TrackedFile, now: number): Promise<number | null> {
  let isAnyBad = false;
  for (let looked = 0; looked < MOST_LOOKED_AT; looked++) {
    const pulled = await file.pull(SETTLED_AFTER_MS);
    // A last line without an ending is no row yet.
    if (typeof pulled === 'string') return isAnyBad ? null : 0;
    isAnyBad ||= pulled.kind === 'bad';
    if (pulled.kind !== 'row') continue;
    const loggedAt = parseLoggedTime(pulled.row.get('timelogged'), now);
    if (loggedAt !== undefined) return Math.max(0, Math.round((now - loggedAt) / 1000));
  }
  return null;
}

interface Known {
  path: string;
  dropped: number;
  quarantine: QuarantineReason[];
}

/** What MySQL says of rows that were set aside or dropped, by source. */
async function knownSources(database: Database, samples: number): Promise<Map<string, Known>> {
  const known = new Map<string, Known>();
  const of = (source: string, path: string): Known => {
    const entry = known.get(source) ?? { path, dropped: 0, quarantine: [] };
    known.set(source, entry);
    return entry;
  };
  const shown = samples > 0 ? await readSamples(database, samples) : [];
  for (const { source, path, reason, open, done } of await countByReason(database)) {
    const own = shown.filter((sample) => sample.source === source && sample.reason === reason);
    of(source, path).quarantine.push({
      reason,
      open,
      done,
      samples: own.map(({ source: _source, reason: _reason, ...sample }) => sample),
    });
  }
  const dropped = await database.query<{ source: string; dropped: number; path: string | null }>(
    `SELECT d.source, d.dropped, c.path FROM ingest_dropped d LEFT JOIN ingest_checkpoints c ON c.identity = d.source`,
  );
  for (const { source, dropped: count, path } of dropped) of(source, path ?? source).dropped = count;
  return known;
}

const NOTHING: Counters = { rows: 0, events: 0, bad: 0, skipped: 0 };

function emptyStatus(file: string, state: string): IngestFileStatus {
  const lag = { lagBytes: 0, lagSeconds: 0, dropped: 0, quarantine: [] };
  return { file, size: 0, offset: 0, ...NOTHING, state, ...lag };
}
