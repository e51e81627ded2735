import { createHash } from 'node:crypto';
import type { MailEventName } from './vocabulary.js';

/** Facts that arrive late and besides the transport outcome: asynchronous bounce, feedback-loop report. */
export type EventCause = '' | 'rb' | 'f';

/**
 * Deterministic id of a mail event: 32 hex digits, the first 128 bits of a SHA-256 over what the event means. The
 * place it was read from is no part of it, so a file read again, a row repeated and a mail injected twice make one event.
 * The recipient is folded to lower case, because servers echo addresses in any case.
 */
export function mailEventId(fact: {
  messageId: string;
  recipient: string;
  event: MailEventName;
  cause?: EventCause;
}): string {
  return createHash('sha256')
    .update(`1\n${fact.messageId}\n${fact.recipient.toLowerCase()}\n${fact.event}\n${fact.cause ?? ''}`)
    .digest('hex')
    .slice(0, 32);
}
