/** Octets of an address in SMTP, RFC 5321 4.5.3.1.3; a pattern is kept as short. */
const MOST_CHARACTERS = 254;
const WRITABLE = /^[!-~]+$/;

/** A suppression entry with a star stands for every address that it matches. */
export const isPattern = (entry: string): boolean => entry.includes('*');

/**
 * Whether a pattern can be kept: printable ASCII, one `@` at most, and some letter or digit besides its stars, so that
 * no slip of the keyboard suppresses the whole world.
 */
export const isUsablePattern = (pattern: string): boolean =>
  isPattern(pattern) &&
  pattern.length <= MOST_CHARACTERS &&
  WRITABLE.test(pattern) &&
  pattern.split('@').length <= 2 &&
  /[a-z0-9]/i.test(pattern);

/** Whether a lower-case pattern matches a lower-case address. `*` stands for any characters, also for none. */
export function matchesPattern(pattern: string, address: string): boolean {
  const [head = '', ...pieces] = pattern.split('*');
  const tail = pieces.pop();
  if (tail === undefined) return address === head;
  if (address.length < head.length + tail.length) return false;
  if (!address.startsWith(head) || !address.endsWith(tail)) return false;
  // Earliest places first: what lies between the ends is matched without ever going back.
  let from = head.length;
  const end = address.length - tail.length;
  for (const piece of pieces) {
    const at = address.indexOf(piece, from);
    if (at < 0 || at + piece.length > end) return false;
    from = at + piece.length;
  }
  return true;
}
