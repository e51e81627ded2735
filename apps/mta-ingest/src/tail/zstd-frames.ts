import type { FileHandle } from 'node:fs/promises';

/** RFC 8878, 3.1.1 and 3.1.2. */
const FRAME = 0xfd2fb528;
const SKIPPABLE = 0x184d2a50;
const LONGEST_HEADER = 18;
const BLOCK_HEADER = 3;
const RLE_BLOCK = 1;
const CHECKSUM = 4;

/**
 * Where the frame that begins at `start` ends, found from block to block: `cat a.zst b.zst`, parallel compressors and appending ones
 * write several frames into a file.
 *
 * @returns `undefined` when no frame begins there, or the file ends in it
 */
export async function endOfZstdFrame(handle: FileHandle, start: number): Promise<number | undefined> {
  const header = await bytesAt(handle, start, LONGEST_HEADER);
  if (header.length < 8) return undefined;
  const magic = header.readUInt32LE(0);
  if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE) return start + 8 + header.readUInt32LE(4);
  if (magic !== FRAME) return undefined;
  const descriptor = header[4] as number;
  const hasChecksum = (descriptor & 4) !== 0;
  for (let at = start + headerBytes(descriptor); ;) {
    const block = await bytesAt(handle, at, BLOCK_HEADER);
    if (block.length < BLOCK_HEADER) return undefined;
    const value = block.readUIntLE(0, BLOCK_HEADER);
    const isRle = ((value >> 1) & 3) === RLE_BLOCK;
    at += BLOCK_HEADER + (isRle ? 1 : value >> 3);
    if ((value & 1) === 1) return hasChecksum ? at + CHECKSUM : at;
  }
}

/** Magic number, descriptor, window, dictionary id and content size. */
function headerBytes(descriptor: number): number {
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const dictionary = [0, 1, 2, 4][descriptor & 3] as number;
  const contentSize = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] as number;
  return 5 + (isSingleSegment ? 0 : 1) + dictionary + contentSize;
}

async function bytesAt(handle: FileHandle, at: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, at);
  return buffer.subarray(0, bytesRead);
}
