import { countRecipients, type SendUsage } from '#domain/sending-limits/sending-limits';
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
