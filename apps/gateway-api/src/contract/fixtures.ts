import { randomUUID } from 'node:crypto';
import { mailEventId } from '#contracts/mail-events/event-id';
import type { MailEvent } from '#contracts/mail-events/mail-event';
import type { TestDomain } from '../http/testing/test-gateway.js';

const MINUTE = 60_000;
const DAY = 86_400_000;
const DELIVERED = {
  code: 250,
  enhancedCode: '2.0.0',
  message: 'OK',
  description: '',
  mxHost: 'mx.example.org',
  mxIp: '192.0.2.7',
  sessionSeconds: 0.5,
};

/** The story of two mails, yesterday and two months ago: one was delivered and read, one bounced. */
export function storyOf(userId: number, { domainId, name }: TestDomain, subject = 'Welcome'): MailEvent[] {
  return [DAY, 60 * DAY].flatMap((ago) => {
    const at = Date.now() - ago;
    const fact = (
      messageId: string,
      event: MailEvent['event'],
      minutes: number,
      change: Partial<MailEvent> = {},
    ): MailEvent => ({
      id: mailEventId({ messageId, recipient: 'jane@example.org', event }),
      event,
      loggedAt: at + minutes * MINUTE,
      userId,
      domainId,
      senderDomain: name,
      messageId,
      recipient: 'jane@example.org',
      recipientType: 'to',
      method: 'api',
      from: `John <john@${name}>`,
      to: 'Jane <jane@example.org>',
      subject,
      tags: ['welcome'],
      envelopeSender: `bounce@sl.${name}`,
      sendingIp: '192.0.2.1',
      size: 1234,
      queuedAt: at,
      delivery: null,
      bounce: null,
      reason: '',
      ...change,
    });
    const [read, bounced] = [randomUUID(), randomUUID()];
    return [
      fact(read, 'accepted-by-oempro', 0),
      fact(read, 'accepted-by-mta', 1, { delivery: DELIVERED }),
      fact(read, 'delivered', 1, { delivery: DELIVERED }),
      fact(read, 'opened', 5),
      fact(read, 'clicked', 6),
      fact(bounced, 'accepted-by-oempro', 0),
      fact(bounced, 'bounced', 2, {
        delivery: { ...DELIVERED, code: 550, enhancedCode: '5.1.1', message: 'no such user' },
        bounce: { type: 'hard', category: 'bad-mailbox' },
      }),
    ];
  });
}
