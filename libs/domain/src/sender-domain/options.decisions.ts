import { type Decision, refuse } from '../decision.js';
import { type HostNaming } from './dns-records.js';
import {
  type HostRules,
  type NamingWish,
  namingAfter,
  recordSet,
  sameHosts,
  withNaming,
} from './host-names.js';
import { ownedDomain, statusAtStart } from './lifecycle.decisions.js';
import {
  type DomainOptions,
  type LiveDomain,
  type LiveStatus,
  type SenderDomain,
  type SenderDomainEvent,
  isLive,
  isOperatorStop,
} from './sender-domain.js';

/** Characters that are kept of the name of a hosting provider. */
const MAX_PROVIDER_LENGTH = 255;

export interface UpdateDomain extends HostRules, NamingWish {
  readonly userId: number;
  readonly linkTracking?: boolean;
  readonly openTracking?: boolean;
  readonly unsubscribeLink?: boolean;
  /** Empty text takes it away. */
  readonly hostingProvider?: string;
  readonly manualApproval: boolean;
}

/**
 * Changes what a domain does with its mails and how its hosts are named; what is absent in the command stays. When
 * the hosts become other ones, the domain gets a new record set and waits for it to be verified, unless an operator
 * has stopped it or nothing is asked of the DNS. Nothing else ever touches records or status: neither the tracking
 * flags nor a name that spells out what holds already.
 */
export const updateDomain = (
  command: UpdateDomain,
  domain: SenderDomain,
): Decision<SenderDomainEvent, 'domain-not-found' | 'subdomain-invalid'> => {
  const owned = ownedDomain(command.userId, domain);
  if (owned === undefined) return refuse('domain-not-found');
  const naming = namingAfter(owned.options, command);
  if (naming === undefined) return refuse('subdomain-invalid');
  const options = withNaming(optionsAfter(owned.options, command), naming);
  if (sameHosts(owned.name, owned.options, naming, command.defaults)) {
    const { status, records } = owned;
    return sameOptions(owned.options, options)
      ? []
      : [{ type: 'DomainOptionsChanged', status, options, records }];
  }
  const records = recordSet(owned.name, naming, command);
  if ('refused' in records) return refuse('subdomain-invalid');
  const status = statusWithNewHosts(owned, records.length === 0, command.manualApproval);
  return [{ type: 'DomainOptionsChanged', status, options, records }];
};

/** Whether a domain has other hosts after a change, and so other records. */
export const hostsChanged = (before: SenderDomain, after: SenderDomain, defaults: HostNaming): boolean =>
  isLive(before) && isLive(after) && !sameHosts(after.name, before.options, after.options, defaults);

const statusWithNewHosts = (
  { status, approved }: LiveDomain,
  asksNothing: boolean,
  manualApproval: boolean,
): LiveStatus => {
  if (isOperatorStop(status) || (asksNothing && status === 'Enabled')) return status;
  return statusAtStart(asksNothing, manualApproval && !approved);
};

const optionsAfter = (before: DomainOptions, wish: UpdateDomain): DomainOptions => {
  const hostingProvider =
    wish.hostingProvider === undefined ? before.hostingProvider : storedProvider(wish.hostingProvider);
  return {
    linkTracking: wish.linkTracking ?? before.linkTracking,
    openTracking: wish.openTracking ?? before.openTracking,
    unsubscribeLink: wish.unsubscribeLink ?? before.unsubscribeLink,
    ...(hostingProvider === undefined ? {} : { hostingProvider }),
  };
};

/** No code of the contract refuses a long name, so its end is cut off. */
const storedProvider = (text: string): string | undefined => {
  const kept = Array.from(text.trim()).slice(0, MAX_PROVIDER_LENGTH).join('');
  return kept === '' ? undefined : kept;
};

const OPTIONS = [
  'linkTracking',
  'openTracking',
  'unsubscribeLink',
  'hostingProvider',
  'subdomain',
  'trackPrefix',
  'trackMerge',
  'trackPrefixDisabled',
] as const satisfies readonly (keyof DomainOptions)[];

const sameOptions = (one: DomainOptions, other: DomainOptions): boolean =>
  OPTIONS.every((option) => one[option] === other[option]);
