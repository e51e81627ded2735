import { HeaderReferenceReader } from '#contracts/reference/header-reference-reader';
import { TOKEN_LENGTH } from '#contracts/reference/mail-reference';
import type { Cells } from '../parse/cells.js';
import type { LaneColumns } from './lane-columns.js';

const LINE_END = 0x0a;
const COMMA = 0x2c;
const AT = 0x40;
/** `b-` of a VERP sender. */
const VERP_LENGTH = 2;
/** recipient, sender domain, method, recipient type, time of acceptance, context: the lines before the tags. */
const FACTS = 6;
const CONTEXT_IDS = 5;

/** Reads the reference of a row as bytes: header, ENVID and VERP sender must be there and name one mail. */
export class RowReference {
  readonly header: HeaderReferenceReader;
  /** Where each line of the details ends. */
  lineEnds = new Int32Array(64);
  lines = 0;
  /** Unix milliseconds. */
  acceptedAt = 0;
  /** Template, list, subscriber, journey, action; 0 = none. */
  readonly context = new Float64Array(CONTEXT_IDS);

  /** @param key EG_REFERENCE_KEY as bytes */
  constructor(key: Buffer) {
    this.header = new HeaderReferenceReader(key);
  }

  /** False for everything that is not as mail-sender makes it; whether it is forged is for others to say. */
  read(bytes: Buffer, cells: Cells, columns: LaneColumns): boolean {
    const { starts, ends, isPlain } = cells;
    const { reference, envelopeId, orig } = columns;
    if (reference < 0 || orig < 0 || isPlain[reference] !== 1 || isPlain[orig] !== 1) return false;
    if (!this.header.read(bytes, starts[reference] as number, ends[reference] as number)) return false;
    const sender = starts[orig] as number;
    // `b-<token>@<host>`; in lower case, as it was sent.
    if (bytes[sender] !== 0x62 || bytes[sender + 1] !== 0x2d) return false;
    if (!this.header.isToken(bytes, sender + VERP_LENGTH)) return false;
    if (bytes[sender + VERP_LENGTH + TOKEN_LENGTH] !== AT) return false;
    if (envelopeId >= 0) {
      const from = starts[envelopeId] as number;
      const length = (ends[envelopeId] as number) - from;
      if (length !== 0 && (length !== TOKEN_LENGTH || !this.header.isToken(bytes, from))) return false;
    }
    return this.readDetails();
  }

  lineStart(line: number): number {
    return line === 0 ? 0 : (this.lineEnds[line - 1] as number) + 1;
  }

  private readDetails(): boolean {
    const { detailsBytes: bytes, detailsLength: length } = this.header;
    this.lines = 0;
    for (let at = 0; at <= length; at += 1) {
      if (at < length && bytes[at] !== LINE_END) continue;
      if (this.lines === this.lineEnds.length) return false;
      this.lineEnds[this.lines++] = at;
    }
    if (this.lines < FACTS) return false;
    this.acceptedAt = numberIn(bytes, this.lineStart(4), this.lineEnds[4] as number);
    let from = this.lineStart(5);
    const end = this.lineEnds[5] as number;
    for (let id = 0; id < CONTEXT_IDS; id += 1) {
      let to = from;
      while (to < end && bytes[to] !== COMMA) to += 1;
      this.context[id] = numberIn(bytes, from, to);
      from = Math.min(end, to + 1);
    }
    return true;
  }
}

function numberIn(bytes: Buffer, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at += 1) value = value * 10 + ((bytes[at] as number) - 0x30);
  return value;
}
