import type { RecordProducer } from '#platform/kafka/client';
import type { Logger } from '#platform/telemetry/logger';
import { ingestMetrics } from '../ingest-metrics.js';
import type { Checkpoints } from '../tail/checkpoints.js';
import type { Batch } from './batch.js';

/**
 * Sends one batch, then records how far it went. The batch stays in hand until both are done: what fails is tried again from
 * where it failed, so an outage costs neither rows nor memory. A crash between the two steps reads this one batch again, which
 * makes the same events with the same ids.
 */
export class Publisher {
  private inHand: { batch: Batch; sent: boolean; startedAt: number; attempts: number } | undefined;

  constructor(
    private readonly producer: Pick<RecordProducer, 'send'>,
    private readonly checkpoints: Pick<Checkpoints, 'save'>,
    private readonly log: Logger,
  ) {}

  /** Whether a batch waits for Kafka or MySQL: nothing may be read meanwhile. */
  get isBusy(): boolean {
    return this.inHand !== undefined;
  }

  /** @throws when Kafka or MySQL is away; then call `goOn()` later. */
  async publish(batch: Batch): Promise<void> {
    if (this.inHand) throw new Error('the batch before is not published yet');
    this.inHand = { batch, sent: false, startedAt: performance.now(), attempts: 0 };
    await this.goOn();
  }

  async goOn(): Promise<void> {
    const work = this.inHand;
    if (!work) return;
    const { batch, startedAt } = work;
    work.attempts += 1;
    if (!work.sent) await this.producer.send(batch.records);
    work.sent = true;
    await this.checkpoints.save(batch.positions, batch.quarantined);
    this.inHand = undefined;
    const seconds = (performance.now() - startedAt) / 1000;
    ingestMetrics.batchSeconds.observe(seconds);
    ingestMetrics.bytes.inc(batch.bytes);
    batch.tally.publish();
    this.report(batch, Math.round(seconds * 1000));
    // A connection that was given up may still hold what it could not send.
    if (work.attempts === 1) batch.release();
  }

  private report(batch: Batch, durationMs: number): void {
    const { tally, positions, quarantined, bytes } = batch;
    this.log.info(
      { files: positions.map(({ path }) => path), ...tally.sums, bytes, durationMs },
      'accounting.ingested',
    );
    if (quarantined.length === 0) return;
    const places = quarantined.slice(0, 10).map(({ path, offset, reason }) => ({ path, offset, reason }));
    this.log.warn({ count: quarantined.length, places }, 'accounting.quarantined');
  }
}
