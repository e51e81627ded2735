import { createHash } from 'node:crypto';

/** Enough for a header and a row of any sensible width. */
export const FINGERPRINT_BYTES = 64 * 1024;

const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex').slice(0, 32);

/**
 * What a file is recognised by besides its inode: a hash over its header line and first row. Headers are equal across files and
 * inodes are used again, so neither is enough alone.
 *
 * @param head the first `FINGERPRINT_BYTES` bytes, decompressed.
 * @param lines 2 where the first line is a header, 1 where rows name their own columns.
 * @param finished nothing will be added, so less than that many lines is all there is.
 * @returns undefined while the lines are not complete: there is no row to read either.
 */
export function fingerprint(head: Buffer, lines: 1 | 2, finished: boolean): string | undefined {
  let end = 0;
  for (let line = 0; line < lines; line++) {
    const lineEnd = head.indexOf(0x0a, end);
    if (lineEnd < 0) {
      if (head.length >= FINGERPRINT_BYTES || (finished && head.length > 0)) return digest(head);
      return undefined;
    }
    end = lineEnd + 1;
  }
  return digest(head.subarray(0, end));
}

/** One life of one file: `<fingerprint>-<device>-<inode>-e<epoch>`. A file that was cut and written anew begins an epoch. */
export function identityOf(print: string, inode: string, epoch: number): string {
  return `${print}-${inode}-e${epoch}`;
}

export function epochOf(identity: string): number {
  return Number(/-e(\d+)$/.exec(identity)?.[1] ?? 0);
}

/** Where the last piece before a checkpoint was and what it held: proves later that the file is still the one that was read. */
export interface Mark {
  offset: number;
  length: number;
  hash: string;
}

const MARK_BYTES = 512;

export function markOf(piece: { offset: number; bytes: Buffer }): Mark {
  const bytes = piece.bytes.subarray(0, MARK_BYTES);
  return { offset: piece.offset, length: bytes.length, hash: digest(bytes) };
}

export function fits(mark: Mark, bytes: Buffer): boolean {
  return bytes.length === mark.length && digest(bytes) === mark.hash;
}
