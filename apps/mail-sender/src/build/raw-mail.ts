import { isReservedField } from '#contracts/sending/reserved-fields';

/** Beside the reserved fields: names of other recipients. The gateway takes them out as well; a leak must fail twice. */
const HIDDEN = new Set(['bcc', 'resent-bcc']);
/** A field's name, also in the obsolete form with white space before the colon (RFC 5322 4.5). */
const FIELD = /^([\x21-\x39\x3b-\x7e]+)[ \t]*:/;

/** What a mail gets that came without it, as a submission server adds it (RFC 6409 8.2, 8.3). */
export interface MissingFields {
  /** With angle brackets. */
  readonly messageId: string;
  /** Unix milliseconds. */
  readonly acceptedAt: number;
}

/**
 * A mail that a customer wrote, as bytes with CRLF line ends: every field and the body stay as they are, in their order; only
 * fields that are ours or the MTA's, and those that name hidden recipients, are left out.
 */
export function rawMime(raw: Buffer, { messageId, acceptedAt }: MissingFields): Buffer {
  // Characters are bytes. A lone CR or LF is a line end to some receivers, so it has to be one to us.
  const text = raw.toString('latin1').replaceAll(/\r\n|\r|\n/g, '\r\n');
  const end = text.startsWith('\r\n') ? 0 : text.indexOf('\r\n\r\n');
  const block = end < 0 ? text.replace(/\r\n$/, '') : text.slice(0, end);
  const fields = block.split(/\r\n(?![ \t])/).filter((field) => !isLeftOut(nameOf(field)));
  const names = new Set(fields.map(nameOf));
  const added = [
    ...(names.has('date') ? [] : [`Date: ${rfc5322Date(acceptedAt)}`]),
    ...(names.has('message-id') ? [] : [`Message-ID: ${messageId}`]),
  ];
  const header = [...added, ...fields].filter((field) => field !== '').join('\r\n');
  return Buffer.from(
    `${header}${end < 0 ? '\r\n\r\n' : `${end === 0 ? '\r\n' : ''}${text.slice(end)}`}`,
    'latin1',
  );
}

function isLeftOut(name: string): boolean {
  return isReservedField(name) || HIDDEN.has(name);
}

/** In lower case; empty for a line that is no field. */
function nameOf(field: string): string {
  return FIELD.exec(field)?.[1]?.toLowerCase() ?? '';
}

/** `Tue, 24 Nov 2026 16:20:48 +0000` (RFC 5322 3.3). */
function rfc5322Date(ms: number): string {
  return new Date(ms).toUTCString().replace(/GMT$/, '+0000');
}
