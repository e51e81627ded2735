import { encodeMailEvent } from '#contracts/mail-events/mail-event';
import {
  droppedMailEvent,
  type DroppedMail,
  MOST_TOLD,
  READ_TOLD,
  type ToldMessage,
} from '#contracts/sending/dropped-mail';
import { TOPICS } from '#contracts/topics';
import type { Database, Queryable, Transaction } from '#platform/database/database';
import { enqueue } from '#platform/outbox/outbox';

/** Mails that one transaction drops: some 50 ms, for which a sender may have to wait for one of them. */
const BATCH = 500;

/** Mails that no sender has: those that wait for their time, and those that wait for a stop to be lifted. */
const UNTAKEN = ['queued', 'held'];

interface FoundMail extends DroppedMail {
  readonly id: number;
}

interface Found {
  readonly mails: readonly FoundMail[];
  readonly messages: ReadonlyMap<string, ToldMessage>;
}

/**
 * Drops the mails of a domain that no sender has taken yet, also those of the future: each ends as failed, with
 * `rejected-by-oempro` in the same transaction. Mails that a sender has taken may go out and are left to it; mails that
 * arrive meanwhile are not waited for.
 *
 * Batches of their own: nothing waits long for a queue of a million rows, and what was done before a failure stays done.
 * A row is dropped once, whoever else drops or takes it at the same time, and its event's id depends on nothing but the row.
 *
 * @param reason of the events, and shown as the row's last response
 * @returns how many
 */
export async function dropQueuedMails(database: Database, domainId: number, reason: string): Promise<number> {
  const [newest] = await database.query<{ id: number | null }>(
    `SELECT MAX(id) AS id FROM eg_send_queue WHERE domain_id = ? AND state IN (?)`,
    [domainId, UNTAKEN],
  );
  const last = newest?.id ?? 0;
  let dropped = 0;
  for (let from = 0; from < last;) {
    const found = await findQueued(database, domainId, from, last);
    dropped += await database.transaction((tx) => drop(tx, found, reason));
    from = found.mails.length < BATCH ? last : (found.mails.at(-1)?.id ?? last);
  }
  return dropped;
}

/**
 * As `dropQueuedMails`, for one batch: together with the deletion of the domain. The domain is noted, before any row is locked, among
 * those whose mail senders look after: they drop what is left when nobody comes back for it.
 */
export async function dropFirstQueuedMails(tx: Transaction, domainId: number, reason: string): Promise<void> {
  await tx.execute('INSERT IGNORE INTO eg_held_domains (domain_id) VALUES (?)', [domainId]);
  await drop(tx, await findQueued(tx, domainId, 0, Number.MAX_SAFE_INTEGER), reason);
}

/** Looked up without locks, in the order of the index, with what their events say. */
async function findQueued(q: Queryable, domainId: number, after: number, last: number): Promise<Found> {
  const mails = await q.query<FoundMail>(
    `SELECT id, message_id AS messageId, recipient, recipient_type AS recipientType, user_id AS userId,
       domain_id AS domainId
     FROM eg_send_queue WHERE domain_id = ? AND state IN (?) AND id > ? AND id <= ? ORDER BY id LIMIT ?`,
    [domainId, UNTAKEN, after, last, BATCH],
  );
  const ids = [...new Set(mails.map(({ messageId }) => messageId))];
  const messages = new Map<string, ToldMessage>();
  for (let from = 0; from < ids.length; from += MOST_TOLD) {
    const rows = await q.query<ToldMessage>(READ_TOLD, [ids.slice(from, from + MOST_TOLD)]);
    for (const row of rows) messages.set(row.message_id, row);
  }
  return { mails, messages };
}

/**
 * Takes the rows by primary key, as senders do when they record outcomes: over an index of states the two would lock
 * row and index entry in opposite order. A row that was taken since it was looked up does not match any more.
 */
async function drop(tx: Transaction, { mails, messages }: Found, reason: string): Promise<number> {
  if (mails.length === 0) return 0;
  const rows = await tx.query<{ id: number }>(
    `SELECT id FROM eg_send_queue FORCE INDEX (PRIMARY) WHERE id IN (?) AND state IN (?) ORDER BY id FOR UPDATE`,
    [mails.map(({ id }) => id), UNTAKEN],
  );
  if (rows.length === 0) return 0;
  const taken = new Set(rows.map(({ id }) => id));
  await tx.execute(
    `UPDATE eg_send_queue FORCE INDEX (PRIMARY) SET state = 'failed', last_response = ?, finished_at = NOW(6)
     WHERE id IN (?)`,
    [reason, [...taken]],
  );
  const now = Date.now();
  await enqueue(
    tx,
    mails
      .filter(({ id }) => taken.has(id))
      .map((mail) => ({
        topic: TOPICS.mailEvents.name,
        key: mail.messageId,
        value: encodeMailEvent(droppedMailEvent(mail, messages.get(mail.messageId), reason, now)),
      })),
  );
  return taken.size;
}
