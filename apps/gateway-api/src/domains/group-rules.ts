import { randomBytes } from 'node:crypto';
import { DEFAULT_TEMPLATE, dnsTemplate } from '#domain/sender-domain/dns-records';
import type { HostRules } from '#domain/sender-domain/host-names';
import type { Queryable } from '#platform/database/database';
import type { GatewayConfig } from '../config.js';
import { defaultNaming } from '../sender-domain/host-naming.js';

export type HostConfig = Pick<
  GatewayConfig,
  'dnsSubdomain' | 'dnsTrackPrefix' | 'dnsTrackMerge' | 'dnsInfrastructureDomain' | 'dnsTemplates'
>;

/** What the user's group says about sender domains. */
export interface GroupRules {
  /** Most domains that are not deleted; 0 = any number. */
  readonly domainLimit: number;
  readonly manualApproval: boolean;
  /** Name of the DNS template; empty = nothing is asked of the DNS. */
  readonly template: string;
}

interface GroupRow {
  LimitEmailGatewaySenderDomains: number;
  EmailGatewayNewDomainManualApproval: 'Enabled' | 'Disabled';
  EmailGatewayDNSTemplate: string;
}

/** Undefined when the user is gone. */
export async function groupRules(q: Queryable, userId: number): Promise<GroupRules | undefined> {
  const [group] = await q.query<GroupRow>(
    `SELECT g.LimitEmailGatewaySenderDomains, g.EmailGatewayNewDomainManualApproval, g.EmailGatewayDNSTemplate
     FROM oempro_users u JOIN oempro_user_groups g ON g.GroupID = u.GroupID WHERE u.UserID = ?`,
    [userId],
  );
  return group === undefined
    ? undefined
    : {
        domainLimit: group.LimitEmailGatewaySenderDomains,
        manualApproval: group.EmailGatewayNewDomainManualApproval === 'Enabled',
        template: group.EmailGatewayDNSTemplate,
      };
}

/**
 * From what hosts and records are made now, with a label and a hash that no domain has. A template that the
 * installation does not have any more means `Default`, which always exists.
 */
export function hostRules(config: HostConfig, template: string): HostRules {
  return {
    defaults: defaultNaming(config),
    template:
      dnsTemplate(template, config.dnsTemplates) ??
      dnsTemplate('Default', config.dnsTemplates) ??
      DEFAULT_TEMPLATE,
    infrastructure: config.dnsInfrastructureDomain,
    label: randomBytes(8).toString('hex'),
    hash: randomBytes(32).toString('base64'),
  };
}
