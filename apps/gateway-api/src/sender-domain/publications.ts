import {
  domainEventCodec,
  type DnsRecordFact,
  type DomainEventMessage,
  type DomainOptionsFact,
} from '#contracts/domain-events/domain-event';
import { TOPICS } from '#contracts/topics';
import { isTrackMerge } from '#domain/sender-domain/domain-name';
import { RECORD_TYPES, type DnsRecord } from '#domain/sender-domain/dns-records';
import {
  isLiveStatus,
  WEBHOOK_EVENTS,
  type DomainOptions,
  type LiveStatus,
  type SenderDomainEvent,
} from '#domain/sender-domain/sender-domain';
import type { Recorded } from '#platform/event-store/event-store';
import type { OutboxMessage } from '#platform/outbox/outbox';

/** Whose events they are; on every message, so that a consumer needs no history to know the tenant. */
export interface Tenant {
  readonly domainId: number;
  readonly userId: number;
  readonly name: string;
}

/**
 * A domain event as it is stored and published. An event whose fields have the same names and types in its
 * contract record needs no case of its own.
 */
export function toMessage(event: SenderDomainEvent, { domainId, userId, name }: Tenant): DomainEventMessage {
  switch (event.type) {
    case 'DomainAdded':
    case 'DomainRevived': {
      const { type, status, options, records } = event;
      const dnsRecords = records.map(recordFact);
      return {
        type,
        domainId,
        userId,
        senderDomain: name,
        status,
        options: optionsFact(options),
        dnsRecords,
      };
    }
    case 'DomainAddedAgain':
    case 'DomainOptionsChanged': {
      const { type, status, records } = event;
      const options = {
        ...optionsFact(event.options),
        hostingProvider: event.options.hostingProvider ?? null,
      };
      return { type, domainId, userId, status, options, dnsRecords: records.map(recordFact) };
    }
    case 'DomainVerified':
    case 'DomainVerificationFailed': {
      const { type, status, records } = event;
      return { type, domainId, userId, status, dnsRecords: records.map(recordFact) };
    }
    default:
      // The compiler refuses an event here whose fields differ from its contract record.
      return { ...event, domainId, userId };
  }
}

/** The way back, for a message that was stored. */
export function fromMessage(message: DomainEventMessage): SenderDomainEvent {
  switch (message.type) {
    case 'DomainAdded': {
      const { type, domainId, userId, senderDomain: name } = message;
      return { type, domainId, userId, name, ...setup(message) };
    }
    case 'DomainRevived':
      return { type: message.type, ...setup(message) };
    case 'DomainAddedAgain':
    case 'DomainOptionsChanged': {
      const { type, options } = message;
      const { hostingProvider } = options;
      const { options: known, ...rest } = setup(message);
      return {
        type,
        ...rest,
        options: hostingProvider === null ? known : { ...known, hostingProvider },
      };
    }
    case 'DomainVerified':
    case 'DomainVerificationFailed': {
      const { type, status, dnsRecords } = message;
      return { type, status: liveStatus(status), records: dnsRecords.map(record) };
    }
    case 'DomainStatusSet':
      return { type: message.type, status: liveStatus(message.status) };
    case 'WebhookAdded': {
      const { type, webhookId, url } = message;
      return { type, webhookId, event: oneOf(WEBHOOK_EVENTS, message.event), url };
    }
    default:
      // Carries the tenant as well, which the domain does not look at.
      return message;
  }
}

/** What leaves for `eg.domain-events`: the stored record as it is, in order per domain. */
export function publication({
  event,
  eventId,
  version,
  occurredAt,
}: Recorded<DomainEventMessage>): OutboxMessage {
  return {
    topic: TOPICS.domainEvents.name,
    key: String(event.domainId),
    value: domainEventCodec.toBuffer(event),
    headers: {
      'event-type': event.type,
      'event-id': eventId,
      'event-version': String(version),
      'occurred-at': occurredAt.toISOString(),
    },
  };
}

function setup(message: { status: string; options: DomainOptionsFact; dnsRecords: DnsRecordFact[] }) {
  return {
    status: liveStatus(message.status),
    options: domainOptions(message.options),
    records: message.dnsRecords.map(record),
  };
}

function optionsFact(options: DomainOptions): DomainOptionsFact {
  return {
    linkTracking: options.linkTracking,
    openTracking: options.openTracking,
    unsubscribeLink: options.unsubscribeLink,
    customSubdomain: options.subdomain ?? null,
    customTrackPrefix: options.trackPrefix ?? null,
    customTrackMerge: options.trackMerge ?? null,
    trackPrefixDisabled: options.trackPrefixDisabled ?? false,
  };
}

function domainOptions(fact: DomainOptionsFact): DomainOptions {
  const { linkTracking, openTracking, unsubscribeLink, customTrackMerge } = fact;
  if (customTrackMerge !== null && !isTrackMerge(customTrackMerge)) throw unreadable(customTrackMerge);
  return {
    linkTracking,
    openTracking,
    unsubscribeLink,
    ...(fact.customSubdomain === null ? {} : { subdomain: fact.customSubdomain }),
    ...(fact.customTrackPrefix === null ? {} : { trackPrefix: fact.customTrackPrefix }),
    ...(customTrackMerge === null ? {} : { trackMerge: customTrackMerge }),
    ...(fact.trackPrefixDisabled ? { trackPrefixDisabled: true } : {}),
  };
}

function recordFact({ host, type, value, verified }: DnsRecord): DnsRecordFact {
  return { host, recordType: type, value, verified: verified ?? null };
}

function record({ host, recordType, value, verified }: DnsRecordFact): DnsRecord {
  const type = oneOf(RECORD_TYPES, recordType);
  return verified === null ? { host, type, value } : { host, type, value, verified };
}

function liveStatus(text: string): LiveStatus {
  if (!isLiveStatus(text)) throw unreadable(text);
  return text;
}

function oneOf<T extends string>(members: readonly T[], text: string): T {
  const found = members.find((member) => member === text);
  if (found === undefined) throw unreadable(text);
  return found;
}

const unreadable = (text: string) =>
  new Error(`a stored domain event holds ${JSON.stringify(text)}, which the domain does not know`);
