const FIRST_BYTES = 16_384;
/** Below this an early end of memory is worth less than the call that brings it about. */
const LARGE_BYTES = 65_536;

/**
 * Bytes put together as they arrive. They are copied: a body that is sent in chunks of one byte would cost a hundred bytes for
 * each of them otherwise. Only a small body that comes in one piece is left where it is.
 */
export class GrowingBuffer {
  private bytes: Buffer = Buffer.allocUnsafeSlow(0);
  private length = 0;

  /** @param announced the length, when it is known; memory that is never written to costs nothing */
  constructor(private readonly announced: number | undefined) {}

  append(chunk: Buffer): void {
    if (chunk.length === this.announced && this.length === 0 && chunk.length <= LARGE_BYTES) {
      this.bytes = chunk;
      this.length = chunk.length;
      return;
    }
    const needed = this.length + chunk.length;
    if (needed > this.bytes.length) this.grow(needed);
    this.bytes.set(chunk, this.length);
    this.length = needed;
  }

  whole(): Buffer {
    return this.length === this.bytes.length ? this.bytes : this.bytes.subarray(0, this.length);
  }

  private grow(needed: number): void {
    const wanted = this.announced ?? Math.max(FIRST_BYTES, 2 * this.bytes.length);
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, wanted));
    this.bytes.copy(larger, 0, 0, this.length);
    freeBytes(this.bytes);
    this.bytes = larger;
  }
}

/**
 * Gives the memory of a large `GrowingBuffer`'s bytes, which share it with none, back now and not whenever it is collected.
 * They are empty then.
 */
export function freeBytes(bytes: Buffer): void {
  if (bytes.length > LARGE_BYTES && bytes.buffer instanceof ArrayBuffer) bytes.buffer.transfer(0);
}
