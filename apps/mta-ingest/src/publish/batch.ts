import { encodeMailEvent } from '#contracts/mail-events/mail-event';
import { encodeMtaReceipt } from '#contracts/mta-receipts/mta-receipt';
import type { RecordBatch } from '#platform/kafka/client';
import type { Lane, LaneRecords } from '../lane/lane.js';
import { mapRow } from '../map/outcome.js';
import type { Correlator } from '../map/correlate.js';
import { KEPT_BYTES } from '../parse/record-splitter.js';
import type { Parsed } from '../parse/row-parser.js';
import { CsvRow, isRecordType } from '../parse/row.js';
import type { Quarantined } from '../quarantine/quarantined.js';
import type { Checkpoint } from '../tail/checkpoints.js';
import type { RowSource } from '../tail/row-source.js';
import type { TrackedFile } from '../tail/tracked-file.js';
import { Tally } from './tally.js';

/** A batch is full with this many rows, good or bad, or this many bytes, whatever comes first: flat memory, and little to read again. */
export const BATCH_ROWS = 10_000;
export const BATCH_BYTES = 4 * 1024 * 1024;
/** Kafka takes about a megabyte for a partition at a time. What the events of one row have fits in between. */
const PARTITION_BYTES = 800_000;

/** How rows become records: the lane takes the ordinary ones, the rules and the correlator all others. */
export interface Mapping {
  readonly lane: Lane;
  readonly correlator: Correlator;
}

/**
 * Rows of one or several files on their way to Kafka: what to send, and how far each file will have been published once it
 * was sent.
 */
export class Batch {
  readonly tally = new Tally();
  readonly quarantined: Quarantined[] = [];
  bytes = 0;
  /** Rows, and bad pieces, which cost as much: two million of them fit into the bytes of a batch. */
  private pieces = 0;
  private readonly checkpoints = new Map<TrackedFile, Checkpoint>();

  /**
   * @param target empty records of the topics
   * @param now the wall clock in epoch milliseconds.
   */
  constructor(
    private readonly mapping: Mapping,
    private readonly target: LaneRecords,
    private readonly now: number,
  ) {}

  get isFull(): boolean {
    return (
      this.pieces >= BATCH_ROWS ||
      this.bytes >= BATCH_BYTES ||
      this.target.events.mostBytes >= PARTITION_BYTES ||
      this.target.receipts.mostBytes >= PARTITION_BYTES
    );
  }

  get isEmpty(): boolean {
    return this.checkpoints.size === 0;
  }

  /** Whether there is something to publish or to set aside; a batch of blank lines has nothing. */
  get hasFindings(): boolean {
    return this.tally.rows > 0 || this.quarantined.length > 0;
  }

  add(file: RowSource, parsed: Parsed): void {
    this.bytes += parsed.length;
    this.pieces += 1;
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

  /** What to send. */
  get records(): RecordBatch[] {
    return [...this.target.events.batches, ...this.target.receipts.batches];
  }

  /** Call when nothing of it is needed any more. */
  release(): void {
    this.target.events.release();
    this.target.receipts.release();
  }

  get positions(): Checkpoint[] {
    return [...this.checkpoints.values()];
  }

  private addRow(file: RowSource, parsed: Extract<Parsed, { kind: 'row' }>): void {
    const { row } = parsed;
    const { tally, target } = this;
    tally.rows += 1;
    file.counters.rows += 1;
    tally.count('type', isRecordType(row.type) ? row.type : 'unknown');
    const taken = row instanceof CsvRow ? this.mapping.lane.take(row, target, this.now) : undefined;
    if (taken !== undefined) {
      tally.take(taken, file.counters);
      return;
    }
    for (const flag of row.flags) tally.count('flag', flag);
    try {
      this.map(file, parsed);
    } catch {
      // A row that a rule or the codec was not made for must not hold up the rows behind it.
      this.setAside(file, parsed, 'unmappable');
    }
  }

  private map(file: RowSource, parsed: Extract<Parsed, { kind: 'row' }>): void {
    const { row } = parsed;
    const { tally, target } = this;
    const outcome = mapRow(row, this.mapping.correlator, this.now);
    switch (outcome.kind) {
      case 'events': {
        const records = outcome.events.map((event) => ({ event, value: encodeMailEvent(event) }));
        for (const { event, value } of records) {
          this.countEvent(file, event.event);
          target.events.append(Buffer.from(event.messageId), value);
        }
        // The cells beyond the header may be a second row that was torn into this one.
        if (row.flags.includes('long-row')) this.setAside(file, parsed, 'long-row');
        return;
      }
      case 'receipt': {
        const value = encodeMtaReceipt(outcome.receipt);
        tally.receipts += 1;
        target.receipts.append(Buffer.from(outcome.receipt.messageId), value);
        return;
      }
      case 'skipped':
        this.countSkipped(file, outcome.why);
        return;
      case 'bad':
        this.setAside(file, parsed, outcome.reason);
        return;
    }
  }

  private countEvent(file: RowSource, event: string): void {
    this.tally.events += 1;
    file.counters.events += 1;
    this.tally.count('event', event);
  }

  private countSkipped(file: RowSource, why: string): void {
    this.tally.skipped += 1;
    file.counters.skipped += 1;
    this.tally.count('why', why);
  }

  private setAside(
    file: RowSource,
    piece: { offset: number; length: number; bytes: Buffer },
    reason: string,
  ): void {
    this.tally.bad += 1;
    file.counters.bad += 1;
    this.tally.count('reason', reason);
    const { length } = piece;
    const offset = file.offset ?? piece.offset;
    // A copy: what is read next takes their place.
    const bytes = Buffer.from(piece.bytes.subarray(0, KEPT_BYTES));
    const { identity, path, format, columns } = file;
    this.quarantined.push({ identity, path, format, columns, offset, length, reason, bytes });
  }
}
