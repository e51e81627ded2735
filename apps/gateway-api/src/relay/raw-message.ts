/** A header field as it stands in the mail. */
export interface RawField {
  /** In lower case. */
  readonly name: string;
  /** The whole field with its folding, without the last CRLF. A character is a byte. */
  readonly text: string;
}

/** A mail as bytes, cut into its fields and the rest. Every line ends with CRLF. */
export interface RawMessage {
  readonly fields: readonly RawField[];
  /** What follows the empty line; empty when there is none. */
  readonly body: Buffer;
}

/** Why bytes are no mail that can be sent; ASCII, one line. */
export interface Unsendable {
  readonly unsendable: string;
}

/** Far above what mail has, far below what costs time: fields are read as a whole. */
const MOST_HEADER_BYTES = 262_144;
/** A field's name, also in the obsolete form with white space before the colon (RFC 5322 4.5). */
const FIELD = /^([\x21-\x39\x3b-\x7e]+)[ \t]*:/;
const HEADER_END = '\r\n\r\n';

/**
 * Cuts a mail (RFC 5322) into fields and body. LF, CR, and CR before CRLF become CRLF: to some receivers each of them ends a
 * line, so each has to end one here, or a field could hide behind it. Lines longer than 998 octets are left as they are;
 * whoever cannot take them says so.
 *
 * Refused is what readers of mail take differently, so that nothing can be shown to one and hidden from another: bytes of
 * zero, and a line among the fields that is none.
 */
export function readRawMessage(bytes: Buffer): RawMessage | Unsendable {
  if (bytes.includes(0)) return { unsendable: 'The message contains NUL' };
  const given = bytes.toString('latin1');
  const text = withCrlf(given);
  if (text.trim() === '') return { unsendable: 'The message is empty' };
  const end = text.startsWith('\r\n') ? 0 : text.indexOf(HEADER_END);
  const headerLength = end < 0 ? text.length : end;
  if (headerLength > MOST_HEADER_BYTES)
    return { unsendable: `The message header is larger than ${MOST_HEADER_BYTES} bytes` };
  const fields: RawField[] = [];
  for (const field of text
    .slice(0, headerLength)
    .replace(/\r\n$/, '')
    .split(/\r\n(?![ \t])/)) {
    const name = FIELD.exec(field)?.[1];
    if (name === undefined) return { unsendable: 'The message header has a line that is no header field' };
    fields.push({ name: name.toLowerCase(), text: field });
  }
  // A mail may have many megabytes: no copy without need.
  const whole = text === given ? bytes : Buffer.from(text, 'latin1');
  return { fields, body: whole.subarray(end < 0 ? whole.length : end + HEADER_END.length) };
}

/** The mail with some of its fields; everything that stays is as it was. */
export function withFields({ fields, body }: RawMessage, stays: (field: RawField) => boolean): Buffer {
  const header = fields.filter(stays).map(({ text }) => `${text}\r\n`);
  return Buffer.concat([Buffer.from(`${header.join('')}\r\n`, 'latin1'), body]);
}

/** Values of all fields of a name, unfolded, in their order. Bytes beyond ASCII are read as UTF-8 (RFC 6532). */
export function valuesOf({ fields }: RawMessage, name: string): string[] {
  return fields
    .filter((field) => field.name === name)
    .map(({ text }) => text.slice(text.indexOf(':') + 1).replaceAll('\r\n', ''))
    .map((value) => Buffer.from(value, 'latin1').toString('utf8').trim());
}

function withCrlf(text: string): string {
  if (!/\r(?!\n)|(?<!\r)\n/.test(text)) return text;
  return text.replaceAll(/\r+\n?|\n/g, (ends) => (ends.endsWith('\n') ? '\r\n' : '\r\n'.repeat(ends.length)));
}
