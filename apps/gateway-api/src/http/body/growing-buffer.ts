const FIRST_BYTES = 16_384;

/**
 * Bytes put together as they arrive. They are copied: a body that is sent in chunks of one byte would cost a hundred bytes for
 * each of them otherwise.
 */
export class GrowingBuffer {
  private bytes: Buffer<ArrayBuffer> = Buffer.allocUnsafeSlow(0);
  private length = 0;

  /** @param announced the length, when it is known; memory that is never written to costs nothing */
  constructor(private readonly announced: number | undefined) {}

  append(chunk: Uint8Array): void {
    const needed = this.length + chunk.length;
    if (needed > this.bytes.length) this.grow(needed);
    this.bytes.set(chunk, this.length);
    this.length = needed;
  }

  whole(): Buffer<ArrayBuffer> {
    return this.bytes.subarray(0, this.length);
  }

  private grow(needed: number): void {
    const wanted = this.announced ?? Math.max(FIRST_BYTES, 2 * this.bytes.length);
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, wanted));
    this.bytes.copy(larger, 0, 0, this.length);
    freeBytes(this.bytes);
    this.bytes = larger;
  }
}

/** Gives the memory of a buffer that shares it with none back now, not whenever it is collected. The buffer is empty then. */
export function freeBytes(bytes: Buffer<ArrayBuffer>): void {
  bytes.buffer.transfer(0);
}
