import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { endOfZstdFrame } from './zstd-frames.js';

/** The bytes of one accounting file, decompressed. Opened for reading only; nothing is ever locked or changed. */
export interface ByteSource {
  /** Writes bytes that follow those already read. @returns how many; 0 when there are none at present */
  read(into: Buffer): Promise<number>;
  /** Bytes of an uncompressed file elsewhere in it; undefined where the file is compressed. */
  peek(offset: number, length: number): Promise<Buffer | undefined>;
  close(): Promise<void>;
}

/** The compressed bytes cannot be decoded: torn, still being copied, or no such format. */
export class CorruptCompression extends Error {
  override readonly name = 'CorruptCompression';
}

/** Large enough that a disk is not the limit, small enough that many files can be open. */
export const CHUNK_BYTES = 256 * 1024;

export type Packing = 'none' | 'gzip' | 'zstd';

/** Decided by the first bytes, because operators rename. */
export function packingOf(head: Buffer): Packing {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  if (head.length >= 4 && head.readUInt32LE(0) === 0xfd2fb528) return 'zstd';
  return 'none';
}

/** Another file has that name by now. */
export class NameReused extends Error {
  override readonly name = 'NameReused';
}

/**
 * Opens the file at `offset` of its decompressed bytes. To get there a compressed file is decompressed from its start.
 *
 * @param inode the file that is meant, see `FoundFile`.
 * @throws NameReused when the name stands for another file; CorruptCompression from `read()`.
 */
export async function openSource(
  path: string,
  inode: string,
  offset: number,
): Promise<{ source: ByteSource; packing: Packing }> {
  const handle = await open(path, 'r');
  const { dev, ino } = await handle.stat({ bigint: true });
  if (`${dev}-${ino}` !== inode) {
    await handle.close();
    throw new NameReused(path);
  }
  const head = Buffer.alloc(4);
  const { bytesRead } = await handle.read(head, 0, 4, 0);
  const packing = packingOf(head.subarray(0, bytesRead));
  const source =
    packing === 'none' ? new PlainSource(handle, offset) : new PackedSource(handle, packing, offset);
  return { source, packing };
}

class PlainSource implements ByteSource {
  constructor(
    private readonly handle: FileHandle,
    private position: number,
  ) {}

  async read(into: Buffer): Promise<number> {
    const { bytesRead } = await this.handle.read(into, 0, into.length, this.position);
    this.position += bytesRead;
    return bytesRead;
  }

  async peek(offset: number, length: number): Promise<Buffer> {
    const { buffer, bytesRead } = await this.handle.read(Buffer.alloc(length), 0, length, offset);
    return buffer.subarray(0, bytesRead);
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}

class PackedSource implements ByteSource {
  private raw: Readable | undefined;
  private unpack: Transform | undefined;
  private readonly chunks: AsyncIterator<Buffer>;
  private unpackedRest: Buffer = Buffer.alloc(0);
  /** The disk's fault, not that of the bytes. */
  private fault: Error | undefined;

  constructor(
    private readonly handle: FileHandle,
    packing: 'gzip' | 'zstd',
    private toSkip: number,
  ) {
    this.chunks = packing === 'gzip' ? this.unpacked(0, createGunzip()) : this.allFrames();
  }

  /** Node's decompressor stops at the end of the first frame. */
  private async *allFrames(): AsyncGenerator<Buffer> {
    const { size } = await this.handle.stat();
    for (let start = 0; start < size;) {
      yield* this.unpacked(start, createZstdDecompress());
      start = (await endOfZstdFrame(this.handle, start)) ?? size;
    }
  }

  private async *unpacked(start: number, unpack: Transform): AsyncGenerator<Buffer> {
    // Not a stream of the handle: that closes it when it is destroyed.
    const raw = Readable.from(bytesFrom(this.handle, start), { objectMode: false });
    raw.on('error', (error) => {
      this.fault = error;
      unpack.destroy(error);
    });
    this.raw = raw;
    this.unpack = unpack;
    try {
      for await (const chunk of raw.pipe(unpack)) yield chunk as Buffer;
    } finally {
      // The rest of the file is not read to its end beside the next frame.
      raw.destroy();
    }
  }

  async read(into: Buffer): Promise<number> {
    if (this.unpackedRest.length === 0) this.unpackedRest = await this.next();
    const { unpackedRest: bytes } = this;
    const length = bytes.copy(into);
    this.unpackedRest = bytes.subarray(length);
    return length;
  }

  private async next(): Promise<Buffer> {
    for (;;) {
      const { value, done } = await this.chunks.next().catch((error: unknown) => {
        if (this.fault !== undefined) throw this.fault;
        throw new CorruptCompression('the compressed bytes cannot be decoded', { cause: error });
      });
      if (done) return Buffer.alloc(0);
      const skipped = Math.min(this.toSkip, value.length);
      this.toSkip -= skipped;
      if (skipped < value.length) return value.subarray(skipped);
    }
  }

  peek(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async close(): Promise<void> {
    this.raw?.destroy();
    this.unpack?.destroy();
    await this.handle.close();
  }
}

async function* bytesFrom(handle: FileHandle, start: number): AsyncGenerator<Buffer> {
  for (let at = start; ;) {
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

export interface Opening {
  packing: Packing;
  /** Decompressed bytes from the requested place on; fewer at the end of the file, or where it cannot be decoded further. */
  bytes: Buffer;
}

/** Up to `length` decompressed bytes from `offset` on. @throws NameReused */
export async function readRange(
  path: string,
  inode: string,
  offset: number,
  length: number,
): Promise<Opening> {
  const { source, packing } = await openSource(path, inode, offset);
  const bytes = Buffer.alloc(length);
  let have = 0;
  try {
    while (have < length) {
      const more = await source.read(bytes.subarray(have));
      if (more === 0) break;
      have += more;
    }
  } catch (error) {
    if (!(error instanceof CorruptCompression)) throw error;
  } finally {
    await source.close();
  }
  return { packing, bytes: bytes.subarray(0, have) };
}
