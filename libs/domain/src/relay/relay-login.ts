/** What an SMTP login whose password was right stands for. */
export interface RelayLogin {
  /** Absent when the domain's row is gone. */
  readonly domain?: { readonly status: string };
  /** Absent when the account's row is gone. */
  readonly owner?: {
    readonly accountStatus: string;
    readonly reputationLevel: string;
    readonly phoneVerified: boolean;
  };
}

export type RelayLoginRefusal =
  | 'sender-domain-invalid'
  | 'sender-domain-not-active'
  | 'user-invalid'
  | 'user-not-trusted'
  | 'user-not-verified';

/** Why a login may not relay, or nothing; the order is that of the contract's codes 4 to 8. */
export const relayLoginRefusal = (
  { domain, owner }: RelayLogin,
  rules: { readonly phoneVerificationRequired: boolean },
): RelayLoginRefusal | undefined => {
  if (domain === undefined || domain.status === 'Deleted') return 'sender-domain-invalid';
  if (domain.status !== 'Enabled') return 'sender-domain-not-active';
  if (owner === undefined) return 'user-invalid';
  if (owner.accountStatus !== 'Enabled' || owner.reputationLevel !== 'Trusted') return 'user-not-trusted';
  return rules.phoneVerificationRequired && !owner.phoneVerified ? 'user-not-verified' : undefined;
};
