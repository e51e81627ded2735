import { countRecipients, recipientsAt, type SendUsage } from '#domain/sending-limits/sending-limits';
import { WINDOWS, windowStart } from '#domain/sending-limits/windows';
import type { Statement } from '#platform/database/database';
import type { Acceptance } from './mail-to-accept.js';
import type { Sifted } from './sifted.js';

export interface UsageRow {
  user_id: number;
  credits: number;
  windows: SendUsage['windows'];
}

/** Which rows are locked: `all`, waiting for those that others hold, or only the `free` ones. */
export type Locking = 'all' | 'free';

/** Locks the usage of accounts, always in the order of their ids, so that no two transactions wait for each other. */
export function lockUsage(users: readonly number[], locking: Locking): Statement {
  return {
    sql: `SELECT user_id, credits, windows FROM eg_send_usage WHERE user_id IN (?) ORDER BY user_id
          FOR UPDATE ${locking === 'free' ? 'SKIP LOCKED' : ''}`,
    params: [users],
  };
}

/**
 * Rows for accounts that never counted. Outside the transaction that counts: a row that is not there cannot be locked, and one
 * that is inserted by two at once would make one of them wait.
 */
export function createUsage(users: readonly number[]): Statement {
  return {
    sql: 'INSERT IGNORE INTO eg_send_usage (user_id, windows) VALUES ?',
    params: [users.map((userId) => [userId, '{}'])],
  };
}

export interface Counted {
  /** An answer per request, in order; `undefined` where the usage of an account is not among the rows. */
  readonly answers: readonly (Acceptance | undefined)[];
  /** The requests whose rows are to be stored. */
  readonly taken: readonly Sifted[];
  readonly writes: readonly Statement[];
}

/** Counts requests in order against the locked usage of their accounts. */
export function count(requests: readonly Sifted[], rows: readonly UsageRow[]): Counted {
  const usage = new Map(rows.map(({ user_id, credits, windows }) => [user_id, { credits, windows }]));
  const changed = new Map<number, SendUsage>();
  const taken: Sifted[] = [];
  const answers = requests.map((sifted): Acceptance | undefined => {
    const next = new Map<number, SendUsage>();
    for (const { userId, limits, recipients } of sifted.counts) {
      const before = changed.get(userId) ?? usage.get(userId);
      if (before === undefined) return undefined;
      const decision = countRecipients(limits, before, { recipients, now: sifted.request.acceptedAt });
      if (decision.refused !== undefined) return decision;
      next.set(userId, decision.usage);
    }
    for (const [userId, after] of next) changed.set(userId, after);
    taken.push(sifted);
    return sifted.answer;
  });
  const writes = [...changed].map(([userId, { credits, windows }]) => ({
    sql: 'UPDATE eg_send_usage SET credits = ?, windows = ? WHERE user_id = ?',
    params: [credits, JSON.stringify(windows), userId],
  }));
  return { answers, taken, writes };
}

/**
 * Counts requests of accounts without limits; nothing is read, so that no lock is held over a round trip. In the order of ids, as
 * `lockUsage`. One statement, or none when nobody is counted.
 */
export function* addUsage(requests: readonly Sifted[]): Generator<Statement> {
  // All windows of one minute are the same.
  const minutes = new Map<string, { userId: number; minute: number; recipients: number }>();
  for (const { counts, request } of requests) {
    const minute = windowStart('Minute', request.acceptedAt);
    for (const { userId, recipients } of counts) {
      if (recipients === 0) continue;
      const key = `${userId} ${minute}`;
      const counted = minutes.get(key) ?? { userId, minute, recipients: 0 };
      counted.recipients += recipients;
      minutes.set(key, counted);
    }
  }
  if (minutes.size === 0) return;
  const inOrder = [...minutes.values()].sort((a, b) => a.userId - b.userId || a.minute - b.minute);
  yield {
    sql: ADD_USAGE,
    params: [
      inOrder.map(({ userId, minute, recipients }) => [
        userId,
        JSON.stringify(recipientsAt(minute, recipients)),
      ]),
    ],
  };
}

/**
 * `countRecipients` for an account without limits, in SQL; a test holds the two together. `VALUES()`, because the alias that newer
 * releases of MySQL prefer is not in 8.0 from its first.
 */
const ADD_USAGE = `INSERT INTO eg_send_usage (user_id, windows) VALUES ?
  ON DUPLICATE KEY UPDATE windows = JSON_OBJECT(${WINDOWS.map((window) => {
    const value = (of: string, at: 0 | 1) =>
      `COALESCE(CAST(JSON_EXTRACT(${of}, '$.${window}[${at}]') AS UNSIGNED), 0)`;
    const [before, added] = ['windows', 'VALUES(windows)'];
    const [since, start] = [value(before, 0), value(added, 0)];
    return `'${window}', JSON_ARRAY(GREATEST(${since}, ${start}),
      IF(${since} >= ${start}, ${value(before, 1)}, 0) + ${value(added, 1)})`;
  }).join(', ')})`;
