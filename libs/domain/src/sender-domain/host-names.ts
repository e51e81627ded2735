import { type Refused, refuse } from '../decision.js';
import { MAX_HOST_LENGTH, isSubdomainLabel, isTrackMerge, labelsFit } from './domain-name.js';
import {
  type DnsRecord,
  type DnsTemplate,
  type HostNaming,
  type HostNamingOverrides,
  dnsRecords,
  effectiveNaming,
  mfromHost,
  trackingHost,
} from './dns-records.js';
import { type DomainOptions } from './sender-domain.js';

/** What a customer says about host names. Absent = as it is; empty text = the installation's default. */
export interface NamingWish {
  readonly subdomain?: string;
  readonly trackPrefix?: string;
  /** Empty text is a value of its own here: nothing stands between prefix and subdomain. */
  readonly trackMerge?: string;
  readonly trackPrefixDisabled?: boolean;
}

/** From what the installation makes the hosts and records of a domain. */
export interface HostRules {
  readonly defaults: HostNaming;
  readonly template: DnsTemplate;
  readonly infrastructure: string;
  /** Random label of the ownership record, should a new record set be needed. */
  readonly label: string;
  /** Value of the ownership record, likewise. */
  readonly hash: string;
}

/** What a domain names itself after a wish. Undefined when a part of the wish is no host name part. */
export const namingAfter = (
  before: HostNamingOverrides,
  { subdomain, trackPrefix, trackMerge, trackPrefixDisabled }: NamingWish,
): HostNamingOverrides | undefined => {
  for (const label of [subdomain, trackPrefix])
    if (label !== undefined && label !== '' && !isSubdomainLabel(label)) return undefined;
  if (trackMerge !== undefined && !isTrackMerge(trackMerge)) return undefined;
  const after = {
    subdomain: labelAfter(before.subdomain, subdomain),
    trackPrefix: labelAfter(before.trackPrefix, trackPrefix),
    trackMerge: trackMerge ?? before.trackMerge,
    trackPrefixDisabled: trackPrefixDisabled ?? before.trackPrefixDisabled ?? false,
  };
  return {
    ...(after.subdomain === undefined ? {} : { subdomain: after.subdomain }),
    ...(after.trackPrefix === undefined ? {} : { trackPrefix: after.trackPrefix }),
    ...(after.trackMerge === undefined ? {} : { trackMerge: after.trackMerge }),
    ...(after.trackPrefixDisabled ? { trackPrefixDisabled: true } : {}),
  };
};

const labelAfter = (before: string | undefined, wish: string | undefined): string | undefined =>
  wish === undefined ? before : wish === '' ? undefined : wish.toLowerCase();

const PARTS = ['subdomain', 'trackPrefix', 'trackMerge', 'trackPrefixDisabled'] as const;

/** Whether a domain names itself the same in both. */
export const sameNaming = (one: HostNamingOverrides, other: HostNamingOverrides): boolean =>
  PARTS.every((part) => one[part] === other[part]);

/** Options with another naming in the place of theirs. */
export const withNaming = (options: DomainOptions, naming: HostNamingOverrides): DomainOptions => {
  const { linkTracking, openTracking, unsubscribeLink, hostingProvider } = options;
  return {
    linkTracking,
    openTracking,
    unsubscribeLink,
    ...(hostingProvider === undefined ? {} : { hostingProvider }),
    ...naming,
  };
};

/** Whether a domain has the same hosts under either naming: what it names itself counts only where it shows. */
export const sameHosts = (
  name: string,
  before: HostNamingOverrides,
  after: HostNamingOverrides,
  defaults: HostNaming,
): boolean =>
  [mfromHost, trackingHost].every(
    (host) => host(name, effectiveNaming(before, defaults)) === host(name, effectiveNaming(after, defaults)),
  );

/**
 * A new record set of a domain.
 *
 * - `host-too-long`: a host would be longer than DNS allows (RFC 1035, 2.3.4).
 * - `subdomain-invalid`: a label of a host would be, or two records would share a host.
 */
export const recordSet = (
  name: string,
  overrides: HostNamingOverrides,
  rules: HostRules,
): readonly DnsRecord[] | Refused<'host-too-long' | 'subdomain-invalid'> => {
  const naming = effectiveNaming(overrides, rules.defaults);
  const records = dnsRecords(rules.template, { ...rules, domain: name, naming });
  const asked = records.map(({ host }) => host.toLowerCase());
  const hosts = [trackingHost(name, naming), ...asked];
  if (!hosts.every(labelsFit) || new Set(asked).size < asked.length) return refuse('subdomain-invalid');
  return hosts.some((host) => host.length > MAX_HOST_LENGTH) ? refuse('host-too-long') : records;
};
