import { isUtf8 } from 'node:buffer';

import { simpleParser } from 'mailparser';

import { headerFields } from '../mta/headers.js';

/** A mail as it came in. `envelope.to` holds the accepted recipients only. */
export interface KeptMail {
  id: string;
  /** Epoch milliseconds. */
  receivedAt: number;
  envelope: { from: string; to: string[] };
  raw: Buffer;
}

/** A mail as `GET /messages` shows it. */
export interface ShownMail {
  id: string;
  /** ISO 8601, UTC, with milliseconds. */
  receivedAt: string;
  envelope: { from: string; to: string[] };
  /** Decoded; empty when the mail has none. */
  subject: string;
  /** Lower-case name to the raw, unfolded values, in order of appearance. */
  headers: Record<string, string[]>;
  /** The decoded body parts; null for one that the mail doesn't have or that is empty. */
  text: string | null;
  html: string | null;
  attachments: ShownAttachment[];
  /** The whole mail; as Latin-1 when it is not UTF-8, so that a byte is a character. */
  raw: string;
}

export interface ShownAttachment {
  filename: string | null;
  contentType: string;
  /** Without the angle brackets. */
  contentId: string | null;
  disposition: string | null;
  /** Bytes, decoded. */
  size: number;
  /** Base64. */
  content: string;
}

/** Takes a mail apart. Never fails: what can't be understood is left out. */
export async function showMail(mail: KeptMail): Promise<ShownMail> {
  // Without a prototype: a header may be named `constructor` or `__proto__`.
  const headers = Object.create(null) as Record<string, string[]>;
  for (const { name, value } of headerFields(mail.raw)) (headers[name.toLowerCase()] ??= []).push(value);
  const parsed = await simpleParser(mail.raw, {
    skipHtmlToText: true,
    skipTextToHtml: true,
    keepCidLinks: true,
    keepDeliveryStatus: true,
  });
  return {
    id: mail.id,
    receivedAt: new Date(mail.receivedAt).toISOString(),
    envelope: mail.envelope,
    subject: parsed.subject ?? '',
    headers,
    text: parsed.text || null,
    html: parsed.html || null,
    attachments: parsed.attachments.map((part) => ({
      filename: part.filename ?? null,
      contentType: part.contentType,
      contentId: part.contentId?.replace(/^<|>$/g, '') ?? null,
      disposition: part.contentDisposition ?? null,
      size: part.size,
      content: part.content.toString('base64'),
    })),
    raw: mail.raw.toString(isUtf8(mail.raw) ? 'utf8' : 'latin1'),
  };
}

/** The newest mails, in memory. Beyond either bound the oldest go. */
export class Inbox {
  private readonly mails = new Map<string, KeptMail>();
  private bytes = 0;

  /**
   * @param maxMails number of mails kept.
   * @param maxBytes total size of the mails kept; the newest is kept even when it is larger alone.
   */
  constructor(
    private readonly maxMails: number,
    private readonly maxBytes = 268_435_456,
  ) {}

  get size(): number {
    return this.mails.size;
  }

  add(mail: KeptMail): void {
    this.drop(mail.id);
    this.mails.set(mail.id, mail);
    this.bytes += mail.raw.length;
    for (const id of this.mails.keys()) {
      const fits = this.mails.size <= this.maxMails && (this.bytes <= this.maxBytes || this.mails.size === 1);
      if (fits) break;
      this.drop(id);
    }
  }

  get(id: string): KeptMail | undefined {
    return this.mails.get(id);
  }

  /** Oldest first; with `to` only those with that envelope recipient, whatever its letter case. */
  list(to?: string): KeptMail[] {
    const all = [...this.mails.values()];
    if (to === undefined) return all;
    const wanted = to.toLowerCase();
    return all.filter(({ envelope }) => envelope.to.some((address) => address.toLowerCase() === wanted));
  }

  /** @returns the number of mails forgotten. */
  clear(): number {
    const count = this.mails.size;
    this.mails.clear();
    this.bytes = 0;
    return count;
  }

  private drop(id: string): void {
    const mail = this.mails.get(id);
    if (mail === undefined) return;
    this.mails.delete(id);
    this.bytes -= mail.raw.length;
  }
}
