import type { QueueSender } from '#domain/queued-mail/fate';

/** State of a domain and its owner; tables by the aliases `d` and `u`, joined from the left. */
export const STATE_COLUMNS =
  'd.Status AS domain_status, u.AccountStatus AS account_status, u.ReputationLevel AS reputation';

export interface StateRow {
  domain_status: string | null;
  account_status: string | null;
  reputation: string | null;
}

export function queueSender({ domain_status, account_status, reputation }: StateRow): QueueSender {
  return {
    ...(domain_status !== null && { domain: { status: domain_status } }),
    ...(account_status !== null &&
      reputation !== null && { owner: { accountStatus: account_status, reputationLevel: reputation } }),
  };
}
