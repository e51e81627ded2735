import type avsc from 'avsc';
import { MessageCodec, toSingleObject } from '../avro/single-object.js';

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

/** Since the options can be changed. `hostingProvider` null = none given. */
export interface ChangedOptionsFact extends DomainOptionsFact {
  hostingProvider: string | null;
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
      type: 'DomainAddedAgain' | 'DomainOptionsChanged';
      status: string;
      options: ChangedOptionsFact;
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
  | (OfDomain & { type: 'ApiKeyDeleted'; apiKeyId: number })
  | (OfDomain & { type: 'SmtpLoginAdded'; smtpId: number; username: string })
  | (OfDomain & { type: 'SmtpPasswordReset' | 'SmtpLoginDeleted'; smtpId: number })
  | (OfDomain & { type: 'WebhookAdded'; webhookId: number; event: string; url: string })
  | (OfDomain & { type: 'WebhookDeleted'; webhookId: number })
  | (OfDomain & { type: 'SigningKeyRotated' });

export type DomainEventType = DomainEventMessage['type'];

const ofDomain = [
  { name: 'domainId', type: 'long' },
  { name: 'userId', type: 'long' },
];

const dnsRecords = {
  name: 'dnsRecords',
  type: {
    type: 'array',
    items: {
      type: 'record',
      name: 'DnsRecord',
      fields: [
        { name: 'host', type: 'string' },
        { name: 'recordType', type: 'string' },
        { name: 'value', type: 'string' },
        { name: 'verified', type: ['null', 'boolean'] },
      ],
    },
  },
};

const optionFields = [
  { name: 'linkTracking', type: 'boolean' },
  { name: 'openTracking', type: 'boolean' },
  { name: 'unsubscribeLink', type: 'boolean' },
  { name: 'customSubdomain', type: ['null', 'string'] },
  { name: 'customTrackPrefix', type: ['null', 'string'] },
  { name: 'customTrackMerge', type: ['null', 'string'] },
  { name: 'trackPrefixDisabled', type: 'boolean' },
];
const options = { name: 'options', type: { type: 'record', name: 'DomainOptions', fields: optionFields } };
const changedOptions = {
  name: 'options',
  type: {
    type: 'record',
    name: 'ChangedDomainOptions',
    fields: [...optionFields, { name: 'hostingProvider', type: ['null', 'string'] }],
  },
};

const text = (name: string): { name: string; type: string } => ({ name, type: 'string' });
const id = (name: string): { name: string; type: string } => ({ name, type: 'long' });

function record(name: string, ...fields: readonly object[]): avsc.Schema {
  return {
    type: 'record',
    name,
    namespace: 'email_gateway.domains',
    fields: [...ofDomain, ...fields],
  } as avsc.Schema;
}

/** Writer schemas per event type, oldest first. Frozen: add a version and a sample, never edit one. */
export const domainEventSchemas: Readonly<Record<DomainEventType, readonly avsc.Schema[]>> = {
  DomainAdded: [record('DomainAdded', text('senderDomain'), text('status'), options, dnsRecords)],
  DomainRevived: [record('DomainRevived', text('senderDomain'), text('status'), options, dnsRecords)],
  DomainAddedAgain: [record('DomainAddedAgain', text('status'), changedOptions, dnsRecords)],
  DomainOptionsChanged: [record('DomainOptionsChanged', text('status'), changedOptions, dnsRecords)],
  DomainVerified: [record('DomainVerified', text('status'), dnsRecords)],
  DomainVerificationFailed: [record('DomainVerificationFailed', text('status'), dnsRecords)],
  DomainStatusSet: [record('DomainStatusSet', text('status'))],
  DomainDeleted: [record('DomainDeleted')],
  ApiKeyAdded: [record('ApiKeyAdded', id('apiKeyId'), text('description'))],
  ApiKeyDeleted: [record('ApiKeyDeleted', id('apiKeyId'))],
  SmtpLoginAdded: [record('SmtpLoginAdded', id('smtpId'), text('username'))],
  SmtpPasswordReset: [record('SmtpPasswordReset', id('smtpId'))],
  SmtpLoginDeleted: [record('SmtpLoginDeleted', id('smtpId'))],
  WebhookAdded: [record('WebhookAdded', id('webhookId'), text('event'), text('url'))],
  WebhookDeleted: [record('WebhookDeleted', id('webhookId'))],
  SigningKeyRotated: [record('SigningKeyRotated')],
};

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
