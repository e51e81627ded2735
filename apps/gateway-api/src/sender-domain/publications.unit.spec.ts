import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { domainEventCodec, domainEventSchemas } from '#contracts/domain-events/domain-event';
import type { SenderDomainEvent } from '#domain/sender-domain/sender-domain';
import { fromMessage, publication, toMessage } from './publications.js';

const SAMPLES = join(import.meta.dirname, '../../../../libs/contracts/samples');
const tenant = { domainId: 12, userId: 7, name: 'example.com' };
const records = [
  { host: 'sl.example.com', type: 'CNAME', value: 'mailer.example.net' },
  { host: 'a.sl.example.com', type: 'TXT', value: 'aGFzaA==', verified: false },
] as const;
const options = { linkTracking: true, openTracking: false, unsubscribeLink: false };
const own = { subdomain: 'out', trackPrefix: 'links', trackMerge: '', trackPrefixDisabled: true } as const;

/** Events whose fields differ from their contract record; the others are covered by the frozen samples. */
const mapped: readonly SenderDomainEvent[] = [
  { type: 'DomainAdded', ...tenant, status: 'Approval Pending', options, records },
  { type: 'DomainRevived', status: 'Blocked', options: { ...options, ...own }, records: [] },
  { type: 'DomainVerified', status: 'Enabled', records },
  { type: 'DomainVerificationFailed', status: 'Approval Pending', records },
];

describe('domain events as messages', () => {
  it.each(Object.keys(domainEventSchemas))(
    '%s: its frozen sample survives the way into the domain and back',
    (type) => {
      const { bytes } = JSON.parse(readFileSync(join(SAMPLES, `${type}.v1.json`), 'utf8')) as {
        bytes: string;
      };
      const stored = Buffer.from(bytes, 'hex');
      const message = domainEventCodec.decode(type, stored.subarray(2, 10), stored.subarray(10));
      const name = 'senderDomain' in message ? message.senderDomain : '';
      const back = toMessage(fromMessage(message), {
        domainId: message.domainId,
        userId: message.userId,
        name,
      });
      expect(back).toEqual(message);
    },
  );

  it.each(mapped.map((event) => [event.type, event] as const))('%s survives storing', (type, event) => {
    const message = toMessage(event, tenant);
    expect(message).toMatchObject({ type, domainId: 12, userId: 7 });
    const { fingerprint, payload } = domainEventCodec.encode(message);
    const back = fromMessage(domainEventCodec.decode(type, fingerprint, payload));
    const { domainId: _domainId, userId: _userId, ...withoutTenant } = { domainId: 0, userId: 0, ...back };
    expect(type === 'DomainAdded' ? back : withoutTenant).toEqual(event);
  });

  it('refuse stored words that the domain does not know', () => {
    const about = { domainId: 12, userId: 7 };
    const facts = { ...about, senderDomain: 'example.com', status: 'Enabled', dnsRecords: [] };
    const fact = {
      linkTracking: true,
      openTracking: true,
      unsubscribeLink: false,
      customSubdomain: null,
      customTrackPrefix: null,
      customTrackMerge: null,
      trackPrefixDisabled: false,
    };
    const record = { host: 'a.example.com', recordType: 'SRV', value: '', verified: null };
    const added = { type: 'DomainAdded', ...facts, options: fact } as const;
    for (const message of [
      { type: 'DomainStatusSet', ...about, status: 'Deleted' } as const,
      { type: 'WebhookAdded', ...about, webhookId: 1, event: 'delivery', url: '' } as const,
      { ...added, dnsRecords: [record] },
      { ...added, options: { ...fact, customTrackMerge: '_' } },
    ])
      expect(() => fromMessage(message)).toThrow('the domain does not know');
    expect(fromMessage(added)).toMatchObject({ name: 'example.com', status: 'Enabled' });
  });

  it('leave in the order of their domain, with what a reader needs beside the record', () => {
    const event = toMessage({ type: 'DomainDeleted' }, tenant);
    const occurredAt = new Date('2026-11-24T10:00:00.123Z');
    const message = publication({
      event,
      eventId: 'e-1',
      version: 4,
      occurredAt,
      streamId: 'domain-12',
      meta: {},
    });
    expect(message).toEqual({
      topic: 'eg.domain-events',
      key: '12',
      value: domainEventCodec.toBuffer(event),
      headers: {
        'event-type': 'DomainDeleted',
        'event-id': 'e-1',
        'event-version': '4',
        'occurred-at': '2026-11-24T10:00:00.123Z',
      },
    });
  });
});
