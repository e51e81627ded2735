import { Inject, Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import type { CreateUserBody, UpdateUserBody } from '#contracts/http/operator';
import { deleteDomain } from '#domain/sender-domain/lifecycle.decisions';
import { hashPassword } from '#platform/crypto/password';
import type { SecretBox } from '#platform/crypto/secret-box';
import { isDuplicateKey, type Database, type SqlValue } from '#platform/database/database';
import { parseAddress } from '../http/address.js';
import { SenderDomains } from '../sender-domain/sender-domains.js';
import { DATABASE, SECRET_BOX } from '../tokens.js';
import { Groups } from './groups.js';
import { OperatorError } from './operator-error.js';

/** An account as operators see it; no key, no hash. */
export interface User {
  readonly UserID: number;
  readonly Username: string;
  readonly EmailAddress: string;
  readonly Group: string;
  readonly AccountStatus: 'Enabled' | 'Disabled';
  readonly ReputationLevel: 'Trusted' | 'Untrusted';
  readonly PhoneVerified: 0 | 1;
  readonly CreatedAt: Date;
}

/** The one moment at which the key is shown. */
export interface CreatedUser {
  readonly UserID: number;
  readonly APIKey: string;
}

const SELECT_USERS = `SELECT u.UserID, u.Username, u.EmailAddress, g.Name AS \`Group\`, u.AccountStatus, u.ReputationLevel,
    u.PhoneVerified, u.CreatedAt
  FROM oempro_users u JOIN oempro_user_groups g ON g.GroupID = u.GroupID`;

/** Accounts of the installation. */
@Injectable()
export class Users {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(SECRET_BOX) private readonly secrets: SecretBox,
    private readonly groups: Groups,
    private readonly domains: SenderDomains,
  ) {}

  list(): Promise<User[]> {
    return this.database.query<User>(`${SELECT_USERS} ORDER BY u.UserID`);
  }

  /** @throws OperatorError not-found */
  async withId(userId: number): Promise<User> {
    const [user] = await this.database.query<User>(`${SELECT_USERS} WHERE u.UserID = ?`, [userId]);
    if (user === undefined) throw new OperatorError('not-found', `There is no user ${userId}`);
    return user;
  }

  /** @throws OperatorError invalid, conflict */
  async create({ username, password, email, group }: CreateUserBody): Promise<CreatedUser> {
    const address = parseAddress(email);
    if (address === undefined) throw new OperatorError('invalid', 'email is no email address');
    const GroupID = group === undefined ? (await this.groups.default()).GroupID : await this.groupId(group);
    const APIKey = mintApiKey();
    const passwordHash = await hashPassword(password);
    try {
      const { insertId } = await this.database.execute(
        `INSERT INTO oempro_users (GroupID, Username, PasswordHash, EmailAddress, APIKeyHash, APIKeyCipher)
         VALUES (?, ?, ?, ?, ?, ?)`,
        [GroupID, username, passwordHash, address, this.secrets.lookup(APIKey), this.secrets.seal(APIKey)],
      );
      return { UserID: insertId, APIKey };
    } catch (error) {
      if (isDuplicateKey(error, 'uk_username'))
        throw new OperatorError('conflict', `There is a user ${username} already`);
      throw error;
    }
  }

  /** @throws OperatorError invalid, not-found */
  async update(
    userId: number,
    { accountStatus, reputation, phoneVerified, group }: UpdateUserBody,
  ): Promise<User> {
    await this.withId(userId);
    const columns: Record<string, SqlValue> = {
      ...(accountStatus === undefined ? {} : { AccountStatus: accountStatus }),
      ...(reputation === undefined ? {} : { ReputationLevel: reputation }),
      ...(phoneVerified === undefined ? {} : { PhoneVerified: phoneVerified ? 1 : 0 }),
      ...(group === undefined ? {} : { GroupID: await this.groupId(group) }),
    };
    await this.database.execute(
      `UPDATE oempro_users SET ${Object.keys(columns)
        .map((column) => `${column} = ?`)
        .join(', ')} WHERE UserID = ?`,
      [...Object.values(columns), userId],
    );
    return this.withId(userId);
  }

  /**
   * Ends an account: it can do nothing more at once, its domains are deleted with their keys and webhooks, mails that
   * were not picked up yet are not sent. May be repeated when it was interrupted. @throws OperatorError not-found
   */
  async delete(userId: number): Promise<{ readonly UserID: number }> {
    await this.update(userId, { accountStatus: 'Disabled' });
    const owned = await this.database.query<{ DomainID: number }>(
      "SELECT DomainID FROM oempro_eg_domains WHERE UserID = ? AND Status <> 'Deleted'",
      [userId],
    );
    for (const { DomainID } of owned) {
      await this.domains.change({ domainId: DomainID, decide: (domain) => deleteDomain({ userId }, domain) });
    }
    await this.database.transaction(async (tx) => {
      await tx.execute(
        `UPDATE eg_send_queue SET state = 'failed', last_response = 'account deleted', finished_at = UTC_TIMESTAMP(6)
         WHERE user_id = ? AND state = 'queued'`,
        [userId],
      );
      await tx.execute('DELETE FROM oempro_users WHERE UserID = ?', [userId]);
    });
    return { UserID: userId };
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

/** `XXXX-XXXX-XXXX-XXXX`, upper-case hexadecimal. */
function mintApiKey(): string {
  const groups = randomBytes(8).toString('hex').toUpperCase().match(/.{4}/g);
  return (groups ?? []).join('-');
}
