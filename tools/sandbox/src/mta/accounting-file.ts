import { mkdir, open, readdir, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import type { Logger } from 'pino';

import { COLUMNS, csvRecord, rowText, type Row } from './rows.js';

export interface AccountingOptions {
  dir: string;
  /** A file is left for the next before it would grow beyond this, but never before its first row. */
  maxBytes: number;
  /** Age in milliseconds after which a file is left. */
  rotateMs: number;
  /** Write every batch in two parts, with a torn row in between. */
  tear: boolean;
  log: Logger;
}

interface Waiting {
  bytes: Buffer;
  done: () => void;
  failed: (reason: Error) => void;
}

interface CurrentFile {
  handle: FileHandle;
  name: string;
  date: string;
  openedAt: number;
  size: number;
  rows: number;
}

const TORN_MS = 25;
const RETRY_MS = 1_000;
const NAME = /^acct-(\d{4}-\d{2}-\d{2})-(\d{4,})\.csv/;

const headerLine = Buffer.from(csvRecord(COLUMNS));
const dateOf = (epochMs: number): string => new Date(epochMs).toISOString().slice(0, 10);

/**
 * Appends rows to `acct-YYYY-MM-DD-NNNN.csv` (date in UTC). The file with the highest number is the live one; a new
 * number is begun at the first row after a start, at midnight, by size and by age. While the disk refuses, rows wait
 * and are tried again in a new file, so that a torn row is never continued; a row may then be there twice.
 */
export class AccountingFile {
  /** Why the last write failed; undefined when it did not. */
  lastError: string | undefined;

  private readonly waiting: Waiting[] = [];
  private readonly stopping = new AbortController();
  private file: CurrentFile | undefined;
  private lastUsed: { date: string; number: number } | undefined;
  private pumping = false;
  private pumped: Promise<void> = Promise.resolve();

  constructor(private readonly options: AccountingOptions) {}

  /**
   * Resolves once the row is in the file.
   *
   * @throws when the writer is closed before it could be written.
   */
  append(row: Row): Promise<void> {
    if (this.stopping.signal.aborted) return Promise.reject(new Error('the accounting file is closed'));
    return new Promise((done, failed) => {
      this.waiting.push({ bytes: Buffer.from(rowText(row)), done, failed });
      if (!this.pumping) this.pumped = this.pump();
    });
  }

  /** Writes what is waiting, once, and closes the file. No row is left half written. */
  async close(): Promise<void> {
    this.stopping.abort();
    await this.pumped;
    await this.leaveFile();
  }

  private async pump(): Promise<void> {
    // Set and cleared in the same turn as the list is looked at: no row can be left behind between the two.
    this.pumping = true;
    await Promise.resolve(); // rows of the same turn join this batch
    while (this.waiting.length > 0) {
      const batch: Waiting[] = [];
      try {
        const file = await this.fileFor(this.waiting[0]?.bytes.length ?? 0);
        batch.push(...this.takeBatch(file));
        await this.write(file, Buffer.concat(batch.map(({ bytes }) => bytes)));
        file.rows += batch.length;
        this.lastError = undefined;
        for (const { done } of batch) done();
      } catch (error) {
        const reason = error instanceof Error ? error : new Error(String(error));
        this.lastError = reason.message;
        this.options.log.error({ err: reason, rows: batch.length }, 'accounting.write-failed');
        this.waiting.unshift(...batch);
        await this.leaveFile();
        if (this.stopping.signal.aborted) {
          for (const { failed } of this.waiting.splice(0)) failed(reason);
          break;
        }
        await wait(RETRY_MS, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      }
    }
    this.pumping = false;
  }

  /** The rows that fit into the file, at least one. */
  private takeBatch(file: CurrentFile): Waiting[] {
    let size = file.size;
    let count = 0;
    for (const { bytes } of this.waiting) {
      if (count > 0 && size + bytes.length > this.options.maxBytes) break;
      size += bytes.length;
      count += 1;
    }
    return this.waiting.splice(0, count);
  }

  private async write(file: CurrentFile, bytes: Buffer): Promise<void> {
    const cut = this.options.tear ? bytes.length - Math.min(20, bytes.length >> 1) : bytes.length;
    await file.handle.appendFile(bytes.subarray(0, cut));
    if (cut < bytes.length) {
      await wait(TORN_MS);
      await file.handle.appendFile(bytes.subarray(cut));
    }
    file.size += bytes.length;
  }

  private async fileFor(rowBytes: number): Promise<CurrentFile> {
    const now = Date.now();
    const { maxBytes, rotateMs } = this.options;
    const current = this.file;
    const keep =
      current !== undefined &&
      current.date === dateOf(now) &&
      now - current.openedAt < rotateMs &&
      (current.rows === 0 || current.size + rowBytes <= maxBytes);
    if (keep) return current;
    await this.leaveFile();
    return (this.file = await this.nextFile(now));
  }

  private async nextFile(now: number): Promise<CurrentFile> {
    const { dir, log } = this.options;
    const date = dateOf(now);
    await mkdir(dir, { recursive: true });
    // Finished files may have been moved away or compressed: their numbers are not given again either.
    const used = (await readdir(dir)).flatMap((name) => {
      const match = NAME.exec(name);
      return match?.[1] === date ? [Number(match[2])] : [];
    });
    if (this.lastUsed?.date === date) used.push(this.lastUsed.number);
    const number = Math.max(-1, ...used) + 1;
    const name = `acct-${date}-${String(number).padStart(4, '0')}.csv`;
    const handle = await open(join(dir, name), 'ax');
    this.lastUsed = { date, number };
    const file: CurrentFile = { handle, name, date, openedAt: now, size: headerLine.length, rows: 0 };
    try {
      await handle.appendFile(headerLine);
    } catch (error) {
      await handle.close();
      throw error;
    }
    log.info({ file: name }, 'accounting.file-begun');
    return file;
  }

  private async leaveFile(): Promise<void> {
    const file = this.file;
    if (file === undefined) return;
    this.file = undefined;
    await file.handle.close().catch((error: unknown) => {
      this.options.log.error({ err: error, file: file.name }, 'accounting.close-failed');
    });
    this.options.log.info({ file: file.name, rows: file.rows, bytes: file.size }, 'accounting.file-left');
  }
}
