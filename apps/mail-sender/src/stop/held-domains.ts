import { fateOfSender, type Fate } from '#domain/queued-mail/fate';
import type { Database, Queryable, Transaction } from '#platform/database/database';
import type { Logger } from '#platform/telemetry/logger';
import { queueSender, STATE_COLUMNS, type StateRow } from '../claim/sender-state.js';
import { senderMetrics } from '../sender-metrics.js';
import { readTold, writeDropped, type MailToDrop } from './dropped-mails.js';

/** Rows that one transaction moves. */
const BATCH = 500;

interface HeldDomain extends StateRow {
  domain_id: number;
  has_queued: 0 | 1;
}

const SELECT_STATE = `SELECT h.domain_id, ${STATE_COLUMNS},
    EXISTS (SELECT 1 FROM eg_send_queue AS q WHERE q.domain_id = h.domain_id AND q.state = 'queued') AS has_queued
  FROM eg_held_domains AS h
  LEFT JOIN oempro_eg_domains AS d ON d.DomainID = h.domain_id
  LEFT JOIN oempro_users AS u ON u.UserID = d.UserID`;

const OUTCOMES = { hold: 'held', send: 'released', drop: 'dropped' } as const;

/**
 * The mail of stopped domains. While the stop lasts, what is left of it in the queue is taken out, so that senders need not look at
 * it; when the stop is lifted, all of it is queued again, behind what is due already; when the domain or the account is deleted, it
 * is dropped. Any number of senders may do this: they share the domains.
 */
export class HeldDomains {
  constructor(
    private readonly database: Database,
    private readonly log: Logger,
  ) {}

  /** Moves a batch of each domain that has something to move. @throws when that failed for one; the others are done. */
  async turn(): Promise<'worked' | 'idle'> {
    const domains = await this.database.query<HeldDomain>(SELECT_STATE);
    const pending = domains.filter((row) => fateOf(row).do !== 'hold' || row.has_queued === 1);
    let moved = 0;
    const failures: unknown[] = [];
    for (const { domain_id: domainId } of pending) {
      try {
        moved += await this.moveBatch(domainId);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
    return moved > 0 ? 'worked' : 'idle';
  }

  private async moveBatch(domainId: number): Promise<number> {
    const startedAt = performance.now();
    const { fate, mails } = await this.database.transaction((tx) => move(tx, domainId));
    if (fate === undefined || mails === 0) return 0;
    const outcome = OUTCOMES[fate.do];
    senderMetrics.stopped.inc({ outcome }, mails);
    const reason = fate.do === 'send' ? undefined : fate.reason;
    const durationMs = Math.round(performance.now() - startedAt);
    this.log.info({ domainId, mails, outcome, reason, durationMs }, 'held-mails.moved');
    return mails;
  }
}

interface Moved {
  fate?: Fate;
  mails: number;
}

/** The domain is locked first and its state read then: no row is held after its stop was seen to be lifted. */
async function move(tx: Transaction, domainId: number): Promise<Moved> {
  const locked = await tx.query(
    'SELECT domain_id FROM eg_held_domains WHERE domain_id = ? FOR UPDATE SKIP LOCKED',
    [domainId],
  );
  if (locked.length === 0) return { mails: 0 };
  const [row] = await tx.query<HeldDomain>(`${SELECT_STATE} WHERE h.domain_id = ?`, [domainId]);
  if (row === undefined) return { mails: 0 };
  const fate = fateOf(row);
  switch (fate.do) {
    case 'hold':
      return { fate, mails: await hold(tx, domainId) };
    case 'send': {
      const mails = await release(tx, domainId);
      if (mails < BATCH) await forget(tx, domainId);
      return { fate, mails };
    }
    case 'drop': {
      const mails = await drop(tx, domainId, fate.reason);
      if (mails < BATCH) await forget(tx, domainId);
      return { fate, mails };
    }
  }
}

const fateOf = (row: StateRow): Fate => fateOfSender(queueSender(row));

/** Looked up without locks; rows are then taken by primary key, as by everybody, in the order of ids. */
async function idsOf(q: Queryable, domainId: number, state: 'queued' | 'held'): Promise<number[]> {
  const rows = await q.query<{ id: number }>(
    'SELECT id FROM eg_send_queue WHERE domain_id = ? AND state = ? ORDER BY id LIMIT ?',
    [domainId, state, BATCH],
  );
  return rows.map(({ id }) => id);
}

/** Also what is due later: when its time comes it would have to be taken out all the same. */
async function hold(tx: Transaction, domainId: number): Promise<number> {
  const ids = await idsOf(tx, domainId, 'queued');
  if (ids.length === 0) return 0;
  await tx.execute(
    "UPDATE eg_send_queue FORCE INDEX (PRIMARY) SET state = 'held' WHERE id IN (?) AND state = 'queued'",
    [ids],
  );
  return ids.length;
}

async function release(tx: Transaction, domainId: number): Promise<number> {
  const ids = await idsOf(tx, domainId, 'held');
  if (ids.length === 0) return 0;
  // Due from now on: mail that waited for months must not go before everybody else's of today.
  await tx.execute(
    `UPDATE eg_send_queue FORCE INDEX (PRIMARY) SET state = 'queued', due_at = GREATEST(due_at, NOW(6))
     WHERE id IN (?) AND state = 'held'`,
    [ids],
  );
  return ids.length;
}

async function drop(tx: Transaction, domainId: number, reason: MailToDrop['reason']): Promise<number> {
  const found = await tx.query<Omit<MailToDrop, 'reason'>>(
    `SELECT id, message_id AS messageId, recipient, recipient_type AS recipientType, user_id AS userId,
       domain_id AS domainId
     FROM eg_send_queue WHERE domain_id = ? AND state IN ('queued', 'held') ORDER BY id LIMIT ?`,
    [domainId, BATCH],
  );
  if (found.length === 0) return 0;
  const told = await readTold(tx, found);
  const locked = await tx.query<{ id: number }>(
    `SELECT id FROM eg_send_queue FORCE INDEX (PRIMARY) WHERE id IN (?) AND state IN ('queued', 'held')
     ORDER BY id FOR UPDATE`,
    [found.map(({ id }) => id)],
  );
  const ours = new Set(locked.map(({ id }) => id));
  await writeDropped(
    tx,
    found.filter(({ id }) => ours.has(id)).map((mail) => ({ ...mail, reason })),
    told,
  );
  return found.length;
}

/** Unless there is still mail: rows that somebody else has locked were left out. */
async function forget(tx: Transaction, domainId: number): Promise<void> {
  const left = await idsOf(tx, domainId, 'held');
  if (left.length === 0) await tx.execute('DELETE FROM eg_held_domains WHERE domain_id = ?', [domainId]);
}
