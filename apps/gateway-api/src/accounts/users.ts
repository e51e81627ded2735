import { Inject, Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import type { CreateUserBody, UpdateUserBody } from '#contracts/http/operator';
import type { SendUsage } from '#domain/sending-limits/sending-limits';
import { WINDOWS, windowStart } from '#domain/sending-limits/windows';
import { hashPassword } from '#platform/crypto/password';
import type { SecretBox } from '#platform/crypto/secret-box';
import { isDuplicateKey, type Database, type SqlValue, type Transaction } from '#platform/database/database';
import { parseAddress } from '../http/address.js';
import { DATABASE, SECRET_BOX } from '../tokens.js';
import { Groups } from './groups.js';
import { limitColumns, type ShownLimits } from './limit-columns.js';
import { OperatorError } from './operator-error.js';
import { endSessions } from './sessions.js';

/** An account as operators see it; no key, no hash. A limit that is null is the group's. */
export interface User extends ShownLimits<number | null> {
  readonly UserID: number;
  readonly Username: string;
  readonly EmailAddress: string;
  readonly FirstName: string;
  readonly LastName: string;
  readonly Group: string;
  readonly AccountStatus: 'Enabled' | 'Disabled';
  readonly ReputationLevel: 'Trusted' | 'Untrusted';
  readonly PhoneVerified: 0 | 1;
  readonly CreditSystem: 'Enabled' | 'Disabled';
  /** What is left to send; null: the account needs none. */
  readonly Credits: number | null;
  readonly CreatedAt: Date;
}

/** An account with what holds for it at this moment. */
export interface UserInForce extends User {
  /** The limits that count: the account's own, else the group's. */
  readonly InForce: ShownLimits<number>;
  /** Recipients counted so far in the current minute, hour, … and ever, whether or not anything limits the account. */
  readonly Usage: Readonly<Record<string, number>>;
}

/** The one moment at which the key is shown. */
export interface CreatedUser {
  readonly UserID: number;
  readonly APIKey: string;
}

const SELECT_USERS = `SELECT u.UserID, u.Username, u.EmailAddress, u.FirstName, u.LastName, g.Name AS \`Group\`, u.AccountStatus,
    u.ReputationLevel, u.PhoneVerified, u.CreditSystem,
    IF(u.CreditSystem = 'Enabled', COALESCE(s.credits, 0), NULL) AS Credits,
    u.LimitEmailSendPerDay, u.LimitEmailSendPerPeriod, u.LimitEmailSendLifetime, u.RateLimits, u.CreatedAt
  FROM oempro_users u
  JOIN oempro_user_groups g ON g.GroupID = u.GroupID
  LEFT JOIN eg_send_usage s ON s.user_id = u.UserID`;

interface InForceRow extends ShownLimits<number> {
  readonly windows: SendUsage['windows'] | null;
}

const SELECT_IN_FORCE = `SELECT
    COALESCE(u.LimitEmailSendPerDay, g.LimitEmailSendPerDay) AS LimitEmailSendPerDay,
    COALESCE(u.LimitEmailSendPerPeriod, g.LimitEmailSendPerPeriod) AS LimitEmailSendPerPeriod,
    COALESCE(u.LimitEmailSendLifetime, g.LimitEmailSendLifetime) AS LimitEmailSendLifetime,
    COALESCE(u.RateLimits, g.RateLimits) AS RateLimits,
    s.windows
  FROM oempro_users u
  JOIN oempro_user_groups g ON g.GroupID = u.GroupID
  LEFT JOIN eg_send_usage s ON s.user_id = u.UserID
  WHERE u.UserID = ?`;

/** Accounts of the installation. */
@Injectable()
export class Users {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(SECRET_BOX) private readonly secrets: SecretBox,
    private readonly groups: Groups,
  ) {}

  list(): Promise<User[]> {
    return this.database.query<User>(`${SELECT_USERS} ORDER BY u.UserID`);
  }

  /** @throws OperatorError not-found */
  async withId(userId: number): Promise<UserInForce> {
    const [user] = await this.database.query<User>(`${SELECT_USERS} WHERE u.UserID = ?`, [userId]);
    if (user === undefined) throw noSuchUser(userId);
    const [inForce] = await this.database.query<InForceRow>(SELECT_IN_FORCE, [userId]);
    if (inForce === undefined) throw noSuchUser(userId);
    const { windows, ...InForce } = inForce;
    return { ...user, InForce, Usage: usageIn(windows ?? {}, Date.now()) };
  }

  /** @throws OperatorError invalid, conflict */
  async create(body: CreateUserBody): Promise<CreatedUser> {
    const { username, password, email, firstName = '', lastName = '', group } = body;
    const address = readEmail(email);
    const GroupID = group === undefined ? (await this.groups.default()).GroupID : await this.groupId(group);
    const APIKey = mintApiKey();
    const passwordHash = await hashPassword(password);
    try {
      const { insertId } = await this.database.execute(
        `INSERT INTO oempro_users
           (GroupID, Username, PasswordHash, EmailAddress, FirstName, LastName, APIKeyHash, APIKeyCipher)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
        [
          GroupID,
          username,
          passwordHash,
          address,
          firstName,
          lastName,
          this.secrets.lookup(APIKey),
          this.secrets.seal(APIKey),
        ],
      );
      return { UserID: insertId, APIKey };
    } catch (error) {
      if (isDuplicateKey(error, 'uk_username'))
        throw new OperatorError('conflict', `There is a user ${username} already`);
      throw error;
    }
  }

  /**
   * A new password and `Disabled` end the sessions of the account in the same moment.
   * @throws OperatorError invalid, not-found
   */
  async update(userId: number, body: UpdateUserBody): Promise<UserInForce> {
    const columns = await this.columnsOf(body);
    const { credits } = body;
    await this.database.transaction(async (tx) => {
      const { affectedRows } = await tx.execute(
        `UPDATE oempro_users SET ${Object.keys(columns)
          .map((column) => `${column} = ?`)
          .join(', ')} WHERE UserID = ?`,
        [...Object.values(columns), userId],
      );
      if (affectedRows === 0) throw noSuchUser(userId);
      if (body.password !== undefined || body.accountStatus === 'Disabled') await endSessions(tx, userId);
      if (typeof credits === 'number') await setCredits(tx, userId, credits);
    });
    return this.withId(userId);
  }

  private async columnsOf(body: UpdateUserBody): Promise<Record<string, SqlValue>> {
    const { password, email, firstName, lastName, accountStatus, reputation, phoneVerified, group } = body;
    return {
      ...(email === undefined ? {} : { EmailAddress: readEmail(email) }),
      ...(firstName === undefined ? {} : { FirstName: firstName }),
      ...(lastName === undefined ? {} : { LastName: lastName }),
      ...(accountStatus === undefined ? {} : { AccountStatus: accountStatus }),
      ...(reputation === undefined ? {} : { ReputationLevel: reputation }),
      ...(phoneVerified === undefined ? {} : { PhoneVerified: phoneVerified ? 1 : 0 }),
      ...(group === undefined ? {} : { GroupID: await this.groupId(group) }),
      ...limitColumns(body),
      ...(body.credits === undefined ? {} : { CreditSystem: body.credits === null ? 'Disabled' : 'Enabled' }),
      // Last: the others may be refused, and this one takes its time.
      ...(password === undefined ? {} : { PasswordHash: await hashPassword(password) }),
    };
  }

  /** An unknown group in a body is a wrong body, not a missing resource. */
  private async groupId(name: string): Promise<number> {
    const group = (await this.groups.list()).find(
      ({ Name }) => Name.toLowerCase() === name.trim().toLowerCase(),
    );
    if (group === undefined) throw new OperatorError('invalid', `There is no group ${name}`);
    return group.GroupID;
  }
}

function usageIn(windows: SendUsage['windows'], now: number): Record<string, number> {
  return Object.fromEntries(
    WINDOWS.map((window) => {
      const [since, recipients] = windows[window] ?? [0, 0];
      return [window, since >= windowStart(window, now) ? recipients : 0];
    }),
  );
}

const noSuchUser = (userId: number) => new OperatorError('not-found', `There is no user ${userId}`);

function readEmail(text: string): string {
  const address = parseAddress(text);
  if (address === undefined) throw new OperatorError('invalid', 'email is no email address');
  return address;
}

async function setCredits(tx: Transaction, userId: number, credits: number): Promise<void> {
  await tx.execute(
    `INSERT INTO eg_send_usage (user_id, credits, windows) VALUES (?, ?, '{}') ON DUPLICATE KEY UPDATE credits = ?`,
    [userId, credits, credits],
  );
}

/** `XXXX-XXXX-XXXX-XXXX`, upper-case hexadecimal. */
function mintApiKey(): string {
  const groups = randomBytes(8).toString('hex').toUpperCase().match(/.{4}/g);
  return (groups ?? []).join('-');
}
