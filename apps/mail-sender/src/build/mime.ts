import MailComposer from 'nodemailer/lib/mail-composer';
import { REFERENCE_HEADER } from '#contracts/reference/header-reference';
import type { Mailbox, MessageContent } from '#contracts/sending/message-content';
import { isReservedField } from '#contracts/sending/reserved-fields';
import { withSafeHeaderLines } from './header-lines.js';

/** Beside the reserved fields: a stored header of that name would be a leaked one. */
const HIDDEN = new Set(['bcc', 'resent-bcc']);

export interface MailIds {
  messageId: string;
  mfromHost: string;
}

/** Value of Message-ID for a mail that brings none. */
export function messageIdOf({ messageId, mfromHost }: MailIds): string {
  return `<${messageId}@${mfromHost}>`;
}

/**
 * The mail as bytes with CRLF line ends, the same for all its recipients: To and CC as written, BCC nowhere. Only 7-bit
 * characters, so that no MTA on the way has to convert it; no header line that is too long for one.
 */
export async function buildMime(ids: MailIds, content: MessageContent): Promise<Buffer> {
  const headers = Object.entries(content.headers).filter(
    ([key]) => !isReservedField(key) && !HIDDEN.has(key.toLowerCase()),
  );
  const spellings = new Map(headers.map(([key]) => [key.toLowerCase(), key]));
  const composer = new MailComposer({
    messageId: messageIdOf(ids),
    from: address(content.from),
    to: content.to.map(address),
    cc: content.cc.map(address),
    replyTo: content.replyTo.map(address),
    subject: content.subject,
    ...(content.html !== null && { html: content.html }),
    ...(content.plain !== null && { text: content.plain }),
    attachments: content.attachments.map((attachment) => ({
      filename: attachment.filename,
      content: attachment.content,
      encoding: 'base64',
      contentType: attachment.type,
      contentDisposition: attachment.disposition,
      ...(attachment.contentId !== '' && { cid: attachment.contentId }),
    })),
    headers: headers.map(([key, value]) => ({ key, value })),
    // The library spells header names its own way; customers find theirs as they wrote them.
    normalizeHeaderKey: (key: string) => spellings.get(key.toLowerCase()) ?? key,
    // Text that looks like a path or a URL is text.
    disableFileAccess: true,
    disableUrlAccess: true,
    xMailer: false,
  });
  const mail = composer.compile();
  return withSafeHeaderLines(await mail.build());
}

/** The mail for one recipient: its reference in front. */
export function withReference(mime: Buffer, reference: string): Buffer {
  return Buffer.concat([Buffer.from(`${REFERENCE_HEADER}: ${folded(reference)}\r\n`), mime]);
}

/** Lines of at most 78 characters (RFC 5322 2.1.1); readers of the reference take the white space out again. */
function folded(reference: string): string {
  return (reference.match(/.{1,64}/g) ?? []).join('\r\n ');
}

const address = ({ name, email }: Mailbox): { name: string; address: string } => ({ name, address: email });
