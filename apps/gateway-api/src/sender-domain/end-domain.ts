import type { Refused } from '#domain/decision';
import { deleteDomain } from '#domain/sender-domain/lifecycle.decisions';
import type { Database, Queryable } from '#platform/database/database';
import { dropFirstQueuedMails, dropQueuedMails } from './send-queue.js';
import type { SenderDomains } from './sender-domains.js';

export interface EndedDomain {
  readonly userId: number;
  readonly domainId: number;
  /** Why its queued mails are not sent: the reason of their events. */
  readonly reason: string;
}

/**
 * Deletes a domain: at once and together with its keys, SMTP logins and webhooks, and with its queued mails when they
 * are few. The rest of a long queue follows in batches; when that is interrupted, senders drop what is left, and so does
 * ending the domain again (which is refused all the same, as the domain is gone).
 */
export async function endDomain(
  domains: SenderDomains,
  database: Database,
  { userId, domainId, reason }: EndedDomain,
): Promise<Refused<'domain-not-found'> | undefined> {
  const outcome = await domains.change({
    domainId,
    decide: (domain) => deleteDomain({ userId }, domain),
    record: (tx) => dropFirstQueuedMails(tx, domainId, reason),
  });
  if (outcome.refused === undefined || (await isDeleted(database, userId, domainId)))
    await dropQueuedMails(database, domainId, reason);
  return outcome.refused === undefined ? undefined : outcome;
}

async function isDeleted(q: Queryable, userId: number, domainId: number): Promise<boolean> {
  const rows = await q.query(
    `SELECT 1 FROM oempro_eg_domains WHERE DomainID = ? AND UserID = ? AND Status = 'Deleted'`,
    [domainId, userId],
  );
  return rows.length > 0;
}
