import { suppressedBy, type Suppression } from '#domain/suppression/suppressions';
import type { Queryable, SqlValue } from '#platform/database/database';

/** Addresses of one part of the look-up: MySQL gives an index up for a range of too many values. */
const ADDRESSES_PER_PART = 500;

interface Addressed {
  readonly user_id: number;
  readonly recipient: string;
}

interface SuppressionRow extends Omit<Suppression, 'isPattern'> {
  readonly isPattern: 0 | 1;
}

/** Who of these is suppressed at this moment, looked up in one statement. */
export async function suppressedAmong(
  q: Queryable,
  mails: readonly Addressed[],
): Promise<(userId: number, address: string) => boolean> {
  if (mails.length === 0) return () => false;
  const scopes = [...new Set([0, ...mails.map(({ user_id }) => user_id)])];
  const addresses = [...new Set(mails.map(({ recipient }) => recipient.toLowerCase()))];
  const select =
    'SELECT UserID AS userId, EmailAddress AS entry, IsPattern AS isPattern FROM oempro_suppression_list';
  const parts = [`${select} WHERE IsPattern = 1 AND UserID IN (?)`];
  const params: SqlValue[] = [scopes];
  for (let from = 0; from < addresses.length; from += ADDRESSES_PER_PART) {
    parts.push(`${select} WHERE EmailAddress IN (?) AND UserID IN (?) AND IsPattern = 0`);
    params.push(addresses.slice(from, from + ADDRESSES_PER_PART), scopes);
  }
  const rows = await q.query<SuppressionRow>(parts.join(' UNION ALL '), params);
  return suppressedBy(rows.map((row) => ({ ...row, isPattern: row.isPattern !== 0 })));
}
