/** The sender of mail that waits in the queue, as it is at the moment of sending. */
export interface QueueSender {
  /** Absent when the domain's row is gone. */
  readonly domain?: { readonly status: string };
  /** Absent when the account's row is gone. */
  readonly owner?: { readonly accountStatus: string; readonly reputationLevel: string };
}

/** A stop that may be lifted: the mail stays accepted and waits. */
export type HoldReason = 'domain not enabled' | 'account disabled' | 'account not trusted';
/** The mail will never be sent; in the words of its last event. */
export type DropReason = 'domain deleted' | 'account deleted' | 'suppressed';

/** What becomes of an accepted mail when its time has come. */
export type Fate =
  | { readonly do: 'send' }
  | { readonly do: 'hold'; readonly reason: HoldReason }
  | { readonly do: 'drop'; readonly reason: DropReason };

const SEND: Fate = { do: 'send' };

/**
 * What a sender's state does to the mail that was accepted before. Who may not send anything new sends nothing queued either.
 * Every status of a live domain can be left again, so mail is held and not dropped: also for Blocked, which only an operator
 * lifts, and for Approval Pending, which a verification lifts. Only a deletion is final.
 */
export const fateOfSender = ({ domain, owner }: QueueSender): Fate => {
  if (owner === undefined) return { do: 'drop', reason: 'account deleted' };
  if (domain === undefined || domain.status === 'Deleted') return { do: 'drop', reason: 'domain deleted' };
  if (owner.accountStatus !== 'Enabled') return { do: 'hold', reason: 'account disabled' };
  if (owner.reputationLevel !== 'Trusted') return { do: 'hold', reason: 'account not trusted' };
  return domain.status === 'Enabled' ? SEND : { do: 'hold', reason: 'domain not enabled' };
};

/**
 * The fate of one recipient's mail. An address that was suppressed since is refused as it would be now; while the sender is
 * stopped that is left open, because the address may be taken off the list as well.
 *
 * The key or login that handed the mail in plays no part: deleting one ends new requests, and what was accepted stays accepted.
 */
export const fateOfMail = (sender: QueueSender, isSuppressed: boolean): Fate => {
  const fate = fateOfSender(sender);
  return fate.do === 'send' && isSuppressed ? { do: 'drop', reason: 'suppressed' } : fate;
};
