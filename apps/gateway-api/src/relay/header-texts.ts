import { addressParser, decodeWords, type Mailbox } from 'postal-mime';

/** Longest display name and subject in events; the mail itself keeps what it has. */
const MOST_NAME_CHARACTERS = 255;
const MOST_SUBJECT_CHARACTERS = 2000;
/** No author has a field this long; looking for quotes in it may take the square of its length. */
const MOST_FROM_CHARACTERS = 4000;

/** Mailboxes of an address field; those of groups among them, entries without an address left out. */
export function mailboxesOf(values: readonly string[]): { name: string; email: string }[] {
  return values
    .flatMap((value) => addressParser(value, { flatten: true }))
    .filter((entry): entry is Mailbox => entry.address !== undefined && entry.address !== '')
    .map(({ name, address }) => ({ name: shown(name, MOST_NAME_CHARACTERS), email: address }));
}

/**
 * Mailboxes of a From field, or nothing when two readers could take its author for somebody else: no address, an address
 * that stands only inside an encoded word, or more angle brackets than mailboxes.
 */
export function authorsOf(value: string): { name: string; email: string }[] | undefined {
  if (value.length > MOST_FROM_CHARACTERS) return undefined;
  const authors = mailboxesOf([value]);
  const bare = value.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""');
  const isPlain =
    authors.length > 0 &&
    authors.every(({ email }) => bare.includes(email)) &&
    (bare.match(/</g) ?? []).length <= authors.length;
  return isPlain ? authors : undefined;
}

/** A Subject as people read it: encoded words decoded. */
export const subjectText = (value: string): string => shown(decodeWords(value), MOST_SUBJECT_CHARACTERS);

/** One line of text without control characters, and no longer than an event should carry. */
function shown(text: string, most: number): string {
  // oxlint-disable-next-line no-control-regex
  const line = text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim();
  return line.slice(0, most).toWellFormed();
}
