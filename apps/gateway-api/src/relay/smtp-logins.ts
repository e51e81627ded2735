import { Inject, Injectable } from '@nestjs/common';
import { relayLoginRefusal, type RelayLoginRefusal } from '#domain/relay/relay-login';
import { PasswordVerifier, VerifierBusy } from '#platform/crypto/password-verifier';
import type { Database } from '#platform/database/database';
import type { GatewayConfig } from '../config.js';
import { CONFIG, DATABASE } from '../tokens.js';
import { SMTP_ERRORS, type SmtpError } from './smtp-errors.js';

/** A login that may relay, and what it sends for. */
export interface SmtpLogin {
  readonly userId: number;
  readonly domainId: number;
  /** Lower-case name of the login's domain. */
  readonly domain: string;
  readonly domainOptions: Readonly<Record<string, unknown>>;
}

interface LoginRow {
  UserID: number;
  DomainID: number;
  PasswordHash: string;
  SenderDomain: string | null;
  DomainStatus: string | null;
  Options: Record<string, unknown> | unknown[] | null;
  AccountStatus: string | null;
  ReputationLevel: string | null;
  PhoneVerified: number | null;
}

const REFUSALS: Readonly<Record<RelayLoginRefusal, SmtpError>> = {
  'sender-domain-invalid': SMTP_ERRORS.senderDomainInvalid,
  'sender-domain-not-active': SMTP_ERRORS.senderDomainNotActive,
  'user-invalid': SMTP_ERRORS.userInvalid,
  'user-not-trusted': SMTP_ERRORS.userNotTrusted,
  'user-not-verified': SMTP_ERRORS.userNotVerified,
};

/** What a user name looks like at most; the column holds nothing else. */
const USERNAME = /^[\x21-\x7e]{1,64}$/;
/** Longest text that can be a password; longer ones are wrong, and are not hashed. */
const MOST_PASSWORD_CHARACTERS = 256;

/** Who logs in by SMTP. Read anew for each request, so that a login that was deleted or reset stops working at once. */
@Injectable()
export class SmtpLogins {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(CONFIG) private readonly config: Pick<GatewayConfig, 'phoneVerificationRequired'>,
    private readonly passwords: PasswordVerifier,
  ) {}

  /** Unknown, disabled and deleted logins answer as a wrong password does, and take as long. */
  async check(username: string, password: string): Promise<SmtpLogin | SmtpError> {
    const row = await this.enabledLogin(username);
    try {
      const isRight = await this.isRight(password, row?.PasswordHash);
      return isRight && row !== undefined ? this.judge(row) : SMTP_ERRORS.credentialsInvalid;
    } catch (error) {
      if (error instanceof VerifierBusy) return SMTP_ERRORS.tooManyLogins;
      throw error;
    }
  }

  /** The password was right: what else stands against the login may be told. */
  private judge(row: LoginRow): SmtpLogin | SmtpError {
    const { UserID, DomainID, SenderDomain, DomainStatus, Options } = row;
    const { AccountStatus, ReputationLevel, PhoneVerified } = row;
    const refusal = relayLoginRefusal(
      {
        ...(DomainStatus === null ? {} : { domain: { status: DomainStatus } }),
        ...(AccountStatus === null || ReputationLevel === null
          ? {}
          : {
              owner: {
                accountStatus: AccountStatus,
                reputationLevel: ReputationLevel,
                phoneVerified: PhoneVerified === 1,
              },
            }),
      },
      this.config,
    );
    if (refusal !== undefined) return REFUSALS[refusal];
    return {
      userId: UserID,
      domainId: DomainID,
      domain: SenderDomain ?? '',
      // PHP heritage: an empty map is stored and shown as an empty list.
      domainOptions: Options === null || Array.isArray(Options) ? {} : Options,
    };
  }

  private async enabledLogin(username: string): Promise<LoginRow | undefined> {
    if (!USERNAME.test(username)) return undefined;
    const [row] = await this.database.query<LoginRow>(
      `SELECT c.UserID, c.DomainID, c.PasswordHash, d.SenderDomain, d.Status AS DomainStatus, d.Options,
              u.AccountStatus, u.ReputationLevel, u.PhoneVerified
       FROM oempro_eg_smtp_credentials c
       LEFT JOIN oempro_eg_domains d ON d.DomainID = c.DomainID AND d.UserID = c.UserID
       LEFT JOIN oempro_users u ON u.UserID = c.UserID
       WHERE c.SMTPUsername = ? AND c.Status = 'Enabled'`,
      [username],
    );
    return row;
  }

  private isRight(password: string, hash: string | undefined): Promise<boolean> {
    return password.length > MOST_PASSWORD_CHARACTERS
      ? this.passwords.verify('', undefined)
      : this.passwords.verify(password, hash);
  }
}
