import { effectiveNaming, type HostNaming } from '#domain/sender-domain/dns-records';
import { templateProblem } from '#domain/sender-domain/dns-template';
import {
  isDomainName,
  isSubdomainLabel,
  isTrackMerge,
  type TrackMerge,
} from '#domain/sender-domain/domain-name';
import type { ConfigProblem } from '#platform/config/settings';
import type { DnsTemplates } from './dns-template-setting.js';

interface NamingConfig {
  readonly dnsSubdomain: string;
  readonly dnsTrackPrefix: string;
  readonly dnsTrackMerge: TrackMerge;
}

interface HostConfig extends NamingConfig {
  readonly dnsInfrastructureDomain: string;
  readonly dnsTemplates: DnsTemplates;
}

/** Host naming of domains that have nothing of their own. */
export const defaultNaming = (config: NamingConfig): HostNaming => ({
  subdomain: config.dnsSubdomain,
  trackPrefix: config.dnsTrackPrefix,
  trackMerge: config.dnsTrackMerge,
  trackPrefixDisabled: false,
});

/** Host naming of a domain by the `Options` of its row. */
export const namingOf = (options: Readonly<Record<string, unknown>>, defaults: HostNaming): HostNaming => {
  const { CustomSubdomain, CustomTrackPrefix, CustomTrackMerge, TrackPrefixDisabled } = options;
  return effectiveNaming(
    {
      ...(typeof CustomSubdomain === 'string' ? { subdomain: CustomSubdomain } : {}),
      ...(typeof CustomTrackPrefix === 'string' ? { trackPrefix: CustomTrackPrefix } : {}),
      ...(typeof CustomTrackMerge === 'string' && isTrackMerge(CustomTrackMerge)
        ? { trackMerge: CustomTrackMerge }
        : {}),
      ...(TrackPrefixDisabled === true ? { trackPrefixDisabled: true } : {}),
    },
    defaults,
  );
};

/** What is wrong with the settings from which hosts and records are made. */
export function hostProblems(config: HostConfig): ConfigProblem[] {
  const { dnsSubdomain, dnsTrackPrefix, dnsInfrastructureDomain, dnsTemplates } = config;
  const problems: ConfigProblem[] = [];
  const reason = 'must be made of lower-case letters, digits and inner hyphens';
  if (!isPrefix(dnsSubdomain)) problems.push({ env: 'EG_DNS_SUBDOMAIN', reason });
  if (!isPrefix(dnsTrackPrefix)) problems.push({ env: 'EG_DNS_TRACK_PREFIX', reason });
  if (!isDomainName(dnsInfrastructureDomain))
    problems.push({ env: 'EG_DNS_INFRASTRUCTURE_DOMAIN', reason: 'must be a domain name in lower case' });
  // A template is tried with these names; it cannot be judged by wrong ones.
  if (problems.length > 0) return problems;
  const installation = { naming: defaultNaming(config), infrastructure: dnsInfrastructureDomain };
  for (const [name, template] of dnsTemplates) {
    const problem = templateProblem(template, installation);
    if (problem !== undefined)
      problems.push({
        env: 'EG_DNS_TEMPLATES',
        reason: `has in template ${JSON.stringify(name)} ${problem}`,
      });
  }
  return problems;
}

/** One label, or several with dots: the installation may go deeper than a customer. */
const isPrefix = (text: string): boolean =>
  text === text.toLowerCase() && text.split('.').every(isSubdomainLabel);
