import type { Transaction } from '#platform/database/database';
import { STILL_CLAIMED, type QueueRow } from '../claim/send-queue.js';

/**
 * Takes rows of one claim out of the queue. Their domains are noted first: `eg_held_domains` is locked before rows by everybody
 * who locks both.
 */
export async function holdClaimed(tx: Transaction, rows: readonly QueueRow[]): Promise<void> {
  const [first] = rows;
  if (first === undefined) return;
  const domains = [...new Set(rows.map(({ domainId }) => domainId))].sort((a, b) => a - b);
  await tx.execute(
    'INSERT INTO eg_held_domains (domain_id) VALUES ? ON DUPLICATE KEY UPDATE domain_id = VALUES(domain_id)',
    [domains.map((domainId) => [domainId])],
  );
  await tx.execute(
    `UPDATE eg_send_queue SET state = 'held', claim_owner = NULL, claim_token = NULL WHERE ${STILL_CLAIMED}`,
    [rows.map(({ id }) => id), first.claim.owner, first.claim.token],
  );
}
