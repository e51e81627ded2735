import type { Readable } from 'node:stream';
import { untilItWorks } from '#platform/lifecycle/retry';
import type { Logger } from '#platform/telemetry/logger';
import type { Batch } from '../publish/batch.js';
import type { Batches } from '../publish/batches.js';
import type { Publisher } from '../publish/publisher.js';
import type { Counters } from '../tail/checkpoints.js';
import { formatOfBytes, UnfiledRows } from '../unfiled/unfiled.js';

export interface PipeOptions {
  input: Readable;
  batches: Batches;
  publisher: Publisher;
  log: Logger;
  /** Aborts when nothing more is to be read. */
  stopping: AbortSignal;
  /** Aborts when publishing is to be given up. */
  giveUp: AbortSignal;
}

/**
 * Rows from a pipe until it ends, or until told to stop; then what was read is published. Nothing is read while a batch waits for
 * Kafka or MySQL, so whoever writes waits too.
 *
 * @returns what was read, or undefined when some of it could not be published in time
 */
export async function ingestPipe(options: PipeOptions): Promise<Counters | undefined> {
  const { input, stopping } = options;
  const arrivals = new Arrivals(input, stopping);
  let rows: UnfiledRows | undefined;
  let batch: Batch | undefined;
  for (;;) {
    const chunk = input.read() as Buffer | null;
    const isOver = chunk === null && (arrivals.hasEnded || stopping.aborted);
    if (chunk) {
      rows ??= new UnfiledRows('stdin', formatOfBytes(chunk));
      rows.parser.push(chunk);
    }
    // Bytes without an ending are a whole row only when nothing can follow; who is told to stop leaves them.
    if (chunk === null && arrivals.hasEnded) rows?.parser.end();
    for (let isFull = rows !== undefined; isFull;) {
      batch ??= await begin(options);
      if (!batch) return undefined;
      isFull = rows?.fill(batch) ?? false;
      if (!isFull && chunk !== null) break;
      // Without more in the pipe a batch does not wait to be full, nor does one without rows wait: it has the time of its beginning.
      if (!batch.hasFindings) batch.release();
      else if (!(await publish(batch, options))) return undefined;
      batch = undefined;
    }
    if (isOver) return rows?.counters ?? { rows: 0, events: 0, bad: 0, skipped: 0 };
    if (chunk === null) await arrivals.next();
  }
}

function begin({ batches, log, giveUp: signal }: PipeOptions): Promise<Batch | undefined> {
  return untilItWorks('kafka', () => batches.begin(), { log, signal, event: 'pipe.waiting' });
}

async function publish(batch: Batch, { publisher, log, giveUp: signal }: PipeOptions): Promise<boolean> {
  const attempt = (): Promise<void> => (publisher.isBusy ? publisher.goOn() : publisher.publish(batch));
  await untilItWorks('publishing', attempt, { log, signal, event: 'pipe.waiting' });
  return !publisher.isBusy;
}

/** Tells when it is worth reading again. */
class Arrivals {
  hasEnded = false;
  private failure: Error | undefined;
  private waiting = Promise.withResolvers<void>();

  constructor(input: Readable, stopping: AbortSignal) {
    const wake = (): void => this.waiting.resolve();
    input.on('readable', wake);
    input.once('end', () => {
      this.hasEnded = true;
      wake();
    });
    input.once('error', (error: Error) => {
      this.failure = error;
      wake();
    });
    stopping.addEventListener('abort', wake, { once: true });
  }

  /** @throws when the input cannot be read */
  async next(): Promise<void> {
    await this.waiting.promise;
    this.waiting = Promise.withResolvers();
    if (this.failure) throw this.failure;
  }
}
