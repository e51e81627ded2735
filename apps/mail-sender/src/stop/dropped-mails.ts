import { encodeMailEvent } from '#contracts/mail-events/mail-event';
import {
  droppedMailEvent,
  type DroppedMail,
  MOST_TOLD,
  READ_TOLD,
  type ToldMessage,
} from '#contracts/sending/dropped-mail';
import { TOPICS } from '#contracts/topics';
import type { DropReason } from '#domain/queued-mail/fate';
import type { Database, Queryable, Transaction } from '#platform/database/database';
import { enqueue } from '#platform/outbox/outbox';
import { STILL_CLAIMED, type QueueRow } from '../claim/send-queue.js';

export interface MailToDrop extends DroppedMail {
  readonly id: number;
  readonly reason: DropReason;
}

export type Told = ReadonlyMap<string, ToldMessage>;

/** What the events of these mails say. */
export async function readTold(q: Queryable, mails: readonly DroppedMail[]): Promise<Told> {
  const ids = [...new Set(mails.map(({ messageId }) => messageId))];
  const told = new Map<string, ToldMessage>();
  for (let from = 0; from < ids.length; from += MOST_TOLD) {
    const rows = await q.query<ToldMessage>(READ_TOLD, [ids.slice(from, from + MOST_TOLD)]);
    for (const row of rows) told.set(row.message_id, row);
  }
  return told;
}

/** Fails rows that the transaction has locked, and tells of each. */
export async function writeDropped(
  tx: Transaction,
  mails: readonly MailToDrop[],
  messages: Told,
): Promise<void> {
  for (const [reason, dropped] of Map.groupBy(mails, (mail) => mail.reason)) {
    await tx.execute(
      `UPDATE eg_send_queue FORCE INDEX (PRIMARY) SET state = 'failed', last_response = ?, finished_at = NOW(6),
         claim_owner = NULL, claim_token = NULL WHERE id IN (?)`,
      [reason, dropped.map(({ id }) => id)],
    );
  }
  const now = Date.now();
  await enqueue(
    tx,
    mails.map((mail) => ({
      topic: TOPICS.mailEvents.name,
      key: mail.messageId,
      value: encodeMailEvent(droppedMailEvent(mail, messages.get(mail.messageId), mail.reason, now)),
    })),
  );
}

/** Drops rows of one claim whose fate it is; those that another sender has taken meanwhile are left to it. */
export async function dropClaimed(database: Database, rows: readonly QueueRow[]): Promise<void> {
  const mails = rows.flatMap((row) => (row.fate.do === 'drop' ? [{ ...row, reason: row.fate.reason }] : []));
  const [first] = mails;
  if (first === undefined) return;
  const { owner, token } = first.claim;
  const told = await readTold(database, mails);
  await database.transaction(async (tx) => {
    const locked = await tx.query<{ id: number }>(
      `SELECT id FROM eg_send_queue FORCE INDEX (PRIMARY) WHERE ${STILL_CLAIMED} ORDER BY id FOR UPDATE`,
      [mails.map(({ id }) => id), owner, token],
    );
    const ours = new Set(locked.map(({ id }) => id));
    await writeDropped(
      tx,
      mails.filter(({ id }) => ours.has(id)),
      told,
    );
  });
}
