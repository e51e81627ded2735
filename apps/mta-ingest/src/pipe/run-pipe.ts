import type { Readable } from 'node:stream';
import type { MysqlDatabase } from '#platform/database/database';
import type { RecordProducer } from '#platform/kafka/client';
import type { Logger } from '#platform/telemetry/logger';
import type { Batches } from '../publish/batches.js';
import { Publisher } from '../publish/publisher.js';
import type { Checkpoints } from '../tail/checkpoints.js';
import { ingestPipe } from './pipe.js';

/** How long what was read may take to be published after a signal; supervisors wait longer before they kill. */
const DRAIN_TIMEOUT_MS = 20_000;

export interface PipeParts {
  database: MysqlDatabase;
  producer: RecordProducer;
  checkpoints: Checkpoints;
  batches: Batches;
  log: Logger;
}

/**
 * The process as the reader of a pipe: ends with the pipe, or on SIGTERM or SIGINT with what was read until then. It serves no
 * health port: whoever starts it sees it end.
 *
 * @returns the exit code: 0 when everything that was read is published, and what is bad is in quarantine
 */
export async function runPipe(input: Readable, parts: PipeParts): Promise<number> {
  const { database, producer, checkpoints, batches, log } = parts;
  const stopping = new AbortController();
  const giveUp = new AbortController();
  const stop = (signal: string): void => {
    log.info({ signal }, 'pipe.stopping');
    stopping.abort();
    setTimeout(() => giveUp.abort(), DRAIN_TIMEOUT_MS).unref();
  };
  process.once('SIGTERM', stop).once('SIGINT', stop);
  const publisher = new Publisher(producer, checkpoints, log);
  const signals = { stopping: stopping.signal, giveUp: giveUp.signal };
  try {
    const read = await ingestPipe({ input, batches, publisher, log, ...signals });
    if (read) log.info(read, 'pipe.published');
    else log.fatal('pipe.not-published');
    return read ? 0 : 1;
  } catch (error) {
    log.fatal({ err: error }, 'pipe.failed');
    return 1;
  } finally {
    await Promise.all([producer.disconnect(), database.close()]);
  }
}
