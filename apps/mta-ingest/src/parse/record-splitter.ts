import { RecordPiece } from './record-piece.js';

/** Why bytes were set aside instead of becoming a record. */
export type SplitFault = 'unbalanced-quote' | 'too-long' | 'resync' | 'truncated-tail';

/** One record, or bytes that are none. `offset` and `length` are in bytes of the (decompressed) file. */
export type Piece =
  | RecordPiece
  | {
      kind: 'bad';
      offset: number;
      length: number;
      /** At most `KEPT_BYTES` of them. */
      bytes: Buffer;
      reason: SplitFault;
    };

/** A record may be this long and hold this many line breaks inside quotes; beyond, a quote was never closed. */
export const MAX_RECORD_BYTES = 1024 * 1024;
export const MAX_LINE_BREAKS = 64;
/** How much of a bad piece is kept for people to look at. */
export const KEPT_BYTES = 64 * 1024;

const LF = 0x0a;
const CR = 0x0d;
const QUOTE = 0x22;
const COMMA = 0x2c;
const NOTHING = Buffer.alloc(0);
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

const enum At {
  CellStart,
  Bare,
  Quoted,
  /** After a quote that was inside a quoted cell: the cell's end, or the first half of a doubled quote. */
  QuoteEnd,
  /** After `"` and CR: the record's end when LF follows. */
  QuoteEndCr,
}

type Scan =
  { state: 'complete'; end: number } | { state: 'incomplete' } | { state: 'broken'; reason: SplitFault };

/**
 * Bytes to records, RFC 4180: a record ends at LF or CRLF outside quotes; a quote opens a cell only where the cell begins,
 * so a bare quote elsewhere is text. A lone CR is data. A byte order mark is taken off the start of a file.
 *
 * A torn row can leave a quote open, which would swallow the rows after it. So a record is bounded, and a quoted cell that
 * spans lines must close properly; otherwise only its first line is set aside, and reading goes on at the next line that
 * `isRow` takes. What comes out depends on the bytes alone, never on how they were cut into chunks.
 *
 * Pull, do not push: take pieces with `next()` until it answers undefined, then `push()` more bytes, or write them into its `room()`.
 */
export class RecordSplitter {
  private buffer: Buffer = NOTHING;
  /** What `room` gives, `buffer` is the beginning of it. */
  private storage: Buffer = NOTHING;
  /** Index in `buffer` of the first byte not handed out yet, and where that byte is in the file. */
  private start = 0;
  private base: number;
  private ended = false;
  private resyncing = false;
  /** A line that is too long: only its beginning is kept while its end is looked for. */
  private skipped: { offset: number; length: number; head: Buffer } | undefined;

  /** Progress of the scan of the record at `start`, kept so that small chunks do not make it quadratic. */
  private position = 0;
  private at: At = At.CellStart;
  private breaks = 0;
  private firstBreak = -1;
  private nextQuote = -2;

  /**
   * @param offset where in the file the first byte pushed is.
   * @param isRow whether a record looks like a row of this file; asked only after a broken record.
   * @param quotes false for formats in which a line is a record whatever it holds.
   */
  constructor(
    offset: number,
    private readonly isRow: (record: RecordPiece) => boolean,
    private readonly quotes = true,
  ) {
    this.base = offset;
  }

  /** File offset of the first byte that no piece has covered yet: what a checkpoint may store. */
  get offset(): number {
    return this.skipped?.offset ?? this.base + this.start;
  }

  /** File offset after the last byte pushed. */
  get readOffset(): number {
    return this.base + this.buffer.length;
  }

  push(chunk: Buffer): void {
    const rest = this.buffer.subarray(this.start);
    this.goOnIn(rest.length === 0 ? chunk : Buffer.concat([rest, chunk]));
  }

  /**
   * Where to write the next bytes: reading into the same memory again and again spares half of what reading costs. Pieces that were
   * taken before are not to be used any more. Call `filled` next.
   *
   * @param length most bytes that follow
   */
  room(length: number): Buffer {
    const rest = this.buffer.subarray(this.start);
    const needed = rest.length + length;
    if (this.storage.length < needed) this.storage = Buffer.allocUnsafeSlow(needed + (rest.length >> 1));
    rest.copy(this.storage);
    this.goOnIn(this.storage.subarray(0, rest.length));
    return this.storage.subarray(rest.length, needed);
  }

  /** How many bytes were written into the room; after none at all the memory is given back. */
  filled(length: number): void {
    const { buffer } = this;
    if (length > 0) this.buffer = this.storage.subarray(0, buffer.length + length);
    else {
      this.buffer = Buffer.from(buffer);
      this.storage = NOTHING;
    }
  }

  private goOnIn(buffer: Buffer): void {
    this.base += this.start;
    this.position -= this.start;
    if (this.firstBreak >= 0) this.firstBreak -= this.start;
    this.start = 0;
    this.nextQuote = -2;
    this.buffer = buffer;
  }

  /** Nothing will follow: the last line needs no line ending any more. */
  end(): void {
    this.ended = true;
  }

  next(): Piece | undefined {
    if (this.skipped) return this.skipLine();
    if (!this.stripByteOrderMark()) return undefined;
    if (this.start === this.buffer.length) return undefined;
    const scan = this.scan();
    if (scan.state === 'complete') return this.complete(scan.end);
    if (scan.state === 'broken') return this.setFirstLineAside(scan.reason);
    if (!this.ended) return undefined;
    if (this.at !== At.Quoted) return this.unterminated();
    return this.setFirstLineAside('truncated-tail');
  }

  /** @returns false while it cannot be told yet. */
  private stripByteOrderMark(): boolean {
    if (this.base + this.start !== 0) return true;
    const head = this.buffer.subarray(0, BOM.length);
    if (head.equals(BOM)) this.moveTo(BOM.length);
    else if (!this.ended && head.length < BOM.length && BOM.subarray(0, head.length).equals(head))
      return false;
    return true;
  }

  private scan(): Scan {
    const { buffer, start } = this;
    if (this.position === start) {
      const lineEnd = buffer.indexOf(LF, start);
      if (lineEnd < 0 && buffer.length - start <= MAX_RECORD_BYTES && !this.ended)
        return { state: 'incomplete' };
      if (this.nextQuote < start && this.nextQuote !== -1)
        this.nextQuote = this.quotes ? buffer.indexOf(QUOTE, start) : -1;
      const plain = this.nextQuote < 0 || (lineEnd >= 0 && this.nextQuote > lineEnd);
      if (lineEnd >= 0 && (plain || this.closesWithin(lineEnd))) {
        return lineEnd - start > MAX_RECORD_BYTES
          ? { state: 'broken', reason: 'too-long' }
          : { state: 'complete', end: lineEnd };
      }
    }
    return this.scanCells();
  }

  /** Whether every quoted cell that begins on the line also ends on it: from quote to quote, as `scanCells` would find it. */
  private closesWithin(lineEnd: number): boolean {
    const { buffer, start } = this;
    let quote = this.nextQuote;
    while (quote >= 0 && quote < lineEnd) {
      const opens = quote === start || buffer[quote - 1] === COMMA;
      let from = quote + 1;
      for (let open = opens; open;) {
        const end = buffer.indexOf(QUOTE, from);
        if (end < 0 || end > lineEnd) return false;
        open = buffer[end + 1] === QUOTE;
        from = open ? end + 2 : end + 1;
      }
      quote = buffer.indexOf(QUOTE, from);
    }
    this.nextQuote = quote;
    return true;
  }

  private scanCells(): Scan {
    const { buffer, start } = this;
    const limit = start + MAX_RECORD_BYTES;
    while (this.position < buffer.length) {
      if (this.position > limit)
        return { state: 'broken', reason: this.firstBreak < 0 ? 'too-long' : 'unbalanced-quote' };
      const byte = buffer[this.position];
      switch (this.at) {
        case At.Quoted:
          if (byte === QUOTE) this.at = At.QuoteEnd;
          else if (byte === LF) {
            if (this.firstBreak < 0) this.firstBreak = this.position;
            if (++this.breaks > MAX_LINE_BREAKS) return { state: 'broken', reason: 'unbalanced-quote' };
          }
          break;
        case At.QuoteEnd:
        case At.QuoteEndCr:
          if (byte === LF) return { state: 'complete', end: this.position };
          if (this.at === At.QuoteEnd && byte === QUOTE) this.at = At.Quoted;
          else if (this.at === At.QuoteEnd && byte === COMMA) this.at = At.CellStart;
          else if (this.at === At.QuoteEnd && byte === CR) this.at = At.QuoteEndCr;
          else if (this.firstBreak >= 0) return { state: 'broken', reason: 'unbalanced-quote' };
          else this.at = byte === COMMA ? At.CellStart : At.Bare;
          break;
        case At.CellStart:
        case At.Bare:
          if (byte === LF) return { state: 'complete', end: this.position };
          if (byte === COMMA) this.at = At.CellStart;
          else this.at = byte === QUOTE && this.at === At.CellStart && this.quotes ? At.Quoted : At.Bare;
          break;
      }
      this.position += 1;
    }
    return { state: 'incomplete' };
  }

  private complete(end: number): Piece | undefined {
    const { buffer, start } = this;
    const stop = end > start && buffer[end - 1] === CR ? end - 1 : end;
    const piece = new RecordPiece(buffer, start, stop, this.offset, end + 1 - start, true);
    if (this.resyncing) {
      if (!this.isRow(piece)) return this.setFirstLineAside('resync');
      this.resyncing = false;
    }
    this.moveTo(end + 1);
    return piece;
  }

  /** The unterminated last line of a finished file; whoever knows the header decides whether it is whole. */
  private unterminated(): Piece {
    const { buffer, start } = this;
    const piece = new RecordPiece(buffer, start, buffer.length, this.offset, buffer.length - start, false);
    this.moveTo(buffer.length);
    return piece;
  }

  private setFirstLineAside(reason: SplitFault): Piece | undefined {
    const lineEnd = this.firstBreak >= 0 ? this.firstBreak : this.buffer.indexOf(LF, this.start);
    if (lineEnd < 0) {
      const rest = this.buffer.subarray(this.start);
      this.skipped = {
        offset: this.offset,
        length: rest.length,
        head: Buffer.from(rest.subarray(0, KEPT_BYTES)),
      };
      this.moveTo(this.buffer.length);
      return this.skipLine(reason);
    }
    const bytes = this.buffer.subarray(this.start, Math.min(lineEnd, this.start + KEPT_BYTES));
    const piece: Piece = {
      kind: 'bad',
      offset: this.offset,
      length: lineEnd + 1 - this.start,
      bytes,
      reason,
    };
    this.moveTo(lineEnd + 1);
    this.resyncing = reason !== 'too-long' || this.resyncing;
    return piece;
  }

  private skipLine(reason: SplitFault = 'too-long'): Piece | undefined {
    const skipped = this.skipped;
    if (!skipped) return undefined;
    const lineEnd = this.buffer.indexOf(LF, this.start);
    const stop = lineEnd < 0 ? this.buffer.length : lineEnd + 1;
    skipped.length += stop - this.start;
    this.moveTo(stop);
    if (lineEnd < 0 && !this.ended) return undefined;
    this.skipped = undefined;
    return { kind: 'bad', offset: skipped.offset, length: skipped.length, bytes: skipped.head, reason };
  }

  private moveTo(index: number): void {
    this.start = index;
    this.position = index;
    this.at = At.CellStart;
    this.breaks = 0;
    this.firstBreak = -1;
  }
}
