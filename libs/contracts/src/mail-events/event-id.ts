import { hash } from 'node:crypto';
import type { MailEventName } from './vocabulary.js';

/** Facts that arrive late and besides the transport outcome: asynchronous bounce, feedback-loop report. */
export type EventCause = '' | 'rb' | 'f';

const DIGITS = 32;

/**
 * Deterministic id of a mail event: 32 hex digits, 128 bits of a SHA-256 over what the event means. The
 * place it was read from is no part of it, so a file read again, a row repeated and a mail injected twice make one event.
 * A delivered row makes `accepted-by-mta` and `delivered`, and most rows are such: the two are the halves of one digest.
 * The recipient is folded to lower case, because servers echo addresses in any case.
 */
export function mailEventId(fact: {
  messageId: string;
  recipient: string;
  event: MailEventName;
  cause?: EventCause;
}): string {
  const { messageId, recipient, event, cause = '' } = fact;
  const isSecondHalf = event === 'delivered';
  const facts = [messageId, recipient.toLowerCase(), isSecondHalf ? 'accepted-by-mta' : event, cause];
  const digest = hash('sha256', `1\n${facts.join('\n')}`);
  return isSecondHalf ? digest.slice(DIGITS) : digest.slice(0, DIGITS);
}
