import { Inject, Injectable } from '@nestjs/common';
import type { Database, Queryable } from '#platform/database/database';
import { endDomain } from '../sender-domain/end-domain.js';
import { SenderDomains } from '../sender-domain/sender-domains.js';
import { DATABASE } from '../tokens.js';
import { Users } from './users.js';

/** Rows that one statement touches: an account may own millions, and a statement has ten seconds. */
const BATCH = 5_000;

/** What goes with an account. Parents are locked while their children go: adding a child locks its parent. */
const OWNED_ROWS = [
  'oempro_subscribers WHERE ListID IN (SELECT ListID FROM oempro_subscriber_lists WHERE UserID = ? FOR UPDATE)',
  'oempro_subscriber_lists WHERE UserID = ?',
  'oempro_journey_actions WHERE JourneyID IN (SELECT JourneyID FROM oempro_journeys WHERE UserID = ? FOR UPDATE)',
  'oempro_journeys WHERE UserID = ?',
  'oempro_email_templates WHERE UserID = ?',
  'oempro_suppression_list WHERE UserID = ?',
  'oempro_eg_smtp_credentials WHERE UserID = ?',
  'eg_send_usage WHERE user_id = ?',
  'eg_sessions WHERE user_id = ?',
] as const;

/** The end of an account. */
@Injectable()
export class UserDeletion {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly users: Users,
    private readonly domains: SenderDomains,
  ) {}

  /**
   * Ends an account: it can do nothing more at once, its domains are deleted with what hangs on them, mails that were
   * not picked up yet are not sent, and whatever else is its own goes. May be repeated when it was interrupted: the
   * account itself goes last. @throws OperatorError not-found
   */
  async delete(userId: number): Promise<{ readonly UserID: number }> {
    await this.users.update(userId, { accountStatus: 'Disabled' });
    await this.deleteDomains(userId);
    await deleteOwned(this.database, userId);
    await this.database.transaction(async (tx) => {
      await tx.execute('DELETE FROM oempro_users WHERE UserID = ?', [userId]);
      // Again, for what was added meanwhile: adding locks the row of the account, so nothing comes after this.
      await deleteOwned(tx, userId);
    });
    return { UserID: userId };
  }

  /** Deleted ones too: the queue of one may be left from a deletion that was interrupted. */
  private async deleteDomains(userId: number): Promise<void> {
    const owned = await this.database.query<{ DomainID: number }>(
      'SELECT DomainID FROM oempro_eg_domains WHERE UserID = ?',
      [userId],
    );
    for (const { DomainID: domainId } of owned)
      await endDomain(this.domains, this.database, { userId, domainId, reason: 'account deleted' });
  }
}

async function deleteOwned(q: Queryable, userId: number): Promise<void> {
  for (const rows of OWNED_ROWS) await inBatches(q, `DELETE FROM ${rows}`, userId);
}

async function inBatches(q: Queryable, statement: string, id: number): Promise<void> {
  for (;;) {
    const { affectedRows } = await q.execute(`${statement} LIMIT ${BATCH}`, [id]);
    if (affectedRows < BATCH) return;
  }
}
