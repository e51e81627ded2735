const FIRST_BYTES = 4_096;
/** Bytes of the longest varint of a number that is exact in a double. */
const MOST_VARINT_BYTES = 8;

/**
 * Avro binary (Avro 1.12 specification, "Binary Encoding") into one buffer that is used again for each message. For hot paths that
 * have bytes and no objects; `MessageCodec` is the way for all others, and what this is tested against.
 */
export class AvroWriter {
  /** Valid up to `length`; another one when it has to grow. */
  bytes: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  length = 0;

  reset(): void {
    this.length = 0;
  }

  /** `int`, `long`, and the branch of a union. @param value not negative, exact */
  long(value: number): void {
    this.makeRoom(MOST_VARINT_BYTES);
    if (value < 64) this.bytes[this.length++] = value * 2;
    else this.longVarint(value);
  }

  /** `["null", "long"]` or `["null", "int"]`. */
  nullableLong(value: number | null): void {
    if (value === null) {
      this.long(0);
      return;
    }
    this.long(1);
    this.long(value);
  }

  double(value: number): void {
    this.makeRoom(8);
    this.bytes.writeDoubleLE(value, this.length);
    this.length += 8;
  }

  /** `string` or `bytes`: the UTF-8 bytes from `from` up to `to`. */
  text(source: Uint8Array, from: number, to: number): void {
    const size = to - from;
    this.makeRoom(MOST_VARINT_BYTES + size);
    if (size < 64) this.bytes[this.length++] = size * 2;
    else this.longVarint(size);
    const { bytes } = this;
    let at = this.length;
    for (let index = from; index < to; index += 1) bytes[at++] = source[index] as number;
    this.length = at;
  }

  private longVarint(value: number): void {
    const { bytes } = this;
    let at = this.length;
    let rest = value * 2;
    for (; rest > 0x7fff_ffff; rest = Math.floor(rest / 128)) bytes[at++] = (rest % 128) | 128;
    for (; rest > 127; rest >>>= 7) bytes[at++] = (rest & 127) | 128;
    bytes[at++] = rest;
    this.length = at;
  }

  private makeRoom(more: number): void {
    const needed = this.length + more;
    if (needed <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.bytes.length));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }
}
