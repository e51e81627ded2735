import { randomUUID } from 'node:crypto';
import type { Database } from '#platform/database/database';
import { LeaseKeeper } from '#platform/leases/lease-keeper';

/** What a queue row in `sending` names: who holds it. */
export interface Claim {
  /** Name of the lease, `mail-sender/<uuid>` (column `claim_owner`). */
  owner: string;
  /** Column `claim_token`. */
  token: number;
}

/** The condition on which the lease of row alias `q` is alive. */
export const LEASE_OF_ROW_LIVES = `EXISTS (SELECT 1 FROM leases WHERE leases.name = q.claim_owner
  AND leases.token = q.claim_token AND leases.owner IS NOT NULL AND leases.expires_at > NOW(6))`;

const GROUP = 'mail-sender';

/**
 * The life sign of one sender. Rows it has taken stay its own while it renews the lease, three times in the lease's life; when the
 * process dies they become free once the lease has lapsed by the database's clock.
 */
export class SenderLease {
  private readonly id = randomUUID();
  private readonly keeper: LeaseKeeper;

  constructor(
    private readonly database: Database,
    ttlMs: number,
  ) {
    this.keeper = new LeaseKeeper({ database, group: GROUP, owner: this.id, ttlMs });
  }

  /** Takes or renews the lease when that is due; cheap otherwise. @throws when the database is away. */
  async hold(): Promise<Claim> {
    const [lease] = await this.keeper.hold([this.id]);
    if (!lease) throw new Error('the lease of this sender is held by somebody else');
    return { owner: lease.key, token: lease.token };
  }

  /** Whether the lease cannot have lapsed. Nothing may be sent when it may have: another sender may be sending it. */
  isCurrent(): boolean {
    return this.keeper.isCurrent();
  }

  /** Ends the lease and removes it, and what senders that died left behind. */
  async release(): Promise<void> {
    await this.keeper.release();
    await this.database.execute('DELETE FROM leases WHERE name = ?', [`${GROUP}/${this.id}`]);
    await this.database.execute(
      'DELETE FROM leases WHERE name LIKE ? AND expires_at < NOW(6) - INTERVAL 1 DAY',
      [`${GROUP}/%`],
    );
  }
}
