import type { Database, Queryable } from '#platform/database/database';

/** Rows that one statement fails: some 90 ms, for which a sender may have to wait for one of them. */
const BATCH = 2000;

/**
 * Fails the mails of a domain that no sender has taken yet, also those of the future. They end without events. Mails
 * that are being sent are left to their sender; mails that arrive meanwhile are not waited for.
 *
 * Batches of their own: nothing waits long for a queue of a million rows, and what was done before a failure stays done.
 *
 * @param reason shown as the row's last response
 * @returns how many
 */
export async function failQueuedMails(database: Database, domainId: number, reason: string): Promise<number> {
  const [newest] = await database.query<{ id: number | null }>(
    `SELECT MAX(id) AS id FROM eg_send_queue WHERE domain_id = ? AND state = 'queued'`,
    [domainId],
  );
  const last = newest?.id ?? 0;
  let failed = 0;
  for (let from = 0; from < last;) {
    const ids = await queuedIds(database, domainId, from, last);
    failed += await failRows(database, ids, reason);
    from = ids.length < BATCH ? last : (ids.at(-1) ?? last);
  }
  return failed;
}

/** As `failQueuedMails`, for as many as one statement may: together with what else the transaction changes. */
export async function failFirstQueuedMails(q: Queryable, domainId: number, reason: string): Promise<void> {
  await failRows(q, await queuedIds(q, domainId, 0, Number.MAX_SAFE_INTEGER), reason);
}

/** Looked up without locks, in the order of the index. */
async function queuedIds(q: Queryable, domainId: number, after: number, last: number): Promise<number[]> {
  const rows = await q.query<{ id: number }>(
    `SELECT id FROM eg_send_queue WHERE domain_id = ? AND state = 'queued' AND id > ? AND id <= ?
     ORDER BY id LIMIT ?`,
    [domainId, after, last, BATCH],
  );
  return rows.map(({ id }) => id);
}

/**
 * Takes the rows by primary key, as senders do when they record outcomes: over an index of states the two would lock
 * row and index entry in opposite order. A row that was taken since it was looked up does not match any more.
 */
async function failRows(q: Queryable, ids: readonly number[], reason: string): Promise<number> {
  if (ids.length === 0) return 0;
  const { affectedRows } = await q.execute(
    `UPDATE eg_send_queue FORCE INDEX (PRIMARY) SET state = 'failed', last_response = ?, finished_at = NOW(6)
     WHERE id IN (?) AND state = 'queued'`,
    [reason, ids],
  );
  return affectedRows;
}
