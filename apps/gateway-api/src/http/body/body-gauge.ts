import { HardFailure } from '../hard-failure.js';
import { bodyKind, type BodyKind } from './body-kind.js';

/** Values of a body: members of objects and lists, form fields, parts. The greatest mail that the settings allow has half of it. */
export const MOST_VALUES = 20_000;
/** Levels of objects and lists in JSON; parameters use four. */
export const MOST_LEVELS = 32;

const NEAR_BYTES = 32;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const AMPERSAND = 0x26;
const OPENS_LIST = 0x5b;
const CLOSES_LIST = 0x5d;
const OPENS_OBJECT = 0x7b;
const CLOSES_OBJECT = 0x7d;

/**
 * Looks at a body while it arrives and refuses it as soon as it has more values, or is nested deeper, than any request
 * needs: 25 MB of brackets take the parser seven seconds and 800 MB, in one go. It does not check that the body is well formed.
 */
export class BodyGauge {
  private kind: BodyKind | undefined;
  private values = 0;
  private level = 0;
  private inString = false;
  /** The last byte was a backslash that is not escaped itself. */
  private escaping = false;

  constructor(private readonly contentType: string) {}

  /** @throws HardFailure with the bound that the body passes. */
  add(chunk: Uint8Array): void {
    this.kind ??= bodyKind(this.contentType, chunk);
    if (this.kind === 'json') this.addJson(chunk);
    else if (this.kind === 'form') this.addForm(chunk);
  }

  private addForm(chunk: Uint8Array): void {
    for (let at = chunk.indexOf(AMPERSAND); at !== -1; at = chunk.indexOf(AMPERSAND, at + 1)) this.count();
  }

  private addJson(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; at += 1) {
      if (this.inString) at = this.endOfString(chunk, at);
      else this.addStructure(chunk[at] ?? 0);
    }
  }

  private addStructure(byte: number): void {
    if (byte === QUOTE) this.inString = true;
    else if (byte === COMMA) this.count();
    else if (byte === OPENS_LIST || byte === OPENS_OBJECT) {
      this.count();
      this.level += 1;
      if (this.level > MOST_LEVELS)
        throw HardFailure.unreadableBody(`it is nested deeper than ${MOST_LEVELS} levels`);
    } else if (byte === CLOSES_LIST || byte === CLOSES_OBJECT) this.level -= 1;
  }

  /** Where the string that is open at `from` ends, or the chunk. */
  private endOfString(chunk: Uint8Array, from: number): number {
    let at = from;
    if (this.escaping) {
      this.escaping = false;
      at += 1;
    }
    for (;;) {
      const end = nextQuote(chunk, at);
      const isEscaped = backslashesBefore(chunk, end, at) % 2 === 1;
      if (end === chunk.length) {
        this.escaping = isEscaped;
        return end;
      }
      if (!isEscaped) {
        this.inString = false;
        return end;
      }
      at = end + 1;
    }
  }

  private count(): void {
    this.values += 1;
    if (this.values > MOST_VALUES) throw HardFailure.tooManyValues(MOST_VALUES);
  }
}

/** The next quote, or the end. Near ones are looked for here, because a search costs as much as a hundred bytes. */
function nextQuote(chunk: Uint8Array, from: number): number {
  const near = Math.min(chunk.length, from + NEAR_BYTES);
  for (let at = from; at < near; at += 1) if (chunk[at] === QUOTE) return at;
  const far = chunk.indexOf(QUOTE, near);
  return far === -1 ? chunk.length : far;
}

function backslashesBefore(chunk: Uint8Array, end: number, from: number): number {
  let at = end;
  while (at > from && chunk[at - 1] === BACKSLASH) at -= 1;
  return end - at;
}
