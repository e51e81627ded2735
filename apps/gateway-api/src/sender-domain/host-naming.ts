import { effectiveNaming, type HostNaming } from '#domain/sender-domain/dns-records';
import { isTrackMerge } from '#domain/sender-domain/domain-name';
import type { GatewayConfig } from '../config.js';

type NamingConfig = Pick<GatewayConfig, 'dnsSubdomain' | 'dnsTrackPrefix' | 'dnsTrackMerge'>;

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
