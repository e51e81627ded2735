import { headerKind, LONGEST_PIECE } from '#contracts/sending/header-fields';

/** Octets of a line without its CRLF (RFC 5322 2.1.1). */
const LONGEST_LINE = 998;
/** Bytes of text in one encoded word: 64 characters, so that `Subject: ` and a word fit the 76 of RFC 2047 section 2. */
const BYTES_PER_WORD = 39;
const LONGEST_ENCODED_LINE = 76;

/**
 * The mail with no header line over 998 octets, and none that is only white space or begins with more of it than one: many
 * readers make that a single space. Folding needs white space to break at, so a value without it comes out of the composer
 * as such a line. By kind of field:
 * - message ids: one that fits no line is left out, because no mail can have it; a field without another goes with it;
 * - structured: white space goes into the piece, which readers of `List-*` skip (RFC 2369 section 2);
 * - all others: the value becomes encoded words (RFC 2047), and readers see it as it was.
 *
 * @param mime a whole mail with CRLF line ends.
 */
export function withSafeHeaderLines(mime: Buffer): Buffer {
  const end = mime.indexOf('\r\n\r\n');
  const block = mime.toString('latin1', 0, end < 0 ? mime.length : end);
  if (isSafe(block)) return mime;
  const fields = block.split(/\r\n(?![ \t])/).map((field) => (isSafe(field) ? field : safeField(field)));
  const header = fields.filter((field) => field !== '').join('\r\n');
  return Buffer.concat([Buffer.from(header, 'latin1'), mime.subarray(block.length)]);
}

function isSafe(lines: string): boolean {
  return lines.split('\r\n').every((line) => line.length <= LONGEST_LINE && !/^[ \t](?:[ \t]|$)/.test(line));
}

/** @returns the field anew, or an empty text when nothing of it can stay. Characters are bytes, here and below. */
function safeField(field: string): string {
  const colon = field.indexOf(':');
  const name = field.slice(0, colon);
  const value = field
    .slice(colon + 1)
    .replaceAll('\r\n', '')
    .replace(/^ /, '');
  const kind = headerKind(name);
  if (kind === 'ids') {
    const ids = value.split(/[ \t]+/).filter((id) => id !== '' && id.length <= LONGEST_PIECE);
    return ids.length === 0 ? '' : `${name}: ${ids.join('\r\n ')}`;
  }
  if (kind !== 'text') return `${name}: ${divided(value).join('\r\n ')}`;
  const words = encodedWords(value);
  const isLong = name.length + 2 + (words[0]?.length ?? 0) > LONGEST_ENCODED_LINE;
  return `${name}:${isLong ? '\r\n' : ''} ${words.join('\r\n ')}`;
}

function divided(value: string): string[] {
  return value.match(new RegExp(`[^ \\t]{1,${LONGEST_PIECE}}`, 'g')) ?? [];
}

/** Each word holds whole characters (RFC 2047 section 5). */
function encodedWords(value: string): string[] {
  const chunks = [''];
  for (const character of Buffer.from(value, 'latin1').toString('utf8')) {
    const longer = (chunks.at(-1) ?? '') + character;
    if (Buffer.byteLength(longer) <= BYTES_PER_WORD) chunks[chunks.length - 1] = longer;
    else chunks.push(character);
  }
  return chunks.map((chunk) => `=?UTF-8?B?${Buffer.from(chunk).toString('base64')}?=`);
}
