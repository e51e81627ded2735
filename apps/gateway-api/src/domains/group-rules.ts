import { DEFAULT_TEMPLATE, dnsTemplate, type DnsTemplate } from '#domain/sender-domain/dns-records';
import type { Queryable } from '#platform/database/database';

/** What the user's group says about sender domains. */
export interface GroupRules {
  /** Most domains that are not deleted; 0 = any number. */
  readonly domainLimit: number;
  readonly manualApproval: boolean;
  readonly template: DnsTemplate;
}

interface GroupRow {
  LimitEmailGatewaySenderDomains: number;
  EmailGatewayNewDomainManualApproval: 'Enabled' | 'Disabled';
  EmailGatewayDNSTemplate: string;
}

/** Undefined when the user is gone. A template name that nothing has means `Default`, which always exists. */
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
        template: dnsTemplate(group.EmailGatewayDNSTemplate) ?? DEFAULT_TEMPLATE,
      };
}
