import { Cells } from './cells.js';
import { RecordSplitter, KEPT_BYTES } from './record-splitter.js';
import type { SplitFault } from './record-splitter.js';
import type { RecordPiece } from './record-piece.js';
import { CsvRow, Header, isRecordType, JsonRow } from './row.js';
import type { Row, RowFlag } from './row.js';

export type RowFault = SplitFault | 'no-header' | 'garbage' | 'bad-json';

/** What one piece of the file is. `offset` and `length` are in bytes of the (decompressed) file. */
export type Parsed =
  | ParsedRow
  | { kind: 'bad'; offset: number; length: number; bytes: Buffer; reason: RowFault }
  | { kind: 'header' | 'blank'; offset: number; length: number };

export class ParsedRow {
  readonly kind = 'row';

  constructor(
    private readonly record: RecordPiece,
    readonly row: Row,
  ) {}

  get offset(): number {
    return this.record.offset;
  }
  get length(): number {
    return this.record.length;
  }
  /** Without the line ending. */
  get bytes(): Buffer {
    return this.record.bytes;
  }
}

/**
 * Bytes in, rows out; one per file. Take with `next()` until it answers undefined, then `push()` more bytes, or write them into its
 * `room()`.
 */
export interface RowParser {
  push(chunk: Buffer): void;
  /** Room for so many bytes; ends the use of all that was taken before. See `RecordSplitter.room`. */
  room(length: number): Buffer;
  filled(length: number): void;
  /** Nothing will follow. */
  end(): void;
  next(): Parsed | undefined;
  /** File offset of the first byte that no answer has covered yet: what a checkpoint may store. */
  readonly offset: number;
  /** File offset after the last byte pushed. */
  readonly readOffset: number;
  /** Columns in force at `offset`; null where rows carry their own names, or before the first header. */
  readonly columns: readonly string[] | null;
}

/**
 * CSV with a header line. Any record whose first cell is exactly `type` is a header, also in mid-file: from there on its
 * columns count. A row with fewer cells than the header is padded, one with more keeps what the header names; both are
 * flagged.
 */
export class CsvRowParser implements RowParser {
  private readonly splitter: RecordSplitter;
  private readonly cells = new Cells();
  private header: Header | undefined;

  /** @param columns the header in force at `offset`, when reading goes on in mid-file. */
  constructor(offset: number, columns: readonly string[] | null) {
    this.splitter = new RecordSplitter(offset, (record) => this.looksLikeRow(record));
    this.header = columns ? new Header(columns) : undefined;
  }

  get offset(): number {
    return this.splitter.offset;
  }
  get readOffset(): number {
    return this.splitter.readOffset;
  }
  get columns(): readonly string[] | null {
    return this.header?.columns ?? null;
  }

  push(chunk: Buffer): void {
    this.splitter.push(chunk);
  }
  room(length: number): Buffer {
    return this.splitter.room(length);
  }
  filled(length: number): void {
    this.splitter.filled(length);
  }

  end(): void {
    this.splitter.end();
  }

  next(): Parsed | undefined {
    const piece = this.splitter.next();
    return piece?.kind === 'record' ? this.parse(piece) : piece;
  }

  private parse(record: RecordPiece): Parsed {
    const { offset, length } = record;
    if (record.from === record.to) return { kind: 'blank', offset, length };
    const cells = this.cells.of(record);
    const type = typeOf(cells, record);
    // An unterminated header may be half a header.
    if (type === 'type' && record.terminated) {
      this.header = new Header(cells.texts());
      return { kind: 'header', offset, length };
    }
    if (!this.header) return bad(record, 'no-header');
    const { width } = this.header;
    const exact = cells.count === width;
    if (!record.terminated && !exact) return bad(record, 'truncated-tail');
    // A type that nobody documents is data as long as the row has the file's shape.
    if (!isRecordType(type) && !(exact && /^[a-z]{1,8}$/.test(type))) return bad(record, 'garbage');
    const flags = exact && !cells.hasLaxQuote && !cells.hasInvalidUtf8 ? NO_FLAGS : flagsOf(cells, width);
    return new ParsedRow(record, new CsvRow(this.header, type, record, this.cells, flags));
  }

  private looksLikeRow(record: RecordPiece): boolean {
    const cells = this.cells.of(record);
    const type = typeOf(cells, record);
    return type === 'type' || (isRecordType(type) && cells.count === this.header?.width);
  }
}

function bad({ offset, length, bytes }: RecordPiece, reason: RowFault): Parsed {
  return { kind: 'bad', offset, length, bytes: bytes.subarray(0, KEPT_BYTES), reason };
}

const NO_FLAGS: readonly RowFlag[] = [];

function flagsOf(cells: Cells, width: number): RowFlag[] {
  const flags: RowFlag[] = [];
  if (cells.count < width) flags.push('short-row');
  if (cells.count > width) flags.push('long-row');
  if (cells.hasLaxQuote) flags.push('lax-quote');
  if (cells.hasInvalidUtf8) flags.push('invalid-utf8');
  return flags;
}

/** The first cell. Nearly all are one letter, which needs no new text for each row. */
function typeOf(cells: Cells, { buffer }: RecordPiece): string {
  const isLetter = cells.isPlain[0] === 1 && cells.ends[0] === (cells.starts[0] as number) + 1;
  return isLetter ? (ASCII[buffer[cells.starts[0] as number] as number] as string) : cells.text(0);
}

const ASCII = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));

/** One JSON object per line. */
export class JsonLinesParser implements RowParser {
  private readonly splitter: RecordSplitter;
  readonly columns = null;

  constructor(offset: number) {
    // A line break inside a JSON string is escaped, so a line is a record.
    this.splitter = new RecordSplitter(offset, () => true, false);
  }

  get offset(): number {
    return this.splitter.offset;
  }
  get readOffset(): number {
    return this.splitter.readOffset;
  }

  push(chunk: Buffer): void {
    this.splitter.push(chunk);
  }
  room(length: number): Buffer {
    return this.splitter.room(length);
  }
  filled(length: number): void {
    this.splitter.filled(length);
  }

  end(): void {
    this.splitter.end();
  }

  next(): Parsed | undefined {
    const piece = this.splitter.next();
    if (piece?.kind !== 'record') return piece;
    const { offset, length, bytes } = piece;
    if (bytes.length === 0) return { kind: 'blank', offset, length };
    const row = jsonRow(bytes.toString('utf8'));
    if (!row || !/^[a-z]{1,8}$/.test(row.type))
      return bad(piece, piece.terminated ? 'bad-json' : 'truncated-tail');
    return new ParsedRow(piece, row);
  }
}

function jsonRow(text: string): JsonRow | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? new JsonRow({ ...value }) : undefined;
  } catch (error) {
    // RangeError: a value is nested more deeply than it can be written as text.
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}
