import type { NotReprocessable, ReprocessedFile } from '#contracts/ingest/ingest-operations';
import type { Counters } from '../tail/checkpoints.js';

const MOST_SHOWN = 20;

/** What became of one file, or of its rows in quarantine, that were read again. */
export class Report {
  readonly counters: Counters = { rows: 0, events: 0, bad: 0, skipped: 0 };
  /** Bytes in all, and the place behind the last of them that was read. */
  size = 0;
  offset = 0;
  done = 0;
  private readonly left: Partial<Record<NotReprocessable, number>> = {};
  private readonly stillBad: ReprocessedFile['stillBad'] = [];

  constructor(
    private readonly file: string,
    private readonly dryRun: boolean,
  ) {}

  leave(reason: NotReprocessable): void {
    this.left[reason] = (this.left[reason] ?? 0) + 1;
  }

  /** A row in quarantine was read again. @param fault why it is still bad */
  tried({ offset, length }: { offset: number; length: number }, fault: string | undefined): void {
    this.size += length;
    this.offset = Math.max(this.offset, offset + length);
    if (fault === undefined) this.done += 1;
    else this.bad(offset, fault);
  }

  bad(offset: number, reason: string): void {
    if (this.stillBad.length < MOST_SHOWN) this.stillBad.push({ offset, reason });
  }

  result(): ReprocessedFile {
    const { file, size, offset, done, counters, stillBad } = this;
    const state = this.dryRun ? 'dry-run' : 'reprocessed';
    return { file, size, offset, ...counters, state, done, notReprocessable: this.left, stillBad };
  }
}
