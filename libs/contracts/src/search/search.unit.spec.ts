import { describe, expect, it } from '@jest/globals';
import type { MailEvent } from '../mail-events/mail-event.js';
import { Compile } from 'typebox/compile';
import { mailEventId } from '../mail-events/event-id.js';
import { MAIL_EVENT_NAMES } from '../mail-events/vocabulary.js';
import { eventDocumentSchema, publicDocumentSchema } from './event-document.schema.js';
import { AGGREGATED_FIELDS, aggregatedField } from './aggregated-fields.js';
import { toDocument, toPublicDocument } from './event-document.js';
import { eventsTemplate, indexAlias, indexName, userIndexPattern } from './event-index.js';

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

  it('names what the mail was sent for', () => {
    const context = { templateId: 1, listId: 2, subscriberId: 3, journeyId: 4, actionId: null };
    expect(toDocument({ ...event, ...context })).toEqual({
      ...toDocument(event),
      ...{ 'template-id': 1, 'list-id': 2, 'subscriber-id': 3, 'journey-id': 4 },
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

  it('is what its published schemas say, in both spellings', () => {
    const document = toDocument({ ...event, envelopeSender: 'b@sl.example.com', size: 3, queuedAt: 1 });
    expect([...Compile(eventDocumentSchema).Errors(document)]).toEqual([]);
    expect([...Compile(publicDocumentSchema).Errors(toPublicDocument(document))]).toEqual([]);
    const keys = (schema: { properties: object }) => Object.keys(schema.properties);
    expect(keys(eventDocumentSchema)).toEqual(expect.arrayContaining(Object.keys(document)));
    const schema = publicDocumentSchema as unknown as { properties: object; required: string[] };
    expect(keys(schema)).toEqual(expect.arrayContaining(Object.keys(toPublicDocument(document))));
    expect(schema.required.toSorted()).toEqual(
      [
        'Id',
        'Event',
        'LogLevel',
        'UserId',
        'DomainId',
        'MessageId',
        'Recipient',
        'Message',
        'LoggedAt',
      ].toSorted(),
    );
  });

  it('has a place in the mapping for each of its members', () => {
    const unmapped = (schema: object, mapping: object): string[] =>
      Object.entries(schema).flatMap(([name, member]: [string, object]) => {
        const mapped: unknown = Reflect.get(mapping, name);
        if (typeof mapped !== 'object' || mapped === null) return [name];
        return 'properties' in member && 'properties' in mapped
          ? unmapped(member.properties as object, mapped.properties as object)
          : [];
      });
    const { properties } = eventsTemplate.template.mappings;
    expect(unmapped(eventDocumentSchema.properties, properties)).toEqual([]);
  });
});

describe('time in the queue', () => {
  const queuedAt = event.loggedAt - 1_234;
  const times = (change: Partial<MailEvent>) => {
    const of = { ...event, queuedAt, ...change };
    const { 'processed-at': at, 'queue-seconds': seconds } = toDocument({
      ...of,
      id: change.id ?? mailEventId(of),
    });
    return { at, seconds };
  };
  const processed = '2026-11-24T23:59:59.999Z';

  it.each(MAIL_EVENT_NAMES)('of %s is there when the message leaves the queue with it', (name) => {
    const ends = [
      'accepted-by-mta',
      'delivered',
      'bounced',
      'rejected-by-mta',
      'rejected-by-oempro',
    ].includes(name);
    const id = mailEventId({ ...event, event: name });
    expect(times({ event: name, id })).toEqual(
      ends ? { at: processed, seconds: 1.234 } : { at: undefined, seconds: undefined },
    );
  });
  it('has no end with a bounce after the message was accepted', () => {
    const id = mailEventId({ ...event, cause: 'rb' });
    expect(times({ id })).toEqual({ at: undefined, seconds: undefined });
  });
  it('is never negative', () => {
    expect(times({ event: 'delivered', queuedAt: event.loggedAt + 5 })).toMatchObject({ seconds: 0 });
  });
  it('is unknown without the time of acceptance, but for what was refused on the spot', () => {
    const queued = { queuedAt: null };
    expect(times({ ...queued, event: 'delivered' })).toEqual({ at: processed, seconds: undefined });
    expect(times({ ...queued, event: 'rejected-by-oempro' })).toEqual({ at: processed, seconds: 0 });
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

describe('fields to group by', () => {
  it.each(AGGREGATED_FIELDS)('%s has whole values in the mapping', (name) => {
    const find = (node: unknown, key: string): unknown =>
      typeof node === 'object' && node !== null ? Reflect.get(node, key) : undefined;
    const mapped = (aggregatedField(name) ?? '')
      .split('.')
      .reduce<unknown>(
        (node, key) => find(find(node, 'properties') ?? find(node, 'fields'), key),
        eventsTemplate.template.mappings,
      );
    expect(['keyword', 'ip', 'integer', 'long']).toContain(find(mapped, 'type'));
  });
  it('are found in any letter case, and nothing else is', () => {
    expect(aggregatedField(' Message.To-Domain ')).toBe('message.to-domain');
    for (const name of ['', 'user-id', 'id', 'timestamp', '__proto__', 'constructor', 'event.keyword'])
      expect(aggregatedField(name)).toBeUndefined();
  });
});
