import { mailEventId } from '../mail-events/event-id.js';
import type { MailEvent } from '../mail-events/mail-event.js';
import { readStoredMail, type StoredMail } from './stored-mail.js';

/** A row of `eg_send_queue` that will not be sent any more. */
export interface DroppedMail {
  readonly messageId: string;
  readonly recipient: string;
  readonly recipientType: 'to' | 'cc' | 'bcc';
  readonly userId: number;
  readonly domainId: number;
}

/** A row of `READ_TOLD`. */
export interface ToldMessage {
  readonly message_id: string;
  readonly method: 'api' | 'smtp';
  readonly sender_domain: string;
  readonly accepted_at: Date;
  /** The stored mail without its bodies, parsed; null when the stored text is no JSON. */
  readonly told: unknown;
}

/**
 * What the events of messages say, by their ids. MySQL leaves the bodies out, which may have 25 MB each; it reads them all the
 * same, 100 MB in a second or so.
 */
export const READ_TOLD = `SELECT message_id, method, sender_domain, accepted_at,
  IF(JSON_VALID(content), JSON_REMOVE(content, '$.html', '$.plain', '$.attachments', '$.raw', '$.headers'), NULL) AS told
  FROM eg_messages WHERE message_id IN (?)`;

/** Messages that one `READ_TOLD` may ask for: a statement has ten seconds. */
export const MOST_TOLD = 20;

/**
 * The event of an accepted mail that was dropped before the MTA got it. It has the id of a refusal at acceptance: a recipient is
 * refused once, then or later.
 *
 * @param message undefined when the stored message is gone.
 * @param now unix milliseconds.
 */
export function droppedMailEvent(
  mail: DroppedMail,
  message: ToldMessage | undefined,
  reason: string,
  now: number,
): MailEvent {
  const event = 'rejected-by-oempro';
  const stored = message === undefined ? undefined : readable(message.told);
  return {
    id: mailEventId({ messageId: mail.messageId, recipient: mail.recipient, event }),
    event,
    loggedAt: now,
    userId: mail.userId,
    domainId: mail.domainId,
    senderDomain: message?.sender_domain ?? '',
    messageId: mail.messageId,
    recipient: mail.recipient,
    recipientType: mail.recipientType,
    method: message?.method ?? '',
    from: stored?.shown.from ?? '',
    to: stored?.shown.to ?? '',
    subject: stored?.shown.subject ?? '',
    tags: [...(stored?.content.tags ?? [])],
    envelopeSender: '',
    sendingIp: '',
    size: null,
    queuedAt: message?.accepted_at.getTime() ?? null,
    delivery: null,
    bounce: null,
    reason,
    ...stored?.context,
  };
}

/** A text that no build can make a mail of is told of without its header texts. */
function readable(told: unknown): StoredMail | undefined {
  try {
    return readStoredMail(told);
  } catch {
    return undefined;
  }
}
