import { MessageCodec, toSingleObject } from '../avro/single-object.js';
import { domainEventSchemas } from './domain-event.schemas.js';

/** A DNS record that a sender domain asks for. `verified` is null before the first check. */
export interface DnsRecordFact {
  host: string;
  recordType: string;
  value: string;
  verified: boolean | null;
}

/** What the customer chose for the domain; null = the installation's default. */
export interface DomainOptionsFact {
  linkTracking: boolean;
  openTracking: boolean;
  unsubscribeLink: boolean;
  customSubdomain: string | null;
  customTrackPrefix: string | null;
  customTrackMerge: string | null;
  trackPrefixDisabled: boolean;
}

interface OfDomain {
  domainId: number;
  userId: number;
}

/**
 * Facts of one sender domain and its credentials. The same record is stored in the event store and published on
 * `eg.domain-events`, keyed by domain id. No secret, hash or cipher text is ever part of one.
 */
export type DomainEventMessage =
  | (OfDomain & {
      type: 'DomainAdded' | 'DomainRevived';
      senderDomain: string;
      status: string;
      options: DomainOptionsFact;
      dnsRecords: DnsRecordFact[];
    })
  | (OfDomain & {
      type: 'DomainVerified' | 'DomainVerificationFailed';
      status: string;
      dnsRecords: DnsRecordFact[];
    })
  | (OfDomain & { type: 'DomainStatusSet'; status: string })
  | (OfDomain & { type: 'DomainDeleted' })
  | (OfDomain & { type: 'ApiKeyAdded'; apiKeyId: number; description: string })
  | (OfDomain & { type: 'SmtpLoginAdded'; smtpId: number; username: string })
  | (OfDomain & { type: 'SmtpPasswordReset' | 'SmtpLoginDeleted'; smtpId: number })
  | (OfDomain & { type: 'WebhookAdded'; webhookId: number; event: string; url: string })
  | (OfDomain & { type: 'WebhookDeleted'; webhookId: number })
  | (OfDomain & { type: 'SigningKeyRotated' });

export type DomainEventType = DomainEventMessage['type'];

type Fields = Omit<DomainEventMessage, 'type'>;

const codecs: ReadonlyMap<string, MessageCodec<Fields>> = new Map(
  Object.entries(domainEventSchemas).map(([type, versions]) => [type, new MessageCodec<Fields>(versions)]),
);

/** Codec of every domain event, in the shape the event store takes. */
export const domainEventCodec = {
  encode(event: DomainEventMessage): { type: string; fingerprint: Buffer; payload: Buffer } {
    const { type, ...fields } = event;
    return { type, ...codecOf(type).encode(fields) };
  },
  /** @throws UndecodableMessage */
  decode(type: string, fingerprint: Buffer, payload: Buffer): DomainEventMessage {
    return { type, ...codecOf(type).decode(fingerprint, payload) } as DomainEventMessage;
  },
  /** Kafka value: single-object bytes; the type travels in the `event-type` header. */
  toBuffer(event: DomainEventMessage): Buffer {
    return toSingleObject(domainEventCodec.encode(event));
  },
};

function codecOf(type: string): MessageCodec<Fields> {
  const codec = codecs.get(type);
  if (!codec) throw new Error(`no schema for domain event ${type}`);
  return codec;
}
