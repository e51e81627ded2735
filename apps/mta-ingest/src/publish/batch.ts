import { encodeMailEvent } from '#contracts/mail-events/mail-event';
import type { MailEvent } from '#contracts/mail-events/mail-event';
import { encodeMtaReceipt } from '#contracts/mta-receipts/mta-receipt';
import type { MtaReceipt } from '#contracts/mta-receipts/mta-receipt';
import type { ProducerBatch, ProducerMessage } from '#platform/kafka/client';
import { mapRow } from '../map/outcome.js';
import type { Correlator } from '../map/correlate.js';
import { KEPT_BYTES } from '../parse/record-splitter.js';
import type { Parsed } from '../parse/row-parser.js';
import { isRecordType } from '../parse/row.js';
import type { Quarantined } from '../quarantine/quarantined.js';
import type { Checkpoint } from '../tail/checkpoints.js';
import type { RowSource } from '../tail/row-source.js';
import type { TrackedFile } from '../tail/tracked-file.js';
import { ingestMetrics } from '../ingest-metrics.js';

/** A batch is full with this many rows or this many bytes, whatever comes first: one request to Kafka, flat memory. */
export const BATCH_ROWS = 1_000;
export const BATCH_BYTES = 4 * 1024 * 1024;

/** What a batch has done, for its log line. */
export interface Tally {
  rows: number;
  events: number;
  receipts: number;
  bad: number;
  skipped: number;
}

/** Names of the topics that a batch writes to. */
export interface BatchTopics {
  mailEvents: string;
  mtaReceipts: string;
}

/**
 * Rows of one or several files on their way to Kafka: what to send, and how far each file will have been published once it
 * was sent.
 */
export class Batch {
  readonly tally: Tally = { rows: 0, events: 0, receipts: 0, bad: 0, skipped: 0 };
  readonly quarantined: Quarantined[] = [];
  bytes = 0;
  private readonly events: ProducerMessage[] = [];
  private readonly receipts: ProducerMessage[] = [];
  private readonly checkpoints = new Map<TrackedFile, Checkpoint>();

  /** @param now the wall clock in epoch milliseconds. */
  constructor(
    private readonly correlator: Correlator,
    private readonly topics: BatchTopics,
    private readonly now: number,
  ) {}

  get isFull(): boolean {
    return this.tally.rows >= BATCH_ROWS || this.bytes >= BATCH_BYTES;
  }

  get isEmpty(): boolean {
    return this.checkpoints.size === 0;
  }

  add(file: RowSource, parsed: Parsed): void {
    this.bytes += parsed.length;
    if (parsed.kind === 'row') this.addRow(file, parsed);
    if (parsed.kind === 'bad') this.setAside(file, parsed, parsed.reason);
  }

  /** The compressed bytes of a file stopped making sense at its present offset. */
  addCorruption(file: TrackedFile): void {
    const { offset } = file.checkpoint();
    this.setAside(file, { offset, length: 0, bytes: Buffer.alloc(0) }, 'corrupt-compression');
  }

  /** Call after the last piece of a file: its position now is what this batch publishes. */
  reached(file: TrackedFile): void {
    this.checkpoints.set(file, file.checkpoint());
  }

  get messages(): ProducerBatch[] {
    return [
      { topic: this.topics.mailEvents, messages: this.events },
      { topic: this.topics.mtaReceipts, messages: this.receipts },
    ].filter(({ messages }) => messages.length > 0);
  }

  get positions(): Checkpoint[] {
    return [...this.checkpoints.values()];
  }

  private addRow(file: RowSource, parsed: Extract<Parsed, { kind: 'row' }>): void {
    const { row } = parsed;
    this.tally.rows += 1;
    file.counters.rows += 1;
    ingestMetrics.rows.inc({ type: isRecordType(row.type) ? row.type : 'unknown' });
    for (const flag of row.flags) ingestMetrics.flagged.inc({ flag });
    const outcome = mapRow(row, this.correlator, this.now);
    switch (outcome.kind) {
      case 'events':
        for (const event of outcome.events) this.addEvent(file, event);
        // The cells beyond the header may be a second row that was torn into this one.
        if (row.flags.includes('long-row')) this.setAside(file, parsed, 'long-row');
        return;
      case 'receipt':
        this.addReceipt(outcome.receipt);
        return;
      case 'skipped':
        this.tally.skipped += 1;
        file.counters.skipped += 1;
        ingestMetrics.skipped.inc({ why: outcome.why });
        return;
      case 'bad':
        this.setAside(file, parsed, outcome.reason);
        return;
    }
  }

  private addEvent(file: RowSource, event: MailEvent): void {
    this.tally.events += 1;
    file.counters.events += 1;
    ingestMetrics.events.inc({ event: event.event });
    this.events.push({ key: event.messageId, value: encodeMailEvent(event) });
  }

  private addReceipt(receipt: MtaReceipt): void {
    this.tally.receipts += 1;
    ingestMetrics.receipts.inc();
    this.receipts.push({ key: receipt.messageId, value: encodeMtaReceipt(receipt) });
  }

  private setAside(
    file: RowSource,
    piece: { offset: number; length: number; bytes: Buffer },
    reason: string,
  ): void {
    this.tally.bad += 1;
    file.counters.bad += 1;
    ingestMetrics.bad.inc({ reason });
    const { offset, length } = piece;
    const bytes = piece.bytes.subarray(0, KEPT_BYTES);
    const { identity, path, format, columns } = file;
    this.quarantined.push({ identity, path, format, columns, offset, length, reason, bytes });
  }
}
