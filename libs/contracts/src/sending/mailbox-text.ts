import type { Mailbox } from './message-content.js';

/** What stands in a display name as it is. */
const PLAIN = /^[A-Za-z0-9_ ]*$/;
const ASCII = /^[\x20-\x7e]*$/;
/** RFC 5322, 3.2.3: what a phrase may only have between quotes. */
const SPECIALS = /[()<>[\]:;@\\,."]/;

/**
 * A mailbox as its header shows it: `Jane Smith <jane@example.com>`, `"Smith, Jane" <jane@example.com>`, or the address
 * alone when there is no name. Quotes stand where the mail itself has them, so that the events of one mail agree. Names
 * beyond ASCII, which travel encoded, are shown decoded, between quotes when they could not be read back otherwise.
 */
export function mailboxText({ name, email }: Mailbox): string {
  if (name === '') return email;
  const isPlain = PLAIN.test(name) || (!ASCII.test(name) && !SPECIALS.test(name));
  return `${isPlain ? name : `"${name.replace(/["\\]/g, '\\$&')}"`} <${email}>`;
}

/** Mailboxes as one header field shows them, in their order. */
export function mailboxesText(mailboxes: readonly Mailbox[]): string {
  return mailboxes.map(mailboxText).join(', ');
}
