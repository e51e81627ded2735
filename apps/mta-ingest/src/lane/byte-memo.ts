import type { Cells } from '../parse/cells.js';

const SLOTS = 1_024;
/** Longer texts hardly repeat, and would be kept for nothing. */
const LONGEST = 512;
/** No text is that long. */
const NONE = Buffer.alloc(LONGEST + 1);

/**
 * What was made of a text, found again by the text's bytes. The columns of an accounting file repeat themselves (one time for
 * thousands of rows, a few hosts, a few replies), so a rule that works on text runs once and not once a row.
 */
export class ByteMemo<Value> {
  private readonly keys: (Buffer | undefined)[] = new Array<Buffer | undefined>(SLOTS).fill(undefined);
  private readonly values: (Value | undefined)[] = new Array<Value | undefined>(SLOTS).fill(undefined);

  private lastKey: Buffer = NONE;
  private lastValue: Value | undefined;

  /** What `make` makes of a cell's text; `bytes` are the record that the cells are of. */
  of(bytes: Buffer, cells: Cells, cell: number, make: (text: string) => Value): Value {
    const from = cells.starts[cell] as number;
    const to = cells.ends[cell] as number;
    const length = to - from;
    if (length > LONGEST) return make(cells.text(cell));
    const { lastKey } = this;
    // Most often it is the text of the row before.
    if (lastKey.length === length && isSame(lastKey, bytes, from)) return this.lastValue as Value;
    // Some bytes of a long text tell it apart well enough; all of them are compared. Times differ in one digit anywhere.
    const step = 1 + (length >> 6);
    let hash = length;
    for (let at = from; at < to; at += step) hash = (Math.imul(hash, 31) + (bytes[at] as number)) | 0;
    const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
    const key = this.keys[slot];
    if (key === undefined || key.length !== length || !isSame(key, bytes, from)) {
      this.values[slot] = make(cells.text(cell));
      this.keys[slot] = Buffer.from(bytes.subarray(from, to));
    }
    this.lastKey = this.keys[slot] as Buffer;
    this.lastValue = this.values[slot];
    return this.lastValue as Value;
  }
}

function isSame(key: Buffer, bytes: Buffer, from: number): boolean {
  for (let at = 0; at < key.length; at += 1) if (key[at] !== bytes[from + at]) return false;
  return true;
}
