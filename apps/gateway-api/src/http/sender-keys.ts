import type { Database } from '#platform/database/database';
import { Grouped } from '#platform/grouping/grouped';

/** An enabled sender key with its domain and owner, as they are now; null = gone. */
export interface SenderKeyRow {
  readonly APIKeyID: number;
  readonly UserID: number;
  readonly DomainID: number;
  readonly SenderDomain: string | null;
  readonly DomainStatus: string | null;
  readonly DomainOptions: Record<string, unknown> | unknown[] | null;
  readonly AccountStatus: string | null;
  readonly ReputationLevel: string | null;
  readonly PhoneVerified: number | null;
}

/** Keys of one statement, and how statements follow one another. */
const BOUNDS = { mostItems: 200, patienceMs: 20, atMost: 4 };

/**
 * Looks sender keys up in MySQL. Requests that arrive while look-ups are under way share the next one, which begins after they
 * arrived: nothing is remembered, so a key that was revoked before a request is refused to it.
 */
export class SenderKeys {
  private readonly grouped: Grouped<Buffer, SenderKeyRow | undefined>;

  constructor(database: Database) {
    this.grouped = new Grouped<Buffer, SenderKeyRow | undefined>({
      ...BOUNDS,
      run: async (hashes: readonly Buffer[]) => {
        const rows = await database.query<SenderKeyRow & { KeyHash: Buffer }>(
          `SELECT k.KeyHash, k.APIKeyID, k.UserID, k.DomainID, d.SenderDomain, d.Status AS DomainStatus,
                  d.Options AS DomainOptions, u.AccountStatus, u.ReputationLevel, u.PhoneVerified
           FROM oempro_eg_api_keys k
           LEFT JOIN oempro_eg_domains d ON d.DomainID = k.DomainID AND d.UserID = k.UserID
           LEFT JOIN oempro_users u ON u.UserID = k.UserID
           WHERE k.KeyHash IN (?) AND k.Status = 'Enabled'`,
          [hashes],
        );
        const byHash = new Map(rows.map((row) => [row.KeyHash.toString('latin1'), row]));
        return hashes.map((hash) => ({ status: 'fulfilled', value: byHash.get(hash.toString('latin1')) }));
      },
    });
  }

  /** @param hash the look-up hash of the key */
  find(hash: Buffer): Promise<SenderKeyRow | undefined> {
    return this.grouped.submit(hash);
  }
}
