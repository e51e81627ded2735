import { mailEventId } from '#contracts/mail-events/event-id';
import type { MailEvent } from '#contracts/mail-events/mail-event';
import type { StoredMessage } from '../build/message-store.js';
import type { QueueRow } from '../claim/send-queue.js';
import { enhancedCodeOf } from '../submit/reply.js';

export interface Refusal {
  /** SMTP reply code of our MTA; null when the mail never got that far. */
  code: number | null;
  response: string;
  /** In words, for people. */
  reason: string;
}

/**
 * The event of a mail that our own MTA will not take for a recipient.
 *
 * @param message undefined when the stored message is gone or unreadable.
 * @param now unix milliseconds.
 */
export function rejectedByMta(
  row: QueueRow,
  message: StoredMessage | undefined,
  { code, response, reason }: Refusal,
  now: number,
): MailEvent {
  const event = 'rejected-by-mta';
  return {
    id: mailEventId({ messageId: row.messageId, recipient: row.recipient, event }),
    event,
    loggedAt: now,
    userId: row.userId,
    domainId: row.domainId,
    senderDomain: message?.senderDomain ?? '',
    messageId: row.messageId,
    recipient: row.recipient,
    recipientType: row.recipientType,
    method: message?.method ?? '',
    from: message?.shown.from ?? '',
    to: message?.shown.to ?? '',
    subject: message?.shown.subject ?? '',
    tags: [...(message?.tags ?? [])],
    envelopeSender: '',
    sendingIp: '',
    size: message?.mime.length ?? null,
    queuedAt: message?.acceptedAt ?? null,
    delivery: {
      code,
      enhancedCode: enhancedCodeOf(response),
      message: response,
      description: '',
      mxHost: '',
      mxIp: '',
      sessionSeconds: null,
    },
    bounce: null,
    reason,
    ...message?.context,
  };
}
