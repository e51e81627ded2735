import { dirname } from 'node:path';
import type { Logger } from '#platform/telemetry/logger';
import { NameReused, readRange } from './byte-source.js';
import type { Opening } from './byte-source.js';
import type { Checkpoint, Checkpoints } from './checkpoints.js';
import { formatOf, isSuperseded, newestSequences, sequenceOf, stemOf } from './file-names.js';
import { epochOf, fingerprint, FINGERPRINT_BYTES, fits, identityOf } from './identity.js';
import { findFiles, isAbsent, isFileFault } from './scan.js';
import type { FoundFile } from './scan.js';
import { SETTLED_AFTER_MS, TrackedFile } from './tracked-file.js';
import type { FileStart } from './tracked-file.js';

export interface TailerOptions {
  folder: string;
  checkpoints: Pick<Checkpoints, 'findByFingerprint'>;
  log: Logger;
  /** Milliseconds that only rise. */
  clock?: () => number;
}

/** A file that has no complete first row yet, or is still being copied. */
interface Waiting {
  size: number;
  /** When it was looked into, and for how long it may rest since. */
  since: number;
  pauseMs: number;
}

const LONGEST_PAUSE_MS = 60_000;

/**
 * Knows every accounting file of the folder and where to go on in each. Names are labels: a file is followed by its inode,
 * recognised by its first lines, and after a restart or under another inode (moved to another volume, compressed) by these and
 * by what it holds at the place that was reached.
 */
export class Tailer {
  private readonly tracked = new Map<string, TrackedFile>();
  private readonly waiting = new Map<string, Waiting>();
  private readonly clock: () => number;
  private turn = 0;
  /** Paths that cannot be looked at or read, each told of once. */
  private unreadable = new Set<string>();

  constructor(private readonly options: TailerOptions) {
    this.clock = options.clock ?? (() => performance.now());
  }

  get files(): readonly TrackedFile[] {
    return [...this.tracked.values()];
  }

  /** Looks at the folder. @throws when it cannot be read, or when the checkpoints cannot. */
  async refresh(): Promise<void> {
    const before = this.unreadable;
    this.unreadable = new Set();
    const tell = (path: string, error: unknown): void => {
      this.unreadable.add(path);
      if (!before.has(path)) this.options.log.warn({ path, err: error }, 'accounting.unreadable');
    };
    const found = await findFiles(this.options.folder, tell);
    const newest = newestSequences(found.map(({ path }) => path));
    for (const file of found) {
      await this.look(file, isSuperseded(file.path, newest)).catch((error: unknown) => {
        if (!isFileFault(error)) throw error;
        tell(file.path, error);
      });
    }
    await this.dropMissing(new Set(found.map(({ inode }) => inode)));
  }

  /**
   * Files in which there may be something to read, each time beginning with another one; but those of one sequence in its order, so
   * that the events of a mail come in the order of its rows.
   */
  readable(): TrackedFile[] {
    const now = this.clock();
    const wanted = this.files.filter((file) => file.wantsReading(now));
    const groups = [...Map.groupBy(wanted, ({ path, inode }) => groupOf(path) ?? inode).values()];
    const first = groups.length > 0 ? this.turn++ % groups.length : 0;
    return [...groups.slice(first), ...groups.slice(0, first)].flatMap((group) => group.toSorted(inSequence));
  }

  /** A file could not be read: the others go on. @throws what is no fault of the file system */
  async rest(file: TrackedFile, error: unknown): Promise<void> {
    if (!isFileFault(error)) throw error;
    this.options.log.warn({ path: file.path, err: error }, 'accounting.unreadable');
    await file.rest(this.clock());
  }

  now(): number {
    return this.clock();
  }

  /** The file is not what it was: forget it, so that the next look takes it up anew. */
  async forget(file: TrackedFile): Promise<void> {
    this.tracked.delete(file.inode);
    await file.close();
  }

  async close(): Promise<void> {
    for (const file of this.tracked.values()) await file.close();
    this.tracked.clear();
  }

  private async look(found: FoundFile, superseded: boolean): Promise<void> {
    let file = this.tracked.get(found.inode);
    if (file?.wasCut(found)) {
      this.options.log.warn(
        { path: found.path, size: found.size, read: file.checkpoint().offset },
        'accounting.truncated',
      );
      await this.forget(file);
      file = undefined;
    } else if (file && file.state !== 'live' && file.size !== found.size) {
      await this.forget(file);
      file = undefined;
    }
    file ??= await this.adopt(found, superseded);
    file?.observe(found, superseded, this.clock());
    await file?.closeWhenIdle(this.clock());
  }

  private async adopt(found: FoundFile, superseded: boolean): Promise<TrackedFile | undefined> {
    const settled = this.isSettled(found);
    if (settled === 'unchanged') return undefined;
    const opening = await this.open(found);
    const packed = opening?.packing !== 'none';
    if (!opening || (packed && !settled)) return undefined;
    const lines = formatOf(found.path) === 'jsonl' ? 1 : 2;
    const print = fingerprint(opening.bytes, lines, settled && (packed || superseded));
    if (print === undefined) {
      if (packed && found.size > 0)
        this.options.log.warn({ path: found.path, size: found.size }, 'accounting.unreadable');
      return undefined;
    }
    if (this.isBeingRead(print, found)) return undefined;
    const known = await this.options.checkpoints.findByFingerprint(print);
    const start = await this.startOf(found, print, packed, known);
    const file = new TrackedFile(found, start, this.clock() - (settled ? SETTLED_AFTER_MS : 0));
    this.waiting.delete(found.inode);
    this.tracked.set(found.inode, file);
    this.options.log.info(
      {
        path: found.path,
        identity: start.identity,
        offset: start.offset,
        size: found.size,
        state: start.state,
      },
      'accounting.file-taken-up',
    );
    return file;
  }

  /** Whether the same bytes are not yet read from another file: a compressed copy goes on where the plain file ends. */
  private isBeingRead(print: string, found: FoundFile): boolean {
    return this.files.some(
      ({ identity, path, state, lag }) =>
        identity.startsWith(`${print}-`) &&
        stemOf(path) === stemOf(found.path) &&
        state === 'live' &&
        lag > 0,
    );
  }

  /** `unchanged`: looked at before with the same size, nothing new to learn yet. */
  private isSettled(found: FoundFile): boolean | 'unchanged' {
    const now = this.clock();
    const before = this.waiting.get(found.inode);
    const same = before?.size === found.size;
    if (same && now - before.since < before.pauseMs) return 'unchanged';
    // A file that stays without a row (a header alone, bytes that cannot be decoded) is asked less and less often.
    const pauseMs = same ? Math.min(before.pauseMs * 2, LONGEST_PAUSE_MS) : SETTLED_AFTER_MS;
    this.waiting.set(found.inode, { size: found.size, since: now, pauseMs });
    return same;
  }

  private async open(found: FoundFile): Promise<Opening | undefined> {
    try {
      return await readRange(found.path, found.inode, 0, FINGERPRINT_BYTES);
    } catch (error) {
      if (error instanceof NameReused || isAbsent(error)) return undefined;
      throw error;
    }
  }

  private async startOf(
    found: FoundFile,
    print: string,
    packed: boolean,
    known: Checkpoint[],
  ): Promise<FileStart> {
    const own = known
      .filter(({ identity }) => identity.startsWith(`${print}-${found.inode}-e`))
      .sort((a, b) => epochOf(b.identity) - epochOf(a.identity));
    const others = known
      .filter((checkpoint) => !own.includes(checkpoint) && stemOf(checkpoint.path) === stemOf(found.path))
      .sort((a, b) => b.offset - a.offset);
    const [last] = own;
    for (const candidate of last ? [last, ...others] : others) {
      if (!(await this.continues(candidate, found, packed))) continue;
      const { offset, columns, mark } = candidate;
      if (candidate !== last) {
        const identity = identityOf(print, found.inode, last ? epochOf(last.identity) + 1 : 0);
        return { identity, offset, columns, mark, counters: noCounters(), state: 'live', packed };
      }
      const state = candidate.size === found.size ? candidate.state : 'live';
      return { identity: last.identity, offset, columns, mark, counters: candidate.counters, state, packed };
    }
    const identity = identityOf(print, found.inode, last ? epochOf(last.identity) + 1 : 0);
    return { identity, offset: 0, columns: null, mark: null, counters: noCounters(), state: 'live', packed };
  }

  private async continues(checkpoint: Checkpoint, found: FoundFile, packed: boolean): Promise<boolean> {
    if (!packed && checkpoint.offset > found.size) return false;
    if (!checkpoint.mark) return true;
    const { offset, length } = checkpoint.mark;
    const { bytes } = await readRange(found.path, found.inode, offset, length);
    return fits(checkpoint.mark, bytes);
  }

  /** What is gone from the folder is read to its end through its open handle, then let go. */
  private async dropMissing(present: ReadonlySet<string>): Promise<void> {
    for (const inode of this.waiting.keys()) if (!present.has(inode)) this.waiting.delete(inode);
    for (const [inode, file] of this.tracked) {
      if (present.has(inode)) continue;
      if (file.vanish()) continue;
      if (file.lag > 0)
        this.options.log.warn({ path: file.path, lostBytes: file.lag }, 'accounting.deleted-unread');
      await this.forget(file);
    }
  }
}

/** What the files of one sequence of one folder have in common; undefined for names without a number. */
function groupOf(path: string): string | undefined {
  const sequence = sequenceOf(path);
  return sequence && `${dirname(path)}/${sequence.base}`;
}

function inSequence(one: TrackedFile, other: TrackedFile): number {
  return (sequenceOf(one.path)?.order ?? '') < (sequenceOf(other.path)?.order ?? '') ? -1 : 1;
}

const noCounters = (): Checkpoint['counters'] => ({ rows: 0, events: 0, bad: 0, skipped: 0 });
