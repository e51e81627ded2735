import { appendFile, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { mailEventId } from '#contracts/mail-events/event-id';
import { mintHeaderReference } from '#contracts/reference/header-reference';
import { mintToken, verpSender } from '#contracts/reference/mail-reference';

const HEADER =
  'type,timeLogged,timeQueued,orig,rcpt,dsnStatus,dsnDiag,dsnMta,bounceCat,envId,header_X-EG-Ref,header_Subject';
/** Every so many rows one is bad, in turn: garbage, a forged reference, no time. */
const BAD_EVERY = 250;

/** A PowerMTA that writes, rotates, renames and compresses its accounting file, and what should come of it. */
export class AccountingLog {
  /** Ids of the events of all good rows. */
  readonly eventIds = new Set<string>();
  badRows = 0;
  private no = 0;
  private file = 0;
  private torn = '';

  constructor(
    private readonly folder: string,
    private readonly key: Buffer,
    private readonly random: () => number,
  ) {}

  async open(): Promise<void> {
    await writeFile(this.path, `${HEADER}\r\n`);
  }

  /** Appends rows; the last one may be torn, and is completed by the next call. */
  async write(count: number): Promise<void> {
    let text = this.torn;
    for (let row = 0; row < count; row += 1) text += this.row();
    const keep = this.random() < 0.5 ? Math.floor(this.random() * 200) : 0;
    this.torn = text.slice(text.length - keep);
    await appendFile(this.path, text.slice(0, text.length - keep));
  }

  /** The next file; the one before is left, renamed or compressed. */
  async rotate(): Promise<void> {
    await this.complete();
    const before = this.path;
    this.file += 1;
    await this.open();
    const fate = Math.floor(this.random() * 4);
    if (fate === 0) await rename(before, join(this.folder, `done-${this.file}.csv`));
    if (fate === 1) await this.compress(before, 'gz', gzipSync);
    if (fate === 2) await this.compress(before, 'zst', zstdCompressSync);
  }

  private async compress(path: string, ending: string, pack: (bytes: Buffer) => Buffer): Promise<void> {
    await writeFile(`${path}.${ending}`, pack(await readFile(path)));
    await rm(path);
  }

  async complete(): Promise<void> {
    await appendFile(this.path, this.torn);
    this.torn = '';
  }

  private get path(): string {
    return join(this.folder, `acct-2024-03-05-${String(this.file).padStart(4, '0')}.csv`);
  }

  private row(): string {
    this.no += 1;
    if (this.no % BAD_EVERY === 0) return this.badRow();
    const { no } = this;
    const recipient = `jane.${no}@inbox${no % 40}.example`;
    const isBounce = no % 12 === 0;
    const messageId = this.messageId();
    for (const event of isBounce ? (['bounced'] as const) : (['accepted-by-mta', 'delivered'] as const))
      this.eventIds.add(mailEventId({ messageId, recipient, event }));
    return this.cells(isBounce ? 'b' : 'd', recipient, messageId, '2024-03-05 09:15:02+0000', this.key);
  }

  private badRow(): string {
    this.badRows += 1;
    const kind = this.badRows % 3;
    if (kind === 0) return `no row at all, number ${this.no}\r\n`;
    const key = kind === 1 ? Buffer.alloc(32, 1) : this.key;
    const time = kind === 1 ? '2024-03-05 09:15:02+0000' : 'yesterday';
    return this.cells('d', `bad.${this.no}@inbox.example`, this.messageId(), time, key);
  }

  private messageId(): string {
    return `00000000-0000-4000-8000-${this.no.toString(16).padStart(12, '0')}`;
  }

  private cells(type: string, recipient: string, messageId: string, time: string, key: Buffer): string {
    const reference = { userId: 1 + (this.no % 5), domainId: 1, messageId, recipientNo: 0 };
    const token = mintToken(key, reference);
    const header = mintHeaderReference(key, reference, {
      ...{ recipient, senderDomain: 'shop.example', method: 'api', recipientType: 'to', tags: ['a'] },
      ...{ acceptedAt: 1_709_629_000_000, context: {} },
    });
    const sender = verpSender(token, 'sl.shop.example');
    const [status, reply] =
      type === 'b' ? ['5.1.1 (bad mailbox)', 'smtp;550 5.1.1 "no"'] : ['2.0.0 (success)', 'smtp;250 OK'];
    const cells = [
      type,
      time,
      time,
      sender,
      recipient,
      status,
      reply,
      'mx.example (203.0.113.5)',
      '',
      token,
      header,
    ];
    return `${[...cells, `Order ${this.no}, thanks`].map(quoted).join(',')}\r\n`;
  }
}

const quoted = (cell: string) => (/[",]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
