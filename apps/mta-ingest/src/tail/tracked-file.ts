import { CsvRowParser, JsonLinesParser } from '../parse/row-parser.js';
import type { Parsed, RowParser } from '../parse/row-parser.js';
import { CHUNK_BYTES, CorruptCompression, NameReused, openSource } from './byte-source.js';
import type { ByteSource } from './byte-source.js';
import type { Checkpoint, Counters, FileState } from './checkpoints.js';
import { formatOf } from './file-names.js';
import type { Format } from './file-names.js';
import { fits, markOf } from './identity.js';
import type { Mark } from './identity.js';
import type { RowSource } from './row-source.js';
import { isAbsent } from './scan.js';
import type { FoundFile } from './scan.js';

/** A file whose size did not change for this long is not being written: its last line may be taken without an ending. */
export const SETTLED_AFTER_MS = 2_000;
/** An idle file is closed after this; until then its handle follows it through renaming and deletion. */
const CLOSE_AFTER_MS = 60_000;

const FIRST_REST_MS = 1_000;
const LONGEST_REST_MS = 60_000;

/** What `pull` answers when there is no row: nothing at present, or a reason to look at the file anew. */
export type Pause = 'drained' | 'finished' | 'replaced' | 'corrupt';

export interface FileStart {
  identity: string;
  offset: number;
  columns: readonly string[] | null;
  mark: Mark | null;
  counters: Counters;
  state: FileState;
  packed: boolean;
}

/** One accounting file being read: position, columns and counters, from which its checkpoint is made. */
export class TrackedFile implements RowSource {
  readonly identity: string;
  readonly format: Format;
  readonly inode: string;
  readonly packed: boolean;
  readonly counters: Counters;
  path: string;
  size: number;
  state: FileState;
  /** The MTA writes elsewhere now, or the file was deleted: an exact last row needs no line ending. */
  closed = false;
  private readonly parser: RowParser;
  private source: ByteSource | undefined;
  private lastMark: Mark | null;
  /** Since `lastMark`. */
  private lastPiece: { offset: number; bytes: Buffer } | undefined;
  private changedAt: number;
  private verified = false;
  private gone = false;
  private drained = true;
  private restUntil = 0;
  private restMs = 0;

  constructor(found: FoundFile, start: FileStart, now: number) {
    this.identity = start.identity;
    this.format = formatOf(found.path);
    this.inode = found.inode;
    this.path = found.path;
    this.size = found.size;
    this.packed = start.packed;
    this.counters = { ...start.counters };
    this.lastMark = start.mark;
    this.state = start.state;
    this.changedAt = now;
    this.parser =
      this.format === 'jsonl'
        ? new JsonLinesParser(start.offset)
        : new CsvRowParser(start.offset, start.columns);
  }

  /** Takes note of what the folder shows now. */
  observe(found: FoundFile, superseded: boolean, now: number): void {
    this.path = found.path;
    this.gone = false;
    this.closed = superseded || this.packed;
    if (found.size === this.size) return;
    this.size = found.size;
    this.changedAt = now;
    this.verified = false;
  }

  /** Whether `pull` may find something. */
  wantsReading(now: number): boolean {
    if (this.state !== 'live' || now < this.restUntil) return false;
    const settled = now - this.changedAt >= SETTLED_AFTER_MS;
    if (this.gone) return this.source !== undefined || !this.drained;
    // A full batch may have left rows behind that were read from the file already.
    if (!this.drained) return true;
    // A compressed file is read when nobody is copying it any more.
    if (this.packed) return settled;
    return this.size > this.parser.readOffset || (this.closed && settled);
  }

  /** The folder does not show the file any more. @returns whether its last bytes can still be read through the open handle. */
  vanish(): boolean {
    this.gone = true;
    this.closed = true;
    return this.state === 'live' && (this.source !== undefined || !this.drained);
  }

  /** Whether the file has fewer bytes than were read from it. */
  wasCut(found: FoundFile): boolean {
    return !this.packed && found.size < this.parser.readOffset;
  }

  /** Bytes on disk that are not published; 0 for compressed files that are done. */
  get lag(): number {
    if (this.packed) return this.state === 'live' ? this.size : 0;
    return Math.max(0, this.size - this.parser.offset);
  }

  /** Columns in force for what was pulled last. */
  get columns(): readonly string[] | null {
    return this.parser.columns;
  }

  /** The next row of the bytes that were read already; undefined when more must be read, see `pull`. */
  take(): Parsed | undefined {
    const parsed = this.parser.next();
    return parsed && this.note(parsed);
  }

  async pull(now: number): Promise<Parsed | Pause> {
    for (;;) {
      const parsed = this.parser.next();
      if (parsed) return this.note(parsed);
      const length = await this.read();
      if (typeof length !== 'number') return length;
      if (length > 0) continue;
      this.drained = true;
      if (!this.closed || now - this.changedAt < SETTLED_AFTER_MS) return 'drained';
      this.parser.end();
      const last = this.parser.next();
      if (last) return this.note(last);
      this.state = 'finished';
      await this.close();
      return 'finished';
    }
  }

  private get mark(): Mark | null {
    return this.lastPiece === undefined ? this.lastMark : markOf(this.lastPiece);
  }

  /** The bytes of the last piece are about to be overwritten. */
  private keepMark(): void {
    this.lastMark = this.mark;
    this.lastPiece = undefined;
  }

  checkpoint(): Checkpoint {
    const { identity, path, size, mark, state } = this;
    const { offset, columns } = this.parser;
    return { identity, path, size, offset, columns, mark, counters: { ...this.counters }, state };
  }

  /** Leaves the file alone for a while, longer each time: it cannot be read at present. */
  async rest(now: number): Promise<void> {
    this.restMs = Math.min(LONGEST_REST_MS, Math.max(FIRST_REST_MS, 2 * this.restMs));
    this.restUntil = now + this.restMs;
    // What was begun to be unpacked is of no use any more; a plain file that was deleted is there through its handle alone.
    if (this.packed) await this.close();
  }

  async closeWhenIdle(now: number): Promise<void> {
    if (now - this.changedAt > CLOSE_AFTER_MS && this.lag === 0) await this.close();
  }

  async close(): Promise<void> {
    const source = this.source;
    this.source = undefined;
    await source?.close();
  }

  /** Reads on into the parser. @returns how many bytes */
  private async read(): Promise<number | 'replaced' | 'corrupt'> {
    try {
      this.source ??= (await openSource(this.path, this.inode, this.parser.readOffset)).source;
      if (!(await this.isStillTheSame(this.source))) return 'replaced';
      this.keepMark();
      const length = await this.source.read(this.parser.room(CHUNK_BYTES));
      this.parser.filled(length);
      this.restMs = 0;
      return length;
    } catch (error) {
      if (error instanceof NameReused || isAbsent(error)) return 'replaced';
      if (!(error instanceof CorruptCompression)) throw error;
      this.state = 'failed';
      await this.close();
      return 'corrupt';
    }
  }

  /** A file that was cut and written beyond the old place between two looks shows itself only by what it holds there. */
  private async isStillTheSame(source: ByteSource): Promise<boolean> {
    if (this.verified || !this.mark) return true;
    const bytes = await source.peek(this.mark.offset, this.mark.length);
    this.verified = true;
    return bytes === undefined || fits(this.mark, bytes);
  }

  private note(parsed: Parsed): Parsed {
    this.drained = false;
    if (parsed.kind === 'row' || parsed.kind === 'bad') this.lastPiece = parsed;
    return parsed;
  }
}
