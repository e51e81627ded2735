import { describe, expect, it } from '@jest/globals';
import { mailEventId } from './event-id.js';
import { decodeMailEvent, encodeMailEvent, type MailEvent } from './mail-event.js';
import { canonicalEvents, privateAlias, WEBHOOK_EVENTS, webhookEvent } from './vocabulary.js';

const fact = { messageId: 'm1', recipient: 'Jane@Inbox.example', event: 'bounced' } as const;

describe('mail event id', () => {
  it('is frozen: a changed recipe would double every event that is read again', () => {
    expect(mailEventId(fact)).toBe('d5853fbc660a9ab7c72bbc2c3cca0e26');
    expect(mailEventId({ ...fact, event: 'accepted-by-mta' })).toBe('5f4d606f989dc53d396c83b822f0d0e7');
    expect(mailEventId({ ...fact, event: 'delivered' })).toBe('5aab6d1fe013dff1d93ce63efac3a729');
  });

  it('is the same for any case of the recipient', () => {
    expect(mailEventId({ ...fact, recipient: 'JANE@inbox.EXAMPLE' })).toBe(mailEventId(fact));
  });

  it('differs by message, recipient, event and cause', () => {
    const ids = [
      fact,
      { ...fact, messageId: 'm2' },
      { ...fact, recipient: 'jo@inbox.example' },
      { ...fact, event: 'delivered' as const },
      { ...fact, event: 'accepted-by-mta' as const },
      { ...fact, cause: 'rb' as const },
    ].map(mailEventId);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('a mail event', () => {
  const event: MailEvent = {
    ...{ id: 'i', event: 'delivered', loggedAt: 1, userId: 1, domainId: 1, senderDomain: '', messageId: 'm' },
    ...{ recipient: '', recipientType: '', method: '', from: '', to: '', subject: '', tags: [], reason: '' },
    ...{ envelopeSender: '', sendingIp: '', size: null, queuedAt: null, delivery: null, bounce: null },
  };
  const nothing = { templateId: null, listId: null, subscriberId: null, journeyId: null, actionId: null };

  it('says what its mail was sent for, and null for what it was not', () => {
    expect(decodeMailEvent(encodeMailEvent(event))).toEqual({ ...event, ...nothing });
    expect(decodeMailEvent(encodeMailEvent({ ...event, listId: 7, actionId: null }))).toEqual({
      ...event,
      ...nothing,
      listId: 7,
    });
  });
});

describe('vocabulary', () => {
  it.each([
    ['delivery', ['delivered']],
    ['BOUNCE', ['bounced']],
    ['opened', ['opened']],
    ['accepted', ['accepted-by-oempro', 'accepted-by-mta']],
    ['rejected', ['rejected-by-oempro', 'rejected-by-mta']],
    ['accepted-by-mta', ['accepted-by-mta']],
    ['sent', []],
    ['', []],
  ])('maps %j to %j', (name, expected) => {
    expect(canonicalEvents(name)).toEqual(expected);
  });

  it('lets a webhook be registered under both vocabularies, but never for accepted or rejected', () => {
    for (const event of WEBHOOK_EVENTS) {
      expect(webhookEvent(event)).toBe(event);
      expect(webhookEvent(privateAlias(event))).toBe(event);
    }
    for (const name of ['accepted', 'rejected-by-mta', 'accepted-by-oempro', 'x']) {
      expect(webhookEvent(name)).toBeUndefined();
    }
  });
});
