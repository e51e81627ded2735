import { access, constants } from 'node:fs/promises';
import type { ReadinessCheck } from '#platform/lifecycle/process';
import { ingestMetrics } from './ingest-metrics.js';
import { parseLoggedTime } from './map/time.js';
import type { Parsed } from './parse/row-parser.js';
import type { Row } from './parse/row.js';
import type { Batch } from './publish/batch.js';
import type { Batches } from './publish/batches.js';
import type { Publisher } from './publish/publisher.js';
import type { Tailer } from './tail/tailer.js';
import type { Pause, TrackedFile } from './tail/tracked-file.js';

export interface IngestOptions {
  tailer: Tailer;
  publisher: Publisher;
  batches: Batches;
  /** How often the folder is looked at, also while there is plenty to read. */
  pollMs: number;
  /** Wall clock in epoch milliseconds. */
  now?: () => number;
}

/** A batch that is read and not published yet, by the times of its rows in epoch milliseconds. */
interface OnItsWay {
  bytes: number;
  first: number | undefined;
  /** The last of each file, of those the earliest. */
  last: number | undefined;
}

/** Unread bytes and no batch done for this long: something holds the ingest up. */
const STUCK_AFTER_MS = 60_000;

/** One turn after another: look at the folder, fill a batch, publish it. Nothing is read ahead of what is acknowledged. */
export class Ingest {
  private lookedAt = Number.NEGATIVE_INFINITY;
  private progressAt: number;
  private onItsWay: OnItsWay | undefined;
  private publishedUntil: number | undefined;

  constructor(private readonly options: IngestOptions) {
    this.progressAt = options.tailer.now();
  }

  /** @throws when the folder, Kafka or MySQL is away; the next turn goes on where this one failed. */
  async turn(signal: AbortSignal): Promise<'worked' | 'idle'> {
    try {
      return await this.work(signal);
    } finally {
      this.measure();
    }
  }

  private async work(signal: AbortSignal): Promise<'worked' | 'idle'> {
    const { tailer, publisher, pollMs, batches } = this.options;
    if (publisher.isBusy) {
      await publisher.goOn();
      return this.progressed();
    }
    if (performance.now() - this.lookedAt >= pollMs) {
      await tailer.refresh();
      this.lookedAt = performance.now();
    }
    const files = tailer.readable();
    if (files.length === 0) return this.idle();
    const batch = await batches.begin();
    const times: OnItsWay = { bytes: 0, first: undefined, last: undefined };
    const begun: TrackedFile[] = [];
    try {
      for (const file of files) {
        if (batch.isFull || signal.aborted) break;
        begun.push(file);
        await this.fill(batch, file, times);
      }
    } catch (error) {
      // Their rows went with the batch: they are taken up again where their checkpoints are.
      for (const file of begun) await tailer.forget(file);
      throw error;
    }
    if (batch.isEmpty) return this.idle();
    this.onItsWay = { ...times, bytes: batch.bytes };
    await publisher.publish(batch);
    return this.progressed();
  }

  /** Red when there is something to read and no batch gets done. */
  readonly progress: ReadinessCheck = {
    name: 'progress',
    check: async () => {
      const stuckMs = this.options.tailer.now() - this.progressAt;
      const waiting = this.lag + (this.onItsWay?.bytes ?? 0);
      if (waiting === 0 || stuckMs < STUCK_AFTER_MS) return;
      throw new Error(`${waiting} bytes wait, no batch published for ${Math.round(stuckMs / 1000)} s`);
    },
  };

  private async fill(batch: Batch, file: TrackedFile, times: OnItsWay): Promise<void> {
    let touched = false;
    let last: Row | undefined;
    let lastAt: number | undefined;
    while (!batch.isFull) {
      let pulled: Parsed | Pause | undefined = file.take();
      if (pulled === undefined) {
        // Reading on overwrites the row.
        lastAt = (last && this.loggedAt(last)) ?? lastAt;
        last = undefined;
        pulled = await this.pull(file);
      }
      if (typeof pulled === 'object') {
        batch.add(file, pulled);
        touched = true;
        if (pulled.kind === 'row') {
          if (times.first === undefined) times.first = this.loggedAt(pulled.row);
          last = pulled.row;
        }
        continue;
      }
      noteLast(lastAt, times);
      if (pulled === 'corrupt') batch.addCorruption(file);
      // What was read before an error goes out all the same.
      if (touched || pulled === 'finished' || pulled === 'corrupt') batch.reached(file);
      if (pulled === 'replaced') await this.options.tailer.forget(file);
      return;
    }
    noteLast((last && this.loggedAt(last)) ?? lastAt, times);
    batch.reached(file);
  }

  private async pull(file: TrackedFile): Promise<Parsed | Pause> {
    const { tailer } = this.options;
    try {
      return await file.pull(tailer.now());
    } catch (error) {
      await tailer.rest(file, error);
      return 'drained';
    }
  }

  private loggedAt(row: Row): number | undefined {
    return parseLoggedTime(row.get('timelogged'), this.now);
  }

  private idle(): 'idle' {
    if (this.lag === 0) this.progressAt = this.options.tailer.now();
    return 'idle';
  }

  private progressed(): 'worked' {
    this.progressAt = this.options.tailer.now();
    this.publishedUntil = this.onItsWay?.last ?? this.publishedUntil;
    this.onItsWay = undefined;
    return 'worked';
  }

  private get lag(): number {
    // A last line that waits for its ending is no lag that anybody could work off.
    return this.options.tailer.files
      .filter((file) => file.wantsReading(this.options.tailer.now()))
      .reduce((sum, { lag }) => sum + lag, 0);
  }

  private get lagSeconds(): number {
    if (this.lag === 0 && !this.onItsWay) return 0;
    const since = this.onItsWay?.first ?? this.publishedUntil;
    // Nothing published yet and no time known: at least as long as this process has been trying.
    const lagMs = since === undefined ? this.options.tailer.now() - this.progressAt : this.now - since;
    return Math.max(0, Math.round(lagMs / 1000));
  }

  private get now(): number {
    return (this.options.now ?? Date.now)();
  }

  private measure(): void {
    const { files } = this.options.tailer;
    const unread = files.reduce((sum, { lag }) => sum + lag, 0);
    ingestMetrics.lagBytes.set(unread + (this.onItsWay?.bytes ?? 0));
    ingestMetrics.lagSeconds.set(this.lagSeconds);
    for (const state of ['live', 'finished', 'failed'] as const) {
      ingestMetrics.files.set({ state }, files.filter((file) => file.state === state).length);
    }
  }
}

function noteLast(loggedAt: number | undefined, times: OnItsWay): void {
  if (loggedAt !== undefined) times.last = Math.min(times.last ?? loggedAt, loggedAt);
}

/** Red when the accounting folder cannot be listed. */
export function folderReadable(folder: string): ReadinessCheck {
  return {
    name: 'accounting-dir',
    check: async () => {
      try {
        await access(folder, constants.R_OK | constants.X_OK);
      } catch (error) {
        throw new Error(`${folder} cannot be read`, { cause: error });
      }
    },
  };
}
