import { randomBytes, randomUUID } from 'node:crypto';
import type { MailEvent } from '#contracts/mail-events/mail-event';

/** A delivered mail of user 1 at noon, with an id of its own. */
export function mailEvent(changes: Partial<MailEvent>): MailEvent {
  return {
    id: randomBytes(16).toString('hex'),
    event: 'delivered',
    loggedAt: Date.UTC(2026, 10, 24, 12),
    userId: 1,
    domainId: 1,
    senderDomain: 'mail.example.com',
    messageId: randomUUID(),
    recipient: 'jane@inbox.example',
    recipientType: 'to',
    method: 'api',
    from: 'john@mail.example.com',
    to: 'jane@inbox.example',
    subject: 'Hello',
    tags: ['welcome'],
    envelopeSender: 'bounces@mail.example.com',
    sendingIp: '192.0.2.1',
    size: 1_234,
    queuedAt: Date.UTC(2026, 10, 24, 11, 59),
    delivery: {
      code: 250,
      enhancedCode: '2.0.0',
      message: '250 2.0.0 ok',
      description: '',
      mxHost: 'mx.inbox.example',
      mxIp: '192.0.2.25',
      sessionSeconds: 0.5,
    },
    bounce: null,
    reason: '',
    ...changes,
  };
}
