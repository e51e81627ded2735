import { describe, expect, it } from '@jest/globals';
import type { MailEvent } from '../mail-events/mail-event.js';
import { toDocument, toPublicDocument } from './event-document.js';
import { indexAlias, indexName, userIndexPattern } from './event-index.js';

const event: MailEvent = {
  id: '5f0c0a3b6f2f4f0b8c4c1f7e0d9b2a11',
  event: 'bounced',
  loggedAt: Date.UTC(2026, 10, 24, 23, 59, 59, 999),
  userId: 12,
  domainId: 123,
  senderDomain: 'mail.example.com',
  messageId: '550e8400-e29b-41d4-a716-446655440000',
  recipient: 'Jane@Inbox.Example',
  recipientType: 'to',
  method: 'api',
  from: 'john@mail.example.com',
  to: 'Jane <Jane@Inbox.Example>',
  subject: 'Hi',
  tags: ['welcome'],
  envelopeSender: '',
  sendingIp: '',
  size: null,
  queuedAt: null,
  delivery: {
    code: 550,
    enhancedCode: '5.1.1',
    message: '550 5.1.1 no such user',
    description: '',
    mxHost: 'mx1.inbox.example',
    mxIp: '',
    sessionSeconds: 0,
  },
  bounce: { type: 'hard', category: 'bad-mailbox' },
  reason: '',
};

describe('event document', () => {
  it('holds the facts in dash-case and leaves out what is not known', () => {
    expect(toDocument(event)).toEqual({
      id: event.id,
      event: 'bounced',
      timestamp: Date.UTC(2026, 10, 24, 23, 59, 59) / 1000,
      'logged-at': '2026-11-24T23:59:59.999Z',
      'log-level': 'error',
      'user-id': 12,
      'domain-id': 123,
      'sender-domain': 'mail.example.com',
      'message-id': event.messageId,
      method: 'api',
      recipient: 'Jane@Inbox.Example',
      'recipient-type': 'to',
      message: {
        headers: { from: 'john@mail.example.com', to: 'Jane <Jane@Inbox.Example>', subject: 'Hi' },
        'to-domain': 'inbox.example',
      },
      'delivery-status': {
        code: 550,
        'enhanced-code': '5.1.1',
        message: '550 5.1.1 no such user',
        'mx-host': 'mx1.inbox.example',
        'session-seconds': 0,
      },
      bounce: { type: 'hard', category: 'bad-mailbox' },
      severity: 'permanent',
      reason: 'bounce',
      tags: ['welcome'],
    });
  });

  it('is spelled in PascalCase on the public surface, with the time as LoggedAt in unix seconds', () => {
    const document = toPublicDocument(toDocument(event));
    expect(document).toMatchObject({
      Event: 'bounced',
      LoggedAt: Date.UTC(2026, 10, 24, 23, 59, 59) / 1000,
      Message: { Headers: { From: 'john@mail.example.com' }, ToDomain: 'inbox.example' },
      DeliveryStatus: { SessionSeconds: 0, EnhancedCode: '5.1.1' },
      Tags: ['welcome'],
    });
    expect(document).not.toHaveProperty('Timestamp');
  });
});

describe('event index', () => {
  it('is named by user and UTC day of the event', () => {
    expect(indexAlias(1, event.loggedAt)).toBe('eg-events-u1-2026.11.24');
    expect(indexAlias(1, event.loggedAt + 1)).toBe('eg-events-u1-2026.11.25');
  });

  it('hides generations from the name analysts query, and user 12 from user 1', () => {
    expect(indexName('eg-events-u1-2026.11.24', 2)).toBe('eg-v2-events-u1-2026.11.24');
    const matches = (name: string): boolean => name.startsWith(userIndexPattern(1).slice(0, -1));
    expect(matches(indexAlias(1, 0))).toBe(true);
    expect(matches(indexAlias(12, 0))).toBe(false);
    expect(matches(indexName(indexAlias(1, 0)))).toBe(false);
  });
});
