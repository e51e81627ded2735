import { type DnsRecord } from '../sender-domain/dns-records.js';
import { type AddDomain } from '../sender-domain/lifecycle.decisions.js';
import {
  type LiveStatus,
  type SenderDomainEvent,
  evolve,
  initialSenderDomain,
} from '../sender-domain/sender-domain.js';
import { specification } from './given.js';

/** Given these facts of a sender domain, when …; user 7 owns it and user 8 does not. */
export const given = specification(evolve, initialSenderDomain);

export const OWNER = 7;
export const STRANGER = 8;

export const records: readonly DnsRecord[] = [
  { host: 'sl.example.com', type: 'CNAME', value: 'mailer.example.net' },
  { host: 'k3j9.sl.example.com', type: 'TXT', value: 'aGFzaA==' },
];

export const checked = (...flags: readonly boolean[]): readonly DnsRecord[] =>
  records.map((record, index) => ({ ...record, verified: flags[index] ?? false }));

const setup = {
  status: 'Approval Pending',
  options: { linkTracking: true, openTracking: true, unsubscribeLink: false },
  records,
} as const;

export const added: SenderDomainEvent = {
  type: 'DomainAdded',
  domainId: 12,
  userId: OWNER,
  name: 'example.com',
  ...setup,
};
export const revived = { type: 'DomainRevived', ...setup } as const satisfies SenderDomainEvent;
export const addedAgain = { type: 'DomainAddedAgain', ...setup } as const satisfies SenderDomainEvent;
export const deleted: SenderDomainEvent = { type: 'DomainDeleted' };
export const verified: SenderDomainEvent = {
  type: 'DomainVerified',
  status: 'Enabled',
  records: checked(true, true),
};
export const set = (status: LiveStatus): SenderDomainEvent => ({ type: 'DomainStatusSet', status });

export const addExampleDomain: AddDomain = {
  domainId: 12,
  userId: OWNER,
  name: 'example.com',
  defaults: { subdomain: 'sl', trackPrefix: 'track', trackMerge: '-', trackPrefixDisabled: false },
  template: [
    { host: '{mfrom}', type: 'CNAME', value: '{infrastructure}' },
    { host: '{label}.{mfrom}', type: 'TXT', value: '{hash}' },
  ],
  infrastructure: 'mailer.example.net',
  label: 'k3j9',
  hash: 'aGFzaA==',
  manualApproval: false,
  domainCount: 0,
  domainLimit: 0,
};
