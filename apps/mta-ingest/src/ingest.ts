import { access, constants } from 'node:fs/promises';
import type { ReadinessCheck } from '#platform/lifecycle/process';
import { ingestMetrics } from './ingest-metrics.js';
import type { Batch } from './publish/batch.js';
import type { Batches } from './publish/batches.js';
import type { Publisher } from './publish/publisher.js';
import type { Tailer } from './tail/tailer.js';
import type { TrackedFile } from './tail/tracked-file.js';

export interface IngestOptions {
  tailer: Tailer;
  publisher: Publisher;
  batches: Batches;
  /** How often the folder is looked at, also while there is plenty to read. */
  pollMs: number;
}

/** Unread bytes and no batch done for this long: something holds the ingest up. */
const STUCK_AFTER_MS = 60_000;

/** One turn after another: look at the folder, fill a batch, publish it. Nothing is read ahead of what is acknowledged. */
export class Ingest {
  private lookedAt = Number.NEGATIVE_INFINITY;
  private progressAt = performance.now();

  constructor(private readonly options: IngestOptions) {}

  /** @throws when the folder, Kafka or MySQL is away; the next turn goes on where this one failed. */
  async turn(signal: AbortSignal): Promise<'worked' | 'idle'> {
    const { tailer, publisher, pollMs, batches } = this.options;
    if (publisher.isBusy) {
      await publisher.goOn();
      return this.progressed();
    }
    if (performance.now() - this.lookedAt >= pollMs) {
      await tailer.refresh();
      this.lookedAt = performance.now();
      this.measure();
    }
    const files = tailer.readable();
    if (files.length === 0) return this.idle();
    const batch = await batches.begin();
    for (const file of files) {
      if (batch.isFull || signal.aborted) break;
      await this.fill(batch, file);
    }
    if (batch.isEmpty) return this.idle();
    await publisher.publish(batch);
    return this.progressed();
  }

  /** Red when there is something to read and no batch gets done. */
  readonly progress: ReadinessCheck = {
    name: 'progress',
    check: async () => {
      const stuckMs = performance.now() - this.progressAt;
      if (this.lag === 0 || stuckMs < STUCK_AFTER_MS) return;
      throw new Error(`${this.lag} bytes unread, no batch published for ${Math.round(stuckMs / 1000)} s`);
    },
  };

  private async fill(batch: Batch, file: TrackedFile): Promise<void> {
    let touched = false;
    while (!batch.isFull) {
      const pulled = file.take() ?? (await file.pull(this.options.tailer.now()));
      if (typeof pulled === 'object') {
        batch.add(file, pulled);
        touched = true;
        continue;
      }
      if (pulled === 'corrupt') batch.addCorruption(file);
      if (touched || pulled === 'finished' || pulled === 'corrupt') batch.reached(file);
      if (pulled === 'replaced') await this.options.tailer.forget(file);
      return;
    }
    batch.reached(file);
  }

  private idle(): 'idle' {
    if (this.lag === 0) this.progressAt = performance.now();
    return 'idle';
  }

  private progressed(): 'worked' {
    this.progressAt = performance.now();
    return 'worked';
  }

  private get lag(): number {
    // A last line that waits for its ending is no lag that anybody could work off.
    return this.options.tailer.files
      .filter((file) => file.wantsReading(this.options.tailer.now()))
      .reduce((sum, { lag }) => sum + lag, 0);
  }

  private measure(): void {
    const { files } = this.options.tailer;
    ingestMetrics.lagBytes.set(files.reduce((sum, { lag }) => sum + lag, 0));
    for (const state of ['live', 'finished', 'failed'] as const) {
      ingestMetrics.files.set({ state }, files.filter((file) => file.state === state).length);
    }
  }
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
