/**
 * One record where it lies in the bytes that were read. It has no Buffer of its own unless somebody asks: a view for each row costs
 * as much as cutting its cells.
 */
export class RecordPiece {
  readonly kind = 'record';

  /**
   * @param from where in `buffer` it begins, up to `to`, without its line ending
   * @param offset where it begins in the (decompressed) file, in bytes
   * @param length with its line ending
   * @param terminated false for the last line of a finished file that has no line ending
   */
  constructor(
    readonly buffer: Buffer,
    readonly from: number,
    readonly to: number,
    readonly offset: number,
    readonly length: number,
    readonly terminated: boolean,
  ) {}

  get bytes(): Buffer {
    return this.buffer.subarray(this.from, this.to);
  }
}
