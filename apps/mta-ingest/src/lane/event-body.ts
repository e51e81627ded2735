import { AvroWriter } from '#contracts/avro/avro-writer';
import type { BounceType } from '#contracts/mail-events/mail-event';
import { bounceCategory, typeOfStatus } from '../map/bounce-categories.js';
import { parseDiagnostic, parseMta, parseStatus } from '../map/diagnostic.js';
import { decodeHeader } from '../map/encoded-words.js';
import { parseTime } from '../map/time.js';
import type { Cells } from '../parse/cells.js';
import { ByteMemo } from './byte-memo.js';
import { HostBytes } from './host-bytes.js';
import type { LaneColumns } from './lane-columns.js';
import { ReplyBytes } from './reply-bytes.js';
import type { RowReference } from './row-reference.js';

const SPACE = 0x20;
const EQUALS = 0x3d;
const QUESTION = 0x3f;
const BRACKET = 0x3e;
const NOTHING = Buffer.alloc(0);
const NO_STATUS: Status = { enhanced: NOTHING, phrase: NOTHING };
const OTHER = categoryOf('');
const TYPES: Readonly<Record<BounceType, Buffer>> = {
  hard: Buffer.from('hard'),
  soft: Buffer.from('soft'),
  block: Buffer.from('block'),
};
/** What the record type implies where a row says nothing. */
const DELIVERED = { code: 250, enhanced: Buffer.from('2.0.0') } as const;
const UNKNOWN = { code: null, enhanced: NOTHING } as const;
const TAGS_FROM = 6;

interface Status {
  readonly enhanced: Buffer;
  readonly phrase: Buffer;
}
interface Reply {
  readonly code: number | null;
  readonly enhanced: Buffer;
  readonly text: Buffer;
}
interface Host {
  readonly host: Buffer;
  readonly ip: Buffer;
}
interface Category {
  readonly category: Buffer;
  readonly type: BounceType | undefined;
}

/** Record types that make events. */
export type OutcomeType = 'd' | 'b' | 'rb' | 'f';

/**
 * Everything of a mail event behind its id and name, in the order of its schema (mail-event.schema.ts), from the bytes of a row.
 * What a rule of `map/` makes of a text is remembered; a printable text of which a rule would change nothing is copied.
 */
export class EventBody {
  readonly writer = new AvroWriter();
  private readonly reply = new ReplyBytes();
  private readonly headers = new ByteMemo<Buffer>();
  private readonly replies = new ByteMemo<Reply>();
  private readonly statuses = new ByteMemo<Status>();
  private readonly host = new HostBytes();
  private readonly hosts = new ByteMemo<Host>();
  private readonly categories = new ByteMemo<Category>();
  private readonly times = new ByteMemo<number | undefined>();
  private readonly starts = new ByteMemo<number | undefined>();

  /** A cell with a time in epoch milliseconds; `undefined` for none. */
  timeIn(
    bytes: Buffer,
    cells: Cells,
    column: number,
    memo: ByteMemo<number | undefined> = this.times,
  ): number | undefined {
    if (column < 0 || cells.starts[column] === cells.ends[column]) return undefined;
    return memo.of(bytes, cells, column, parseTime);
  }

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
    if (!this.asItIs(bytes, cells, columns.sourceIp)) return false;
    this.number(bytes, cells, columns.size);
    writer.nullableLong(reference.hasDetails ? reference.acceptedAt : null);
    if (type === 'f') {
      // Neither delivery nor bounce, but the kind of feedback as the reason.
      writer.long(0);
      writer.long(0);
      if (!this.asItIs(bytes, cells, columns.feedbackType)) return false;
    } else {
      if (!this.delivery(type, bytes, cells, columns, loggedAt)) return false;
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

  private asItIs(bytes: Buffer, cells: Cells, column: number): boolean {
    if (column < 0) this.writer.text(NOTHING, 0, 0);
    else if (cells.isPlain[column] === 1)
      this.writer.text(bytes, cells.starts[column] as number, cells.ends[column] as number);
    else return false;
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

  private delivery(
    type: 'd' | 'b' | 'rb',
    bytes: Buffer,
    cells: Cells,
    columns: LaneColumns,
    loggedAt: number,
  ): boolean {
    const { writer } = this;
    const fallback = type === 'd' ? DELIVERED : UNKNOWN;
    const { dsnStatus, destinationIp: ip } = columns;
    const status = dsnStatus < 0 ? NO_STATUS : this.statuses.of(bytes, cells, dsnStatus, statusOf);
    const enhanced = status.enhanced.length > 0 ? status.enhanced : fallback.enhanced;
    writer.long(1);
    const statusClass = this.replied(bytes, cells, columns.dsnDiag, fallback.code, enhanced);
    writer.text(status.phrase, 0, status.phrase.length);
    const hasIp = ip >= 0 && (cells.ends[ip] as number) > (cells.starts[ip] as number);
    this.remote(bytes, cells, columns.dsnMta, !hasIp);
    if (hasIp && !this.asItIs(bytes, cells, ip)) return false;
    this.sessionSeconds(bytes, cells, columns, loggedAt);
    if (type === 'd') writer.long(0);
    else this.bounce(bytes, cells, columns.bounceCat, statusClass);
    return true;
  }

  /** Writes code, enhanced code and text of the reply. @returns the first digit of the code that counts; 0 for none */
  private replied(
    bytes: Buffer,
    cells: Cells,
    column: number,
    code: number | null,
    enhanced: Buffer,
  ): number {
    const { writer, reply } = this;
    if (column >= 0 && cells.isPlain[column] !== 1) {
      const replied = this.replies.of(bytes, cells, column, replyOf);
      const which = replied.enhanced.length > 0 ? replied.enhanced : enhanced;
      writer.nullableLong(replied.code ?? code);
      writer.text(which, 0, which.length);
      writer.text(replied.text, 0, replied.text.length);
      return classOf(which, 0, which.length, replied.code ?? code);
    }
    if (column < 0) reply.read(NOTHING, 0, 0);
    else reply.read(bytes, cells.starts[column] as number, cells.ends[column] as number);
    const counts = reply.code === 0 ? code : reply.code;
    const hasEnhanced = reply.enhancedTo > reply.enhancedFrom;
    const source = hasEnhanced ? bytes : enhanced;
    const from = hasEnhanced ? reply.enhancedFrom : 0;
    const to = hasEnhanced ? reply.enhancedTo : enhanced.length;
    writer.nullableLong(counts);
    writer.text(source, from, to);
    writer.text(bytes, reply.from, reply.to);
    return classOf(source, from, to, counts);
  }

  /** Writes the remote host, and its address unless another column has it. */
  private remote(bytes: Buffer, cells: Cells, column: number, withAddress: boolean): void {
    const { writer, host } = this;
    if (column >= 0 && cells.isPlain[column] !== 1) {
      const other = this.hosts.of(bytes, cells, column, hostOf);
      writer.text(other.host, 0, other.host.length);
      if (withAddress) writer.text(other.ip, 0, other.ip.length);
      return;
    }
    if (column < 0) host.read(NOTHING, 0, 0);
    else host.read(bytes, cells.starts[column] as number, cells.ends[column] as number);
    writer.text(bytes, host.from, host.to);
    if (withAddress) writer.text(bytes, host.ipFrom, host.ipTo);
  }

  private bounce(bytes: Buffer, cells: Cells, column: number, statusClass: number): void {
    const { writer } = this;
    const found = column < 0 ? OTHER : this.categories.of(bytes, cells, column, categoryOf);
    const type = TYPES[found.type ?? typeOfStatus(String(statusClass))];
    writer.long(1);
    writer.text(type, 0, type.length);
    writer.text(found.category, 0, found.category.length);
  }

  private sessionSeconds(bytes: Buffer, cells: Cells, columns: LaneColumns, loggedAt: number): void {
    const { starts } = this;
    const start =
      this.timeIn(bytes, cells, columns.timeFirstAttempt, starts) ??
      this.timeIn(bytes, cells, columns.timeQueued, starts);
    this.writer.long(start === undefined ? 0 : 1);
    if (start !== undefined) this.writer.double(Math.max(0, loggedAt - start) / 1000);
  }
}

function headerOf(text: string): Buffer {
  return Buffer.from(decodeHeader(text));
}

function statusOf(text: string): Status {
  const { enhancedCode, phrase } = parseStatus(text);
  return { enhanced: Buffer.from(enhancedCode), phrase: Buffer.from(phrase) };
}

function replyOf(diagnostic: string): Reply {
  const { code, enhancedCode, text } = parseDiagnostic(diagnostic);
  return { code, enhanced: Buffer.from(enhancedCode), text: Buffer.from(text) };
}

function categoryOf(text: string): Category {
  const { category, type } = bounceCategory(text);
  return { category: Buffer.from(category), type };
}

/** The first digit of the enhanced code, or else of the basic one; 0 for none. */
function classOf(enhanced: Buffer, from: number, to: number, code: number | null): number {
  return to > from ? (enhanced[from] as number) - 0x30 : Math.floor((code ?? 0) / 100);
}

function hostOf(text: string): Host {
  const { host, ip } = parseMta(text);
  return { host: Buffer.from(host), ip: Buffer.from(ip) };
}

/** Whether `decodeHeader` leaves this printable text as it is: no encoded word, no blanks around it. */
function isReadable(bytes: Buffer, from: number, to: number, hasEquals: boolean): boolean {
  if (bytes[from] === SPACE || bytes[to - 1] === SPACE) return false;
  if (!hasEquals) return true;
  for (let at = from; at < to; at += 1) if (bytes[at] === EQUALS && bytes[at + 1] === QUESTION) return false;
  return true;
}
