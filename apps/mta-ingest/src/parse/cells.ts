import { isUtf8 } from 'node:buffer';
import { RecordPiece } from './record-piece.js';

const QUOTE = 0x22;
const COMMA = 0x2c;
const EQUALS = 0x3d;

/** What a byte of a cell is: 0 for printable ASCII. */
const CONTROL = 1;
const HIGH = 2;
const QUOTE_MARK = 4;
const SEPARATOR = 8;
/** With which an encoded word (RFC 2047) begins. */
const EQUALS_SIGN = 16;
const KIND = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte === COMMA) return SEPARATOR;
  if (byte === EQUALS) return EQUALS_SIGN;
  if (byte === QUOTE) return QUOTE_MARK;
  if (byte >= 0x80) return HIGH;
  return byte < 0x20 || byte === 0x7f ? CONTROL : 0;
});

const FIRST_CELLS = 64;

const NO_RECORD = new RecordPiece(Buffer.alloc(0), 0, 0, 0, 0, true);

/**
 * The cells of one record (without its line ending), where they lie: nothing is copied or decoded until somebody asks for the
 * text. One object serves record after record.
 */
export class Cells {
  count = 0;
  /** Where each cell begins and ends in the record's buffer; quotes around it are no part of it. */
  starts = new Int32Array(FIRST_CELLS);
  ends = new Int32Array(FIRST_CELLS);
  /** Whether a cell is printable ASCII, as it lies there. Ask `text` for any other. */
  isPlain = new Uint8Array(FIRST_CELLS);
  /** Whether a plain cell has an equals sign. */
  hasEquals = new Uint8Array(FIRST_CELLS);
  /** A quote where RFC 4180 has none; it was taken as text. */
  hasLaxQuote = false;
  /** Bytes that are not UTF-8 become U+FFFD. */
  hasInvalidUtf8 = false;
  private record = NO_RECORD;
  /** Cells whose quotes had to be undone. */
  private readonly unquoted = new Map<number, string>();

  /** The cells of this record; nothing is done when they are there already. */
  of(record: RecordPiece): this {
    if (this.record !== record) this.split(record);
    return this;
  }

  text(cell: number): string {
    const start = this.starts[cell] as number;
    const end = this.ends[cell] as number;
    const { buffer } = this.record;
    if (this.isPlain[cell] === 1) return buffer.toString('latin1', start, end);
    return this.unquoted.get(cell) ?? buffer.toString('utf8', start, end);
  }

  texts(): string[] {
    return Array.from({ length: this.count }, (_, cell) => this.text(cell));
  }

  private split(record: RecordPiece): void {
    const { buffer, from, to } = record;
    this.record = record;
    this.count = 0;
    this.hasLaxQuote = false;
    if (this.unquoted.size > 0) this.unquoted.clear();
    let seen = 0;
    for (let at = from; ; at += 1) {
      const cell = this.count;
      if (cell === this.starts.length) this.grow();
      this.count += 1;
      if (at < to && buffer[at] === QUOTE) {
        at = this.quoted(cell, at);
        seen |= this.isPlain[cell] === 1 ? 0 : HIGH;
      } else {
        this.starts[cell] = at;
        let kinds = 0;
        for (; at < to; at += 1) {
          const kind = KIND[buffer[at] as number] as number;
          if (kind === SEPARATOR) break;
          kinds |= kind;
        }
        this.ends[cell] = at;
        this.isPlain[cell] = (kinds & ~EQUALS_SIGN) === 0 ? 1 : 0;
        this.hasEquals[cell] = (kinds & EQUALS_SIGN) === 0 ? 0 : 1;
        if ((kinds & QUOTE_MARK) !== 0) this.hasLaxQuote = true;
        seen |= kinds;
      }
      if (at >= to) break;
    }
    this.hasInvalidUtf8 = (seen & HIGH) !== 0 && !isUtf8(record.bytes);
  }

  /** A cell that begins with a quote. @returns where the comma behind it is, or the end of the record */
  private quoted(cell: number, from: number): number {
    const { buffer, to } = this.record;
    let kinds = 0;
    let at = from + 1;
    for (; at < to && buffer[at] !== QUOTE; at += 1) kinds |= KIND[buffer[at] as number] as number;
    const end = at + 1;
    if (at < to && (end === to || buffer[end] === COMMA)) {
      this.starts[cell] = from + 1;
      this.ends[cell] = at;
      this.isPlain[cell] = (kinds & ~(SEPARATOR | EQUALS_SIGN)) === 0 ? 1 : 0;
      this.hasEquals[cell] = (kinds & EQUALS_SIGN) === 0 ? 0 : 1;
      return end;
    }
    return this.undoQuotes(cell, from);
  }

  /** Doubled quotes, or quotes that nobody should have written: the text is put together. */
  private undoQuotes(cell: number, from: number): number {
    const { buffer, to } = this.record;
    // Not beyond the record: what follows it in the buffer is another's.
    const record = buffer.subarray(0, to);
    const parts: Buffer[] = [];
    let end = to;
    for (let at = from + 1; ;) {
      const quote = record.indexOf(QUOTE, at);
      if (quote < 0) {
        parts.push(record.subarray(at));
        this.hasLaxQuote = true;
        break;
      }
      if (record[quote + 1] === QUOTE) {
        parts.push(record.subarray(at, quote + 1));
        at = quote + 2;
        continue;
      }
      const comma = record.indexOf(COMMA, quote + 1);
      if (comma >= 0) end = comma;
      parts.push(record.subarray(at, quote), record.subarray(quote + 1, end));
      if (end !== quote + 1) this.hasLaxQuote = true;
      break;
    }
    this.starts[cell] = from;
    this.ends[cell] = end;
    this.isPlain[cell] = 0;
    this.unquoted.set(cell, Buffer.concat(parts).toString('utf8'));
    return end;
  }

  private grow(): void {
    const size = this.starts.length * 2;
    const copied = <Numbers extends Int32Array | Uint8Array>(old: Numbers, larger: Numbers): Numbers => {
      larger.set(old);
      return larger;
    };
    this.starts = copied(this.starts, new Int32Array(size));
    this.ends = copied(this.ends, new Int32Array(size));
    this.isPlain = copied(this.isPlain, new Uint8Array(size));
    this.hasEquals = copied(this.hasEquals, new Uint8Array(size));
  }
}
