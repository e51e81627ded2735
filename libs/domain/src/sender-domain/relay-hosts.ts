import { mfromHost, type DnsRecord, type HostNaming } from './dns-records.js';
import { isDomainName } from './domain-name.js';

/** What the inbound mail servers of the installation have to know of a sender domain. */
export interface RelayFacts {
  readonly name: string;
  readonly status: string;
  readonly records: readonly Pick<DnsRecord, 'verified'>[];
  readonly naming: HostNaming;
}

/**
 * Whether bounces of the domain may come in: its owner proved it, and it was not deleted. Bounces of mail that was sent
 * before arrive for days, so a domain that may no longer send keeps its way back. A domain that is not Enabled and has no
 * record proves nothing: anybody may add the name of a domain of somebody else.
 */
export const takesBounces = ({ status, records }: Pick<RelayFacts, 'status' | 'records'>): boolean =>
  status === 'Enabled' ||
  (status !== 'Deleted' && records.length > 0 && records.every(({ verified }) => verified === true));

/** Whether mail for a host (normalized) is for the domain: for its root name, or for its return path host. */
export const isRelayHost = (host: string, { name, naming }: Pick<RelayFacts, 'name' | 'naming'>): boolean =>
  host === name || host === mfromHost(name, naming).toLowerCase();

/**
 * Names of the sender domains that a normalized host can belong to, so that they can be looked up one by one: the host, and
 * the host without a return path label, which is one label, or more when the installation's own has more.
 */
export const relayCandidates = (host: string, defaults: Pick<HostNaming, 'subdomain'>): readonly string[] => {
  const labels = host.split('.');
  const depths = new Set([0, 1, defaults.subdomain.split('.').length]);
  return [...depths].map((depth) => labels.slice(depth).join('.')).filter(isDomainName);
};
