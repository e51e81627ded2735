import type { AvroWriter } from '#contracts/avro/avro-writer';
import type { BounceType } from '#contracts/mail-events/mail-event';
import { bounceCategory, typeOfStatus } from '../map/bounce-categories.js';
import { parseDiagnostic, parseMta, parseStatus } from '../map/diagnostic.js';
import type { Cells } from '../parse/cells.js';
import { ByteMemo } from './byte-memo.js';
import { copyCell, timeIn } from './cell-values.js';
import { HostBytes } from './host-bytes.js';
import type { LaneColumns } from './lane-columns.js';
import { ReplyBytes } from './reply-bytes.js';

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

/** The members `delivery` and `bounce` of a mail event: what the remote server said. */
export class DeliveryBody {
  private readonly reply = new ReplyBytes();
  private readonly replies = new ByteMemo<Reply>();
  private readonly statuses = new ByteMemo<Status>();
  private readonly host = new HostBytes();
  private readonly hosts = new ByteMemo<Host>();
  private readonly categories = new ByteMemo<Category>();
  private readonly starts = new ByteMemo<number | undefined>();

  constructor(private readonly writer: AvroWriter) {}

  /**
   * @param loggedAt when the outcome was logged, epoch milliseconds
   * @returns false for a row that the general way must map
   */
  write(
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
    if (hasIp && !copyCell(writer, bytes, cells, ip)) return false;
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
      timeIn(bytes, cells, columns.timeFirstAttempt, starts) ??
      timeIn(bytes, cells, columns.timeQueued, starts);
    this.writer.long(start === undefined ? 0 : 1);
    if (start !== undefined) this.writer.double(Math.max(0, loggedAt - start) / 1000);
  }
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
