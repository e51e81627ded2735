import { ReferenceReader } from '#contracts/reference/reference-reader';
import { TOKEN_LENGTH } from '#contracts/reference/mail-reference';
import type { Cells } from '../parse/cells.js';
import type { LaneColumns } from './lane-columns.js';

const LINE_END = 0x0a;
const COMMA = 0x2c;
const AT = 0x40;
const SPACE = 0x20;
const BRACKET = 0x3e;
/** `b-` of a VERP sender. */
const VERP_LENGTH = 2;
const CONTEXT_IDS = 5;

/** Longest recipient: RFC 5321 allows 64 + 1 + 255 characters. */
const LONGEST_RECIPIENT = 320;

/** Reads the reference of a row as bytes: what is there of header, ENVID and VERP sender must name one mail. */
export class RowReference {
  readonly reader: ReferenceReader;
  /** Whether the row has the header: without it there are neither lines nor context. */
  hasDetails = false;
  /** Where each line of the details ends. */
  lineEnds = new Int32Array(64);
  lines = 0;
  /** Unix milliseconds. */
  acceptedAt = 0;
  /** Template, list, subscriber, journey, action; -1 = none. */
  readonly context = new Float64Array(CONTEXT_IDS);
  /** Its first `recipientLength` bytes, printable ASCII. */
  readonly recipient = Buffer.alloc(LONGEST_RECIPIENT);
  recipientLength = 0;

  /** @param key EG_REFERENCE_KEY as bytes */
  constructor(key: Buffer) {
    this.reader = new ReferenceReader(key);
  }

  /** False for everything that is not as mail-sender makes it; whether it is forged is for others to say. */
  read(bytes: Buffer, cells: Cells, columns: LaneColumns): boolean {
    const { starts, ends, isPlain } = cells;
    const { reference, envelopeId, orig } = columns;
    if (orig < 0 || isPlain[orig] !== 1) return false;
    // `b-<token>@<host>`; in lower case, as it was sent.
    const sender = starts[orig] as number;
    if (bytes[sender] !== 0x62 || bytes[sender + 1] !== 0x2d) return false;
    if (bytes[sender + VERP_LENGTH + TOKEN_LENGTH] !== AT) return false;
    this.hasDetails = reference >= 0 && (ends[reference] as number) > (starts[reference] as number);
    if (this.hasDetails) {
      if (!this.reader.readHeader(bytes, starts[reference] as number, ends[reference] as number))
        return false;
      if (!this.reader.isToken(bytes, sender + VERP_LENGTH)) return false;
    } else if (!this.reader.readToken(bytes, sender + VERP_LENGTH)) return false;
    if (envelopeId >= 0) {
      const from = starts[envelopeId] as number;
      const length = (ends[envelopeId] as number) - from;
      if (length !== 0 && (length !== TOKEN_LENGTH || !this.reader.isToken(bytes, from))) return false;
    }
    this.readDetails();
    return this.readRecipient(bytes, cells, columns.rcpt);
  }

  lineStart(line: number): number {
    return line === 0 ? 0 : (this.lineEnds[line - 1] as number) + 1;
  }

  private readDetails(): void {
    const { detailsBytes: bytes, detailsLength: length } = this.reader;
    const { context } = this;
    this.lines = 0;
    for (let id = 0; id < CONTEXT_IDS; id += 1) context[id] = -1;
    if (!this.hasDetails) return;
    for (let at = 0; at <= length; at += 1) {
      if (at < length && bytes[at] !== LINE_END) continue;
      if (this.lines === this.lineEnds.length) this.grow();
      this.lineEnds[this.lines++] = at;
    }
    this.acceptedAt = numberIn(bytes, this.lineStart(4), this.lineEnds[4] as number);
    let from = this.lineStart(5);
    const end = this.lineEnds[5] as number;
    // Commas alone: it was sent for nothing in particular.
    if (end - from === CONTEXT_IDS - 1) return;
    for (let id = 0; id < CONTEXT_IDS; id += 1) {
      let to = from;
      while (to < end && bytes[to] !== COMMA) to += 1;
      context[id] = to > from ? numberIn(bytes, from, to) : -1;
      from = Math.min(end, to + 1);
    }
  }

  /** The row's recipient, when it is printable, bare and exactly the one of the details. */
  private readRecipient(bytes: Buffer, cells: Cells, column: number): boolean {
    if (column < 0 || cells.isPlain[column] !== 1) return false;
    const from = cells.starts[column] as number;
    const length = (cells.ends[column] as number) - from;
    if (length === 0 || length > LONGEST_RECIPIENT) return false;
    if (this.hasDetails && length !== this.lineEnds[0]) return false;
    const { detailsBytes } = this.reader;
    for (let at = 0; at < length; at += 1) {
      const byte = bytes[from + at] as number;
      if (this.hasDetails && byte !== detailsBytes[at]) return false;
      this.recipient[at] = byte;
    }
    this.recipientLength = length;
    const last = bytes[from + length - 1];
    // What `unwrapAddress` would change.
    return bytes[from] !== SPACE && last !== SPACE && last !== BRACKET;
  }

  private grow(): void {
    const larger = new Int32Array(2 * this.lineEnds.length);
    larger.set(this.lineEnds);
    this.lineEnds = larger;
  }
}

function numberIn(bytes: Buffer, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at += 1) value = value * 10 + ((bytes[at] as number) - 0x30);
  return value;
}
