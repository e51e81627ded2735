import { never } from '../decision.js';
import { type DnsRecord, type HostNamingOverrides } from './dns-records.js';

/** Only the first two are ever reached by customers' commands; the other three are an operator's stop. */
export const LIVE_STATUSES = ['Approval Pending', 'Enabled', 'Disabled', 'Suspended', 'Blocked'] as const;
export type LiveStatus = (typeof LIVE_STATUSES)[number];
export type OperatorStop = Exclude<LiveStatus, 'Approval Pending' | 'Enabled'>;

/** Events that a webhook can follow, under their canonical names. */
export const WEBHOOK_EVENTS = [
  'delivered',
  'bounced',
  'opened',
  'clicked',
  'unsubscribed',
  'complained',
] as const;
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

/** What a domain does with its mails, and how its host names differ from the defaults. */
export interface DomainOptions extends HostNamingOverrides {
  readonly linkTracking: boolean;
  readonly openTracking: boolean;
  readonly unsubscribeLink: boolean;
  /** Where the customer hosts the domain, in the customer's words; only shown. */
  readonly hostingProvider?: string;
}

/** What a (re-)added domain starts with. */
export interface DomainSetup {
  readonly status: LiveStatus;
  readonly options: DomainOptions;
  readonly records: readonly DnsRecord[];
}

/**
 * All facts of one sender domain and of what hangs on it. Keys, logins, webhooks and the signing key
 * live in the domain's stream: deleting the domain ends them in one step, and one order covers them all.
 * No event carries a secret.
 */
export type SenderDomainEvent =
  | ({ readonly type: 'DomainAdded'; domainId: number; userId: number; name: string } & DomainSetup)
  /** Added again by its owner after it had been deleted. */
  | ({ readonly type: 'DomainRevived' } & DomainSetup)
  /** Added again by its owner while it was there; what hangs on it stays. */
  | ({ readonly type: 'DomainAddedAgain' } & DomainSetup)
  | ({ readonly type: 'DomainOptionsChanged' } & DomainSetup)
  /** Every record was found; `status` is the one that holds from now on. */
  | { readonly type: 'DomainVerified'; status: LiveStatus; records: readonly DnsRecord[] }
  /** At least one record was not found; `status` is the one that holds from now on. */
  | { readonly type: 'DomainVerificationFailed'; status: LiveStatus; records: readonly DnsRecord[] }
  | { readonly type: 'DomainStatusSet'; status: LiveStatus }
  | { readonly type: 'DomainDeleted' }
  | { readonly type: 'ApiKeyAdded'; apiKeyId: number; description: string }
  | { readonly type: 'ApiKeyDeleted'; apiKeyId: number }
  | { readonly type: 'SmtpLoginAdded'; smtpId: number; username: string }
  | { readonly type: 'SmtpPasswordReset'; smtpId: number }
  | { readonly type: 'SmtpLoginDeleted'; smtpId: number }
  | { readonly type: 'WebhookAdded'; webhookId: number; event: WebhookEvent; url: string }
  | { readonly type: 'WebhookDeleted'; webhookId: number }
  | { readonly type: 'SigningKeyRotated' };

export interface ApiKey {
  readonly apiKeyId: number;
  readonly description: string;
}
export interface SmtpLogin {
  readonly smtpId: number;
  readonly username: string;
}
export interface Webhook {
  readonly webhookId: number;
  readonly event: WebhookEvent;
  readonly url: string;
}

interface Identity {
  readonly domainId: number;
  readonly userId: number;
  readonly name: string;
}

export interface AbsentDomain {
  readonly status: 'Absent';
}

/** Nothing hangs on a deleted domain; an operator's stop outlives the deletion. */
export interface DeletedDomain extends Identity {
  readonly status: 'Deleted';
  readonly stoppedAs?: OperatorStop;
}

export interface LiveDomain extends Identity, DomainSetup {
  readonly apiKeys: readonly ApiKey[];
  readonly smtpLogins: readonly SmtpLogin[];
  readonly webhooks: readonly Webhook[];
  /** Whether webhooks are signed with a key of the domain's own instead of the installation's. */
  readonly ownSigningKey: boolean;
  /** An operator has enabled the domain: where new domains need that, it is done once in a domain's life. */
  readonly approved: boolean;
}

export type SenderDomain = AbsentDomain | DeletedDomain | LiveDomain;

export const initialSenderDomain: SenderDomain = { status: 'Absent' };

export const isLive = (domain: SenderDomain): domain is LiveDomain =>
  domain.status !== 'Absent' && domain.status !== 'Deleted';

export const isLiveStatus = (text: string): text is LiveStatus =>
  LIVE_STATUSES.some((status) => status === text);

export const isOperatorStop = (status: LiveStatus): status is OperatorStop =>
  status !== 'Approval Pending' && status !== 'Enabled';

const fresh = (identity: Identity, setup: DomainSetup): LiveDomain => ({
  domainId: identity.domainId,
  userId: identity.userId,
  name: identity.name,
  status: setup.status,
  options: setup.options,
  records: setup.records,
  apiKeys: [],
  smtpLogins: [],
  webhooks: [],
  ownSigningKey: false,
  approved: false,
});

const evolveLive = (
  domain: LiveDomain,
  event: Exclude<SenderDomainEvent, { type: 'DomainAdded' | 'DomainRevived' }>,
): SenderDomain => {
  switch (event.type) {
    case 'DomainVerified':
    case 'DomainVerificationFailed':
      return { ...domain, status: event.status, records: event.records };
    case 'DomainAddedAgain':
    case 'DomainOptionsChanged':
      return { ...domain, status: event.status, options: event.options, records: event.records };
    case 'DomainStatusSet':
      return { ...domain, status: event.status, approved: approvedAfter(event.status, domain) };
    case 'DomainDeleted': {
      const { domainId, userId, name, status } = domain;
      const identity = { domainId, userId, name };
      return isOperatorStop(status)
        ? { status: 'Deleted', ...identity, stoppedAs: status }
        : { status: 'Deleted', ...identity };
    }
    case 'ApiKeyAdded': {
      const { apiKeyId, description } = event;
      return { ...domain, apiKeys: [...domain.apiKeys, { apiKeyId, description }] };
    }
    case 'ApiKeyDeleted':
      return {
        ...domain,
        apiKeys: domain.apiKeys.filter(({ apiKeyId }) => apiKeyId !== event.apiKeyId),
      };
    case 'SmtpLoginAdded': {
      const { smtpId, username } = event;
      return { ...domain, smtpLogins: [...domain.smtpLogins, { smtpId, username }] };
    }
    case 'SmtpPasswordReset':
      return domain;
    case 'SmtpLoginDeleted':
      return {
        ...domain,
        smtpLogins: domain.smtpLogins.filter(({ smtpId }) => smtpId !== event.smtpId),
      };
    case 'WebhookAdded': {
      const { webhookId, event: followed, url } = event;
      return { ...domain, webhooks: [...domain.webhooks, { webhookId, event: followed, url }] };
    }
    case 'WebhookDeleted':
      return {
        ...domain,
        webhooks: domain.webhooks.filter(({ webhookId }) => webhookId !== event.webhookId),
      };
    case 'SigningKeyRotated':
      return { ...domain, ownSigningKey: true };
    default:
      return never(event);
  }
};

/** A stop says nothing about the approval: it comes back with the end of the stop, or is taken back by name. */
const approvedAfter = (status: LiveStatus, { approved }: LiveDomain): boolean =>
  isOperatorStop(status) ? approved : status === 'Enabled';

/** The state after one more fact. A fact that the state has no place for changes nothing: it did happen. */
export const evolve = (domain: SenderDomain, event: SenderDomainEvent): SenderDomain => {
  if (event.type === 'DomainAdded') return fresh(event, event);
  if (event.type === 'DomainRevived') return domain.status === 'Absent' ? domain : fresh(domain, event);
  return isLive(domain) ? evolveLive(domain, event) : domain;
};
