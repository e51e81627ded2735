import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ERRORS, type ApiError } from '#contracts/errors/catalogue';
import type { SecretBox } from '#platform/crypto/secret-box';
import type { Database } from '#platform/database/database';
import type { Outcome, Refused } from '../http/outcome.js';
import { DATABASE, SECRET_BOX } from '../tokens.js';
import { LoginAttempts } from './login-attempts.js';
import { PasswordCheck } from './password-check.js';
import { Sessions, type Proof } from './sessions.js';

/** What is shown of the account that logged in. */
export interface Account {
  readonly UserID: number;
  readonly Username: string;
  readonly EmailAddress: string;
  readonly FirstName: string;
  readonly LastName: string;
  readonly AccountStatus: 'Enabled' | 'Disabled';
  readonly ReputationLevel: 'Trusted' | 'Untrusted';
  readonly PhoneVerified: number;
  readonly UserGroupID: number;
  readonly GroupName: string;
  readonly Permissions: string;
  readonly LimitEmailGatewaySenderDomains: number;
  readonly LimitEmailSendPerDay: number;
  readonly LimitEmailSendPerPeriod: number;
  readonly LimitEmailSendLifetime: number;
}

export interface LoggedIn {
  readonly sessionId: string;
  readonly account: Account;
}

export class Login extends Command<Outcome<LoggedIn>> {
  constructor(
    readonly given: {
      readonly username?: string | undefined;
      readonly password?: string | undefined;
      readonly apiKey?: string | undefined;
    },
    /** IP address of the caller. */
    readonly address: string,
  ) {
    super();
  }
}

interface AccountRow extends Account {
  readonly PasswordHash: string;
}

const errors = ERRORS['user.login'];
/** Longest name and password that an account can have; longer ones cannot be right and are not looked at. */
const MOST_NAME_CHARACTERS = 190;
const MOST_PASSWORD_CHARACTERS = 1024;
const BUSY_SECONDS = 5;

const SELECT_ACCOUNT = `SELECT u.UserID, u.Username, u.EmailAddress, u.FirstName, u.LastName, u.AccountStatus, u.ReputationLevel,
    u.PhoneVerified, u.PasswordHash, g.GroupID AS UserGroupID, g.Name AS GroupName, g.Privileges AS Permissions,
    g.LimitEmailGatewaySenderDomains, g.LimitEmailSendPerDay, g.LimitEmailSendPerPeriod, g.LimitEmailSendLifetime
  FROM oempro_users u JOIN oempro_user_groups g ON g.GroupID = u.GroupID`;

/**
 * `user.login`. Whatever is wrong with a login answers 3, and takes as long: whether an account exists, or is disabled,
 * is nobody's business.
 */
@CommandHandler(Login)
export class LoginHandler implements ICommandHandler<Login> {
  private readonly attempts = new LoginAttempts();
  private readonly passwords = new PasswordCheck();

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(SECRET_BOX) private readonly secrets: SecretBox,
    private readonly sessions: Sessions,
  ) {}

  async execute({ given, address }: Login): Promise<Outcome<LoggedIn>> {
    const { username = '', password = '', apiKey = '' } = given;
    if (apiKey.trim() !== '') return this.withApiKey(apiKey.trim());
    const missing = [
      ...(username.trim() === '' ? [errors.usernameMissing] : []),
      ...(password === '' ? [errors.passwordMissing] : []),
    ];
    if (missing.length > 0) return { refused: missing };
    return this.withPassword(username, password, address);
  }

  private async withApiKey(apiKey: string): Promise<Outcome<LoggedIn>> {
    const value = this.secrets.lookup(apiKey);
    const [account] = await this.database.query<AccountRow>(`${SELECT_ACCOUNT} WHERE u.APIKeyHash = ?`, [
      value,
    ]);
    return this.logIn(account, { column: 'APIKeyHash', value });
  }

  private async withPassword(
    username: string,
    password: string,
    address: string,
  ): Promise<Outcome<LoggedIn>> {
    const account = password.length > MOST_PASSWORD_CHARACTERS ? undefined : await this.named(username);
    const name = foldName(username);
    if (!this.passwords.isFree) return tooMany(BUSY_SECONDS);
    const waitMs = this.attempts.begin(name, address, performance.now());
    if (waitMs > 0) return tooMany(Math.ceil(waitMs / 1000));
    const tried = password.slice(0, MOST_PASSWORD_CHARACTERS);
    const matches = await this.passwords.matches(tried, account?.PasswordHash);
    if (!matches || account === undefined) return refuse(errors.loginInvalid);
    this.attempts.succeeded(name, address);
    return this.logIn(account, { column: 'PasswordHash', value: account.PasswordHash });
  }

  /**
   * The table takes letters with and without accents for the same, so that no two accounts look alike; here they
   * differ, or each spelling would have attempts of its own.
   */
  private async named(username: string): Promise<AccountRow | undefined> {
    if (username.length > MOST_NAME_CHARACTERS) return undefined;
    const [account] = await this.database.query<AccountRow>(`${SELECT_ACCOUNT} WHERE u.Username = ?`, [
      username,
    ]);
    return account !== undefined && foldName(account.Username) === foldName(username) ? account : undefined;
  }

  private async logIn(account: AccountRow | undefined, proof: Proof): Promise<Outcome<LoggedIn>> {
    if (account?.AccountStatus !== 'Enabled') return refuse(errors.loginInvalid);
    const sessionId = await this.sessions.open(account.UserID, proof);
    return sessionId === undefined ? refuse(errors.loginInvalid) : { sessionId, account };
  }
}

/** This command answers every error as a list. */
const refuse = (error: ApiError): Refused => ({ refused: [error] });

const tooMany = (seconds: number): Refused =>
  refuse({
    ...errors.tooManyAttempts,
    text: `Too many login attempts, try again in ${seconds} seconds`,
    retryAfterS: seconds,
  });

const foldName = (username: string) => username.slice(0, MOST_NAME_CHARACTERS).normalize('NFC').toLowerCase();
