import type avsc from 'avsc';

/** Writer schemas per event type, oldest first. Frozen: add a version and a sample, never edit one. */
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

const options = {
  name: 'options',
  type: {
    type: 'record',
    name: 'DomainOptions',
    fields: [
      { name: 'linkTracking', type: 'boolean' },
      { name: 'openTracking', type: 'boolean' },
      { name: 'unsubscribeLink', type: 'boolean' },
      { name: 'customSubdomain', type: ['null', 'string'] },
      { name: 'customTrackPrefix', type: ['null', 'string'] },
      { name: 'customTrackMerge', type: ['null', 'string'] },
      { name: 'trackPrefixDisabled', type: 'boolean' },
    ],
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

export const domainEventSchemas: Readonly<Record<string, readonly avsc.Schema[]>> = {
  DomainAdded: [record('DomainAdded', text('senderDomain'), text('status'), options, dnsRecords)],
  DomainRevived: [record('DomainRevived', text('senderDomain'), text('status'), options, dnsRecords)],
  DomainVerified: [record('DomainVerified', text('status'), dnsRecords)],
  DomainVerificationFailed: [record('DomainVerificationFailed', text('status'), dnsRecords)],
  DomainStatusSet: [record('DomainStatusSet', text('status'))],
  DomainDeleted: [record('DomainDeleted')],
  ApiKeyAdded: [record('ApiKeyAdded', id('apiKeyId'), text('description'))],
  SmtpLoginAdded: [record('SmtpLoginAdded', id('smtpId'), text('username'))],
  SmtpPasswordReset: [record('SmtpPasswordReset', id('smtpId'))],
  SmtpLoginDeleted: [record('SmtpLoginDeleted', id('smtpId'))],
  WebhookAdded: [record('WebhookAdded', id('webhookId'), text('event'), text('url'))],
  WebhookDeleted: [record('WebhookDeleted', id('webhookId'))],
  SigningKeyRotated: [record('SigningKeyRotated')],
};
