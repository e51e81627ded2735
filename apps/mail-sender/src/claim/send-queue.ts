import { fateOfMail, type Fate } from '#domain/queued-mail/fate';
import type { Database, Transaction } from '#platform/database/database';
import { queueSender, STATE_COLUMNS, type StateRow } from './sender-state.js';
import { LEASE_OF_ROW_LIVES } from './sender-lease.js';
import type { Claim } from './sender-lease.js';
import { suppressedAmong } from './suppressed.js';

/** One envelope recipient of one message, taken for sending. */
export interface QueueRow {
  id: number;
  messageId: string;
  recipientNo: number;
  recipient: string;
  recipientType: 'to' | 'cc' | 'bcc';
  userId: number;
  domainId: number;
  /** Attempts that the MTA has answered so far. */
  attempts: number;
  /** What held when the row was taken. A stop that comes later does not reach it: it may go out. */
  fate: Fate;
  claim: Claim;
}

interface StoredRow extends StateRow {
  id: number;
  message_id: string;
  recipient_no: number;
  recipient: string;
  recipient_type: 'to' | 'cc' | 'bcc';
  user_id: number;
  domain_id: number;
  attempts: number;
}

/** Only the rows that are still this claim's; parameters: ids, owner, token. */
export const STILL_CLAIMED = "id IN (?) AND state = 'sending' AND claim_owner = ? AND claim_token = ?";

const RECOVERED_AT_ONCE = 500;

/** Table `eg_send_queue` as senders share it. No transaction is ever open while mail travels. */
export class SendQueue {
  constructor(private readonly database: Database) {}

  /** Takes up to `limit` rows that are due, also those that are not to be sent. Two senders never get the same row. */
  claim(claim: Claim, limit: number): Promise<QueueRow[]> {
    return this.database.transaction(async (tx) => {
      const rows = await this.due(tx, limit);
      if (rows.length === 0) return [];
      await tx.execute(
        "UPDATE eg_send_queue SET state = 'sending', claim_owner = ?, claim_token = ? WHERE id IN (?)",
        [claim.owner, claim.token, rows.map(({ id }) => id)],
      );
      const isSuppressed = await suppressedAmong(tx, rows);
      return rows.map((row) => ({
        id: row.id,
        messageId: row.message_id,
        recipientNo: row.recipient_no,
        recipient: row.recipient,
        recipientType: row.recipient_type,
        userId: row.user_id,
        domainId: row.domain_id,
        attempts: row.attempts,
        fate: fateOfMail(queueSender(row), isSuppressed(row.user_id, row.recipient)),
        claim,
      }));
    });
  }

  /** Gives rows back that were not tried, to be taken at once by whoever asks next. */
  async release(claim: Claim, ids: readonly number[]): Promise<void> {
    if (ids.length === 0) return;
    await this.database.execute(
      `UPDATE eg_send_queue SET state = 'queued', claim_owner = NULL, claim_token = NULL WHERE ${STILL_CLAIMED}`,
      [ids, claim.owner, claim.token],
    );
  }

  /**
   * Queues rows again whose sender died. Whether the MTA got them is not known, so they are sent once more; event ids do
   * not depend on it.
   *
   * @returns how many.
   */
  async recoverInDoubt(): Promise<number> {
    // Looked up without locks first: nearly always there are none, and an update would lock the rows of live senders.
    const rows = await this.database.query<{ id: number }>(
      `SELECT q.id FROM eg_send_queue AS q WHERE q.state = 'sending' AND NOT ${LEASE_OF_ROW_LIVES} LIMIT ?`,
      [RECOVERED_AT_ONCE],
    );
    if (rows.length === 0) return 0;
    const { affectedRows } = await this.database.execute(
      `UPDATE eg_send_queue AS q SET q.state = 'queued', q.claim_owner = NULL, q.claim_token = NULL
       WHERE q.id IN (?) AND q.state = 'sending' AND NOT ${LEASE_OF_ROW_LIVES}`,
      [rows.map(({ id }) => id)],
    );
    return affectedRows;
  }

  /** Ids of the rows that a claim holds according to the database. */
  async heldBy(claim: Claim): Promise<number[]> {
    const rows = await this.database.query<{ id: number }>(
      "SELECT id FROM eg_send_queue WHERE state = 'sending' AND claim_owner = ? AND claim_token = ?",
      [claim.owner, claim.token],
    );
    return rows.map(({ id }) => id);
  }

  private due(tx: Transaction, limit: number): Promise<StoredRow[]> {
    return tx.query<StoredRow>(
      `SELECT q.id, q.message_id, q.recipient_no, q.recipient, q.recipient_type, q.user_id, q.domain_id, q.attempts,
         ${STATE_COLUMNS}
       FROM eg_send_queue AS q
       LEFT JOIN oempro_eg_domains AS d ON d.DomainID = q.domain_id
       LEFT JOIN oempro_users AS u ON u.UserID = q.user_id
       WHERE q.state = 'queued' AND q.due_at <= NOW(6) ORDER BY q.due_at, q.id LIMIT ? FOR UPDATE OF q SKIP LOCKED`,
      [limit],
    );
  }
}
