import { limitsOf, type SendingLimits } from '#domain/sending-limits/sending-limits';
import { suppressedBy } from '#domain/suppression/suppressions';
import type { Batching, Statement } from '#platform/database/database';
import type { MailToAccept } from './mail-to-accept.js';

/** What MySQL says, at this moment, about who may send how much to whom. */
export interface AcceptanceRules {
  /** `undefined`: there is no such account. @throws Error when the account's stored limits cannot be read. */
  limitsOf(userId: number): SendingLimits | undefined;
  /** Whether the account's usage has a row. */
  hasUsage(userId: number): boolean;
  isSuppressed(userId: number, address: string): boolean;
}

interface AccountRow {
  UserID: number;
  UserPerDay: number | null;
  UserPerMonth: number | null;
  UserLifetime: number | null;
  UserRates: unknown;
  GroupPerDay: number;
  GroupPerMonth: number;
  GroupLifetime: number;
  GroupRates: unknown;
  CreditSystem: string;
  HasUsage: number;
}

interface SuppressionRow {
  UserID: number;
  EmailAddress: string;
  IsPattern: number;
}

/** Addresses of one look-up: MySQL gives an index up for a range of too many values. */
const ADDRESSES_PER_STATEMENT = 500;

/** Everything that decides about these mails, in one round trip. */
export async function readRules(
  database: Batching,
  mails: readonly MailToAccept[],
): Promise<AcceptanceRules> {
  const users = [...new Set(mails.map(({ userId }) => userId))];
  const addresses = [
    ...new Set(mails.flatMap(({ recipients }) => recipients.map(({ email }) => email.toLowerCase()))),
  ];
  const [accounts, ...suppressions] = await database.queryAll<[AccountRow, ...SuppressionRow[]]>([
    accountsOf(users),
    ...suppressionsOf([0, ...users], addresses),
  ]);
  const byUser = new Map(accounts.map((row) => [row.UserID, row]));
  return {
    limitsOf(userId) {
      const row = byUser.get(userId);
      return row === undefined ? undefined : limitsIn(row);
    },
    hasUsage: (userId) => byUser.get(userId)?.HasUsage === 1,
    isSuppressed: suppressedBy(
      suppressions.flat().map(({ UserID, EmailAddress, IsPattern }) => ({
        userId: UserID,
        entry: EmailAddress,
        isPattern: IsPattern !== 0,
      })),
    ),
  };
}

function accountsOf(users: readonly number[]): Statement {
  return {
    sql: `SELECT u.UserID, u.LimitEmailSendPerDay AS UserPerDay, u.LimitEmailSendPerPeriod AS UserPerMonth,
            u.LimitEmailSendLifetime AS UserLifetime, u.RateLimits AS UserRates,
            g.LimitEmailSendPerDay AS GroupPerDay, g.LimitEmailSendPerPeriod AS GroupPerMonth,
            g.LimitEmailSendLifetime AS GroupLifetime, g.RateLimits AS GroupRates,
            u.CreditSystem, s.user_id IS NOT NULL AS HasUsage
          FROM oempro_users u JOIN oempro_user_groups g ON g.GroupID = u.GroupID
          LEFT JOIN eg_send_usage s ON s.user_id = u.UserID
          WHERE u.UserID IN (?)`,
    params: [users],
  };
}

function* suppressionsOf(scopes: readonly number[], addresses: readonly string[]): Generator<Statement> {
  const select = 'SELECT UserID, EmailAddress, IsPattern FROM oempro_suppression_list';
  yield { sql: `${select} WHERE IsPattern = 1 AND UserID IN (?)`, params: [scopes] };
  for (let from = 0; from < addresses.length; from += ADDRESSES_PER_STATEMENT) {
    yield {
      sql: `${select} WHERE EmailAddress IN (?) AND UserID IN (?) AND IsPattern = 0`,
      params: [addresses.slice(from, from + ADDRESSES_PER_STATEMENT), scopes],
    };
  }
}

function limitsIn(row: AccountRow): SendingLimits {
  return limitsOf(
    { perDay: row.UserPerDay, perMonth: row.UserPerMonth, lifetime: row.UserLifetime, rates: row.UserRates },
    {
      perDay: row.GroupPerDay,
      perMonth: row.GroupPerMonth,
      lifetime: row.GroupLifetime,
      rates: row.GroupRates,
    },
    row.CreditSystem === 'Enabled',
  );
}
