import { AvroWriter } from '#contracts/avro/avro-writer';
import { decodeHeader } from '../map/encoded-words.js';
import type { Cells } from '../parse/cells.js';
import { ByteMemo } from './byte-memo.js';
import { copyCell } from './cell-values.js';
import { DeliveryBody } from './delivery-body.js';
import type { LaneColumns } from './lane-columns.js';
import type { RowReference } from './row-reference.js';

const SPACE = 0x20;
const EQUALS = 0x3d;
const QUESTION = 0x3f;
const BRACKET = 0x3e;
const NOTHING = Buffer.alloc(0);
const TAGS_FROM = 6;

/** Record types that make events. */
export type OutcomeType = 'd' | 'b' | 'rb' | 'f';

/**
 * Everything of a mail event behind its id and name, in the order of its schema (mail-event.schema.ts), from the bytes of a row.
 * What a rule of `map/` makes of a text is remembered; a printable text of which a rule would change nothing is copied.
 */
export class EventBody {
  readonly writer = new AvroWriter();
  private readonly delivery = new DeliveryBody(this.writer);
  private readonly headers = new ByteMemo<Buffer>();

  /**
   * @param eventAt `loggedAt` of the event
   * @param loggedAt when the outcome was logged
   * @returns false for a row that the general way must map
   */
  write(
    type: OutcomeType,
    bytes: Buffer,
    cells: Cells,
    columns: LaneColumns,
    reference: RowReference,
    eventAt: number,
    loggedAt: number,
  ): boolean {
    const { writer } = this;
    const { reader } = reference;
    writer.reset();
    writer.long(eventAt);
    writer.long(reader.userId);
    writer.long(reader.domainId);
    this.detail(reference, 1);
    writer.text(reader.messageId, 0, reader.messageId.length);
    writer.text(reference.recipient, 0, reference.recipientLength);
    this.detail(reference, 3);
    this.detail(reference, 2);
    this.header(bytes, cells, columns.from);
    this.header(bytes, cells, columns.to);
    this.header(bytes, cells, columns.subject);
    this.tags(reference);
    if (!this.address(bytes, cells, columns.orig)) return false;
    if (!copyCell(writer, bytes, cells, columns.sourceIp)) return false;
    this.number(bytes, cells, columns.size);
    writer.nullableLong(reference.hasDetails ? reference.acceptedAt : null);
    if (type === 'f') {
      // Neither delivery nor bounce, but the kind of feedback as the reason.
      writer.long(0);
      writer.long(0);
      if (!copyCell(writer, bytes, cells, columns.feedbackType)) return false;
    } else {
      if (!this.delivery.write(type, bytes, cells, columns, loggedAt)) return false;
      writer.text(NOTHING, 0, 0);
    }
    const { context } = reference;
    for (let at = 0; at < context.length; at += 1) {
      const id = context[at] as number;
      writer.nullableLong(id < 0 ? null : id);
    }
    return true;
  }

  /** A line of the details; empty when the row has none. */
  private detail(reference: RowReference, line: number): void {
    const { reader, hasDetails, lineEnds } = reference;
    if (hasDetails)
      this.writer.text(reader.detailsBytes, reference.lineStart(line), lineEnds[line] as number);
    else this.writer.text(NOTHING, 0, 0);
  }

  private tags({ reader, lineEnds, lines }: RowReference): void {
    const { writer } = this;
    if (lines > TAGS_FROM) {
      writer.long(lines - TAGS_FROM);
      for (let line = TAGS_FROM; line < lines; line += 1)
        writer.text(reader.detailsBytes, (lineEnds[line - 1] as number) + 1, lineEnds[line] as number);
    }
    writer.long(0);
  }

  /** A logged header: copied when there is nothing to decode, unfold or trim. */
  private header(bytes: Buffer, cells: Cells, column: number): void {
    const from = column < 0 ? 0 : (cells.starts[column] as number);
    const to = column < 0 ? 0 : (cells.ends[column] as number);
    if (
      from === to ||
      (cells.isPlain[column] === 1 && isReadable(bytes, from, to, cells.hasEquals[column] === 1))
    ) {
      this.writer.text(bytes, from, to);
      return;
    }
    const text = this.headers.of(bytes, cells, column, headerOf);
    this.writer.text(text, 0, text.length);
  }

  private address(bytes: Buffer, cells: Cells, column: number): boolean {
    const from = cells.starts[column] as number;
    const to = cells.ends[column] as number;
    if (bytes[from] === SPACE || bytes[to - 1] === SPACE || bytes[to - 1] === BRACKET) return false;
    this.writer.text(bytes, from, to);
    return true;
  }

  private number(bytes: Buffer, cells: Cells, column: number): void {
    const from = column < 0 ? 0 : (cells.starts[column] as number);
    const to = column < 0 ? 0 : (cells.ends[column] as number);
    let value = 0;
    let isNumber = to > from && to - from <= 15;
    for (let at = from; at < to && isNumber; at += 1) {
      const digit = (bytes[at] as number) - 0x30;
      isNumber = digit >= 0 && digit <= 9;
      value = value * 10 + digit;
    }
    this.writer.nullableLong(isNumber ? value : null);
  }
}

function headerOf(text: string): Buffer {
  return Buffer.from(decodeHeader(text));
}

/** Whether `decodeHeader` leaves this printable text as it is: no encoded word, no blanks around it. */
function isReadable(bytes: Buffer, from: number, to: number, hasEquals: boolean): boolean {
  if (bytes[from] === SPACE || bytes[to - 1] === SPACE) return false;
  if (!hasEquals) return true;
  for (let at = from; at < to; at += 1) if (bytes[at] === EQUALS && bytes[at + 1] === QUESTION) return false;
  return true;
}
