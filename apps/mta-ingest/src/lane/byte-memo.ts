const SLOTS = 1_024;
/** Longer texts hardly repeat, and would be kept for nothing. */
const LONGEST = 512;

/**
 * What was made of a text, found again by the text's bytes. The columns of an accounting file repeat themselves (one time for
 * thousands of rows, a few hosts, a few replies), so a rule that works on text runs once and not once a row.
 */
export class ByteMemo<Value> {
  private readonly keys: (Buffer | undefined)[] = new Array<Buffer | undefined>(SLOTS).fill(undefined);
  private readonly values: (Value | undefined)[] = new Array<Value | undefined>(SLOTS).fill(undefined);

  /** @param text what `bytes` from `from` up to `to` say, should it not be known what to make of them */
  of(bytes: Buffer, from: number, to: number, make: (text: string) => Value, text?: () => string): Value {
    const length = to - from;
    if (length > LONGEST) return make(text?.() ?? bytes.toString('latin1', from, to));
    let hash = length;
    for (let at = from; at < to; at += 1) hash = (Math.imul(hash, 31) + (bytes[at] as number)) | 0;
    const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
    const key = this.keys[slot];
    if (key !== undefined && key.length === length && isSame(key, bytes, from))
      return this.values[slot] as Value;
    const value = make(text?.() ?? bytes.toString('latin1', from, to));
    this.keys[slot] = Buffer.from(bytes.subarray(from, to));
    this.values[slot] = value;
    return value;
  }
}

function isSame(key: Buffer, bytes: Buffer, from: number): boolean {
  for (let at = 0; at < key.length; at += 1) if (key[at] !== bytes[from + at]) return false;
  return true;
}
