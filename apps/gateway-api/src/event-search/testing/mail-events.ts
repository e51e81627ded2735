import { randomUUID } from 'node:crypto';
import { mailEventId } from '#contracts/mail-events/event-id';
import type { MailEvent } from '#contracts/mail-events/mail-event';
import type { MailEventName } from '#contracts/mail-events/vocabulary';
import type { TestDomain, TestUser } from '../../http/testing/test-gateway.js';

/** Makes events of one domain, each of a message of its own unless `change` says otherwise. Opens and clicks may repeat. */
export function mailEvents(owner: Pick<TestUser, 'UserID'>, of: Pick<TestDomain, 'domainId' | 'name'>) {
  return (event: MailEventName, change: Partial<MailEvent> = {}): MailEvent => {
    const { messageId = randomUUID(), recipient = 'jane@example.org' } = change;
    const repeats = event === 'opened' || event === 'clicked';
    return {
      id: repeats ? randomUUID() : mailEventId({ messageId, recipient, event }),
      event,
      loggedAt: Date.UTC(2026, 4, 15, 12),
      userId: owner.UserID,
      domainId: of.domainId,
      senderDomain: of.name,
      messageId,
      recipient,
      recipientType: 'to',
      method: 'api',
      from: `John <john@${of.name}>`,
      to: `Jane <${recipient}>`,
      subject: 'Hello',
      tags: [],
      envelopeSender: '',
      sendingIp: '',
      size: null,
      queuedAt: null,
      delivery: null,
      bounce: null,
      reason: '',
      ...change,
    };
  };
}

/** Every member empty but the seconds of the SMTP session. */
export function delivery(sessionSeconds: number | null, code: number | null = 250) {
  return { code, enhancedCode: '', message: '', description: '', mxHost: '', mxIp: '', sessionSeconds };
}
