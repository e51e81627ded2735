import { randomUUID } from 'node:crypto';
import type { MailEvent } from '#contracts/mail-events/mail-event';
import type { MailEventName } from '#contracts/mail-events/vocabulary';
import type { TestDomain, TestUser } from '../../http/testing/test-gateway.js';

let made = 0;

/** Makes events of one domain: each of a message of its own unless `change` says otherwise, and each under an id of its own. */
export function mailEvents(owner: Pick<TestUser, 'UserID'>, of: Pick<TestDomain, 'domainId' | 'name'>) {
  return (event: MailEventName, change: Partial<MailEvent> = {}): MailEvent => ({
    id: `${(made += 1)}-${randomUUID()}`,
    event,
    loggedAt: Date.UTC(2026, 4, 15, 12),
    userId: owner.UserID,
    domainId: of.domainId,
    senderDomain: of.name,
    messageId: randomUUID(),
    recipient: 'jane@example.org',
    recipientType: 'to',
    method: 'api',
    from: `John <john@${of.name}>`,
    to: 'Jane <jane@example.org>',
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
  });
}
