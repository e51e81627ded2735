import { Inject, Injectable } from '@nestjs/common';
import { domainToASCII } from 'node:url';
import type { SuppressionsBody } from '#contracts/http/operator';
import { isPattern, isUsablePattern, matchesPattern } from '#domain/suppression/pattern';
import type { Database, SqlValue } from '#platform/database/database';
import { OperatorError } from '../accounts/operator-error.js';
import { parseAddress } from '../http/address.js';
import { DATABASE } from '../tokens.js';
import type { Page } from './requests.js';

/** An entry of the suppression list as operators see it. */
export interface Suppression {
  readonly SuppressionID: number;
  /** 0 = the whole installation. */
  readonly UserID: number;
  /** Lower case; with `*` for any characters when it is a pattern. */
  readonly EmailAddress: string;
  readonly IsPattern: 0 | 1;
  readonly CreatedAt: Date;
}

interface Wanted extends Page {
  readonly userId: number | undefined;
  /** An address: the entries that keep mail from it. A pattern: that entry itself. */
  readonly address: string | undefined;
}

const INSTALLATION = 0;
const SELECT_ENTRIES =
  'SELECT SuppressionID, UserID, EmailAddress, IsPattern, CreatedAt FROM oempro_suppression_list';

/**
 * The suppression list: of the installation, and of each account for its own mail. Sends read the same table, so every
 * change counts from the next send on.
 */
@Injectable()
export class Suppressions {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** Oldest first. @throws OperatorError invalid */
  async list({ userId, address, after, limit }: Wanted): Promise<readonly Suppression[]> {
    const [scope, ofScope]: [string, SqlValue[]] =
      userId === undefined ? ['', []] : [' AND UserID = ?', [userId]];
    const select = (condition: string, values: SqlValue[]) =>
      this.database.query<Suppression>(
        `${SELECT_ENTRIES} WHERE ${condition}${scope} AND SuppressionID > ? ORDER BY SuppressionID LIMIT ?`,
        [...values, ...ofScope, after, limit],
      );
    if (address === undefined) return select('TRUE', []);
    const entry = readEntry(address);
    const exact = await select('EmailAddress = ?', [entry]);
    if (isPattern(entry)) return exact;
    const patterns = await this.database.query<Suppression>(
      `${SELECT_ENTRIES} WHERE IsPattern = 1${scope} AND SuppressionID > ?`,
      [...ofScope, after],
    );
    return [...exact, ...patterns.filter(({ EmailAddress }) => matchesPattern(EmailAddress, entry))]
      .sort((left, right) => left.SuppressionID - right.SuppressionID)
      .slice(0, limit);
  }

  /** Entries that are there already stay as they are. All or none are added. @throws OperatorError invalid */
  async add({
    addresses,
    userId,
  }: SuppressionsBody): Promise<{ readonly Added: number; readonly Present: number }> {
    const entries = readEntries(addresses);
    return this.database.transaction(async (tx) => {
      if (userId !== undefined) {
        const users = await tx.query('SELECT 1 FROM oempro_users WHERE UserID = ? FOR SHARE', [userId]);
        if (users.length === 0) throw new OperatorError('invalid', `There is no user ${userId}`);
      }
      const { affectedRows } = await tx.execute(
        'INSERT IGNORE INTO oempro_suppression_list (UserID, EmailAddress, IsPattern) VALUES ?',
        [entries.map((entry) => [userId ?? INSTALLATION, entry, isPattern(entry) ? 1 : 0])],
      );
      return { Added: affectedRows, Present: entries.length - affectedRows };
    });
  }

  /** @throws OperatorError invalid */
  async remove({ addresses, userId }: SuppressionsBody): Promise<{ readonly Removed: number }> {
    const { affectedRows } = await this.database.execute(
      'DELETE FROM oempro_suppression_list WHERE EmailAddress IN (?) AND UserID = ?',
      [readEntries(addresses), userId ?? INSTALLATION],
    );
    return { Removed: affectedRows };
  }
}

/** Each once, in one order for all who write at the same time. */
function readEntries(addresses: readonly string[]): string[] {
  return [...new Set(addresses.map(readEntry))].sort();
}

/** An entry as it is kept: lower case, an international domain in ASCII. */
function readEntry(text: string): string {
  const given = text.trim();
  const entry = isPattern(given) ? readPattern(given) : parseAddress(given)?.toLowerCase();
  if (entry !== undefined) return entry;
  throw new OperatorError(
    'invalid',
    isPattern(given)
      ? `"${given}" is no pattern that can be kept: printable ASCII, one @ at most, and more than stars`
      : `"${given}" is no email address`,
  );
}

function readPattern(given: string): string | undefined {
  const at = given.lastIndexOf('@') + 1;
  const pattern = (given.slice(0, at) + asciiDomain(given.slice(at))).toLowerCase();
  return isUsablePattern(pattern) ? pattern : undefined;
}

/** `domainToASCII` would also read numbers as IPv4 addresses: what is ASCII stays as written. */
function asciiDomain(domain: string): string {
  // oxlint-disable-next-line no-control-regex
  return /^[\x00-\x7f]*$/.test(domain) ? domain : domainToASCII(domain);
}
