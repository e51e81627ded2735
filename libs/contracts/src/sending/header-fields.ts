/** Octets that a piece of a header value without white space may have: with the field's name it fits the 998 of RFC 5322 2.1.1. */
export const LONGEST_PIECE = 900;

/**
 * How the value of a header field is read:
 * - `ids`: message ids between white space;
 * - `addresses`: mailboxes, whose names may be encoded;
 * - `structured`: URLs, keywords or addresses, in which an encoded word would be read as part of them;
 * - `text`: anything, encoded where it has to be (RFC 2047).
 */
export type HeaderKind = 'ids' | 'addresses' | 'structured' | 'text';

const IDS = new Set(['in-reply-to', 'references']);
const ADDRESSES = new Set(['sender', 'from', 'to', 'cc', 'reply-to']);
const STRUCTURED =
  /^(?:list-.*|resent-.*|errors-to|disposition-notification-to|return-receipt-to|auto-submitted)$/;

/** @param name in any case */
export function headerKind(name: string): HeaderKind {
  const folded = name.toLowerCase();
  if (IDS.has(folded)) return 'ids';
  if (ADDRESSES.has(folded)) return 'addresses';
  return STRUCTURED.test(folded) ? 'structured' : 'text';
}

const ASCII = /^[\t\x20-\x7e]*$/;

/** Whether a field can be written without changing what its value means. @param value without line ends */
export function isWritableField(name: string, value: string): boolean {
  const kind = headerKind(name);
  if (kind === 'text') return true;
  const fits = value.split(/[ \t]+/).every((piece) => Buffer.byteLength(piece) <= LONGEST_PIECE);
  return fits && (kind === 'addresses' || ASCII.test(value));
}
