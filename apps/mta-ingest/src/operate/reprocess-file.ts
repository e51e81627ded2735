import { resolve } from 'node:path';
import type { ReprocessedFile } from '#contracts/ingest/ingest-operations';
import type { Queryable } from '#platform/database/database';
import type { Batch } from '../publish/batch.js';
import { Publisher } from '../publish/publisher.js';
import type { Quarantine } from '../quarantine/quarantine.js';
import { readRange } from '../tail/byte-source.js';
import { Checkpoints } from '../tail/checkpoints.js';
import type { Checkpoint } from '../tail/checkpoints.js';
import { formatOf, stemOf } from '../tail/file-names.js';
import { epochOf, fingerprint, FINGERPRINT_BYTES, identityOf } from '../tail/identity.js';
import { findFile } from '../tail/scan.js';
import type { FoundFile } from '../tail/scan.js';
import { SETTLED_AFTER_MS, TrackedFile } from '../tail/tracked-file.js';
import { settleRows } from './quarantined-rows.js';
import { Report } from './report.js';
import type { Reprocessing } from './reprocess-rows.js';

/**
 * Reads one accounting file from its start to its last whole row, whatever was read of it before; the checkpoint of the ingest does
 * not move. Rows of it in quarantine that are read well now are marked as done.
 *
 * @throws when there is no such file, or nothing in it that could be read.
 */
export async function reprocessFile(
  path: string,
  options: Reprocessing & { quarantine: Quarantine },
): Promise<ReprocessedFile> {
  const { database, batches, publishing, quarantine } = options;
  const file = await openFromStart(resolve(path), new Checkpoints(database));
  const report = new Report(file.path, publishing === undefined);
  report.size = file.size;
  const stillBad = new Set<number>();
  const storing = {
    save: async (_: unknown, quarantined: Batch['quarantined']): Promise<void> => {
      await database.transaction((tx) => quarantine.store(tx, quarantined));
    },
  };
  try {
    for (let more = true; more;) {
      const batch = await batches.begin();
      more = await fill(batch, file);
      for (const { offset, reason } of batch.quarantined) {
        report.bad(offset, reason);
        stillBad.add(offset);
      }
      if (publishing) await new Publisher(publishing.producer, storing, publishing.log).publish(batch);
    }
  } finally {
    await file.close();
  }
  report.offset = file.checkpoint().offset;
  Object.assign(report.counters, file.counters);
  const open = await openRows(database, file.identity, report.offset);
  // What this reading did not set aside again made its events.
  const done = open.filter(({ offset }) => !stillBad.has(offset)).map(({ id }) => id);
  report.done = done.length;
  if (publishing) await settleRows(database, done, new Map());
  return report.result();
}

function openRows(
  database: Queryable,
  identity: string,
  before: number,
): Promise<{ id: number; offset: number }[]> {
  return database.query(
    'SELECT id, offset FROM ingest_quarantine WHERE identity = ? AND offset < ? AND done_at IS NULL',
    [identity, before],
  );
}

/** @returns whether there is more */
async function fill(batch: Batch, file: TrackedFile): Promise<boolean> {
  while (!batch.isFull) {
    const pulled = file.take() ?? (await file.pull(SETTLED_AFTER_MS));
    if (typeof pulled === 'object') {
      batch.add(file, pulled);
      continue;
    }
    if (pulled === 'replaced') throw new Error(`${file.path} was replaced while it was read`);
    if (pulled === 'corrupt') batch.addCorruption(file);
    return false;
  }
  return true;
}

async function openFromStart(path: string, checkpoints: Checkpoints): Promise<TrackedFile> {
  const found = await findFile(path);
  if (!found) throw new Error(`${path} is no file`);
  const { bytes, packing } = await readRange(path, found.inode, 0, FINGERPRINT_BYTES);
  const print = fingerprint(bytes, formatOf(path) === 'jsonl' ? 1 : 2, true);
  if (print === undefined) throw new Error(`${path} has nothing that could be read`);
  const known = knownAs(found, print, await checkpoints.findByFingerprint(print));
  const file = new TrackedFile(
    found,
    {
      identity: known?.identity ?? identityOf(print, found.inode, 0),
      offset: 0,
      columns: null,
      mark: null,
      counters: { rows: 0, events: 0, bad: 0, skipped: 0 },
      state: 'live',
      packed: packing !== 'none',
    },
    0,
  );
  // The last line of a file that may still be written waits for its ending.
  file.closed = file.packed || known?.state === 'finished';
  return file;
}

/** The ingest's own name for the file, so that its rows in quarantine are found again. */
function knownAs(found: FoundFile, print: string, known: readonly Checkpoint[]): Checkpoint | undefined {
  const own = known
    .filter(({ identity }) => identity.startsWith(`${print}-${found.inode}-e`))
    .sort((a, b) => epochOf(b.identity) - epochOf(a.identity));
  const others = known
    .filter(({ path }) => stemOf(path) === stemOf(found.path))
    .sort((a, b) => b.offset - a.offset);
  return own[0] ?? others[0];
}
