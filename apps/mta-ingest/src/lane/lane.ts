import { mailEventCodec } from '#contracts/mail-events/mail-event';
import { AvroWriter } from '#contracts/avro/avro-writer';
import { mtaReceiptCodec } from '#contracts/mta-receipts/mta-receipt';
import type { PartitionedRecords, RecordBatch } from '#platform/kafka/client';
import { eventTime } from '../map/outcome.js';
import { MOST_AHEAD_MS } from '../map/time.js';
import { isRecordType, type CsvRow, type Header } from '../parse/row.js';
import { ByteMemo } from './byte-memo.js';
import { put } from './bytes.js';
import { timeIn } from './cell-values.js';
import { EventBody } from './event-body.js';
import { EventIds, ID_LENGTH } from './event-ids.js';
import { LaneColumns } from './lane-columns.js';
import { RowReference } from './row-reference.js';

/** What the lane made of a row: how many events or receipts of what kind were written. */
export type LaneOutcome = 'delivered' | 'bounced' | 'complained' | 'receipt' | 'no-event';

/** Where the lane writes. */
export interface LaneRecords {
  readonly events: PartitionedRecords;
  readonly receipts: PartitionedRecords;
}

/** Texts of a row this long are clipped; the lane clips nothing. */
const LONGEST_ROW = 4_000;
const EVENT_HEADER = mailEventCodec.header;
const RECEIPT_HEADER = mtaReceiptCodec.header;
const MESSAGE_ID_LENGTH = 36;
/** Avro's length of the id, one byte. */
const ID_SIZE = ID_LENGTH * 2;
const ACCEPTED = Buffer.from('accepted-by-mta');
const DELIVERED = Buffer.from('delivered');
const BOUNCED = Buffer.from('bounced');
const COMPLAINED = Buffer.from('complained');
/** Causes of an event, see `EventCause`. */
const TRANSPORT = Buffer.from('');
const REMOTE = Buffer.from('rb');
const FEEDBACK = Buffer.from('f');

/**
 * The way of ordinary rows: well formed, with an authentic reference of our mail.
 * From the row's bytes to the record's, without an object or a text between. Everything out of the ordinary it leaves alone, for
 * `mapRow` and the codec: those are the rules, and whatever the lane takes must come out byte for byte as they would make it
 * (lane.unit.spec.ts).
 */
export class Lane {
  private readonly reference: RowReference;
  private readonly ids = new EventIds();
  private readonly body = new EventBody();
  private readonly receipt = new AvroWriter();
  private readonly times = new ByteMemo<number | undefined>();
  private columns: { header: Header; found: LaneColumns } | undefined;

  /** @param key EG_REFERENCE_KEY as bytes */
  constructor(key: Buffer) {
    this.reference = new RowReference(key);
  }

  /**
   * @param now the ingester's clock in epoch milliseconds
   * @returns undefined when the row is not for the lane; nothing was written then
   */
  take(row: CsvRow, records: LaneRecords, now: number): LaneOutcome | undefined {
    const { type, record, cells } = row;
    if (row.flags.length > 0 || record.length > LONGEST_ROW) return undefined;
    const bytes = record.buffer;
    if (!isRecordType(type)) return undefined;
    const columns = this.columnsOf(row.header);
    if (!columns.areClear) return undefined;
    const loggedAt = timeIn(bytes, cells, columns.timeLogged, this.times);
    if (loggedAt === undefined || loggedAt > now + MOST_AHEAD_MS) return undefined;
    if (type === 't' || type === 'tq' || type === 'rs') return 'no-event';
    const { reference } = this;
    if (!reference.read(bytes, cells, columns)) return undefined;
    if (type === 'r') {
      this.writeReceipt(records.receipts, loggedAt);
      return 'receipt';
    }
    const eventAt = eventTime(loggedAt, reference.hasDetails ? reference.acceptedAt : undefined);
    if (!this.body.write(type, bytes, cells, columns, reference, eventAt, loggedAt)) return undefined;
    const { events } = records;
    const batch = events.batchOf(reference.reader.messageId, 0, MESSAGE_ID_LENGTH);
    this.ids.begin(reference.reader.messageId, reference.recipient, reference.recipientLength);
    switch (type) {
      case 'd':
        // One moment under two names: what the MTA saw, and what customers ask for.
        this.ids.digest(ACCEPTED, TRANSPORT);
        this.writeEvent(batch, ACCEPTED, 0);
        this.writeEvent(batch, DELIVERED, 1);
        events.wrote(batch);
        return 'delivered';
      case 'f':
        this.ids.digest(COMPLAINED, FEEDBACK);
        this.writeEvent(batch, COMPLAINED, 0);
        events.wrote(batch);
        return 'complained';
      case 'b':
      case 'rb':
        this.ids.digest(BOUNCED, type === 'rb' ? REMOTE : TRANSPORT);
        this.writeEvent(batch, BOUNCED, 0);
        events.wrote(batch);
        return 'bounced';
    }
  }

  private columnsOf(header: Header): LaneColumns {
    if (this.columns?.header !== header) this.columns = { header, found: new LaneColumns(header) };
    return this.columns.found;
  }

  private writeEvent(batch: RecordBatch, name: Buffer, half: 0 | 1): void {
    const { writer } = this.body;
    const { messageId } = this.reference.reader;
    const valueLength = EVENT_HEADER.length + 1 + ID_LENGTH + 1 + name.length + writer.length;
    let at = batch.reserve(messageId, 0, MESSAGE_ID_LENGTH, valueLength);
    const { bytes } = batch;
    at = put(EVENT_HEADER, bytes, at);
    bytes[at++] = ID_SIZE;
    this.ids.write(half, bytes, at);
    at += ID_LENGTH;
    bytes[at++] = name.length * 2;
    writer.bytes.copy(bytes, put(name, bytes, at), 0, writer.length);
  }

  private writeReceipt(records: PartitionedRecords, loggedAt: number): void {
    const { receipt, reference } = this;
    const { reader, recipient, recipientLength } = reference;
    receipt.reset();
    receipt.long(reader.userId);
    receipt.long(reader.domainId);
    receipt.text(reader.messageId, 0, MESSAGE_ID_LENGTH);
    receipt.long(reader.recipientNo);
    receipt.text(recipient, 0, recipientLength);
    receipt.long(loggedAt);
    const batch = records.batchOf(reader.messageId, 0, MESSAGE_ID_LENGTH);
    const valueLength = RECEIPT_HEADER.length + receipt.length;
    const at = batch.reserve(reader.messageId, 0, MESSAGE_ID_LENGTH, valueLength);
    receipt.bytes.copy(batch.bytes, put(RECEIPT_HEADER, batch.bytes, at), 0, receipt.length);
    records.wrote(batch);
  }
}
