import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ERRORS } from '#contracts/errors/catalogue';
import { resetSmtpPassword } from '#domain/sender-domain/credential.decisions';
import { hashPassword } from '#platform/crypto/password';
import type { Database } from '#platform/database/database';
import { refuse, type Outcome } from '../http/outcome.js';
import { SenderDomains } from '../sender-domain/sender-domains.js';
import { DATABASE } from '../tokens.js';
import { mintPassword } from './secrets.js';
import { findLogin, type SmtpLoginWithPassword } from './smtp-login-row.js';

export class ResetSmtpPassword extends Command<Outcome<SmtpLoginWithPassword>> {
  constructor(
    readonly userId: number,
    readonly smtpId: number,
  ) {
    super();
  }
}

const REFUSALS = { 'smtp-login-not-found': ERRORS['emailgateway.resetsmtppassword'].smtpNotFound } as const;

@CommandHandler(ResetSmtpPassword)
export class ResetSmtpPasswordHandler implements ICommandHandler<ResetSmtpPassword> {
  constructor(
    private readonly domains: SenderDomains,
    @Inject(DATABASE) private readonly database: Database,
  ) {}

  async execute({ userId, smtpId }: ResetSmtpPassword): Promise<Outcome<SmtpLoginWithPassword>> {
    const login = await findLogin(this.database, userId, smtpId);
    if (login === undefined) return refuse(REFUSALS['smtp-login-not-found']);
    const password = mintPassword();
    // Before the transaction: it takes a tenth of a second, on purpose.
    const hash = await hashPassword(password);
    const outcome = await this.domains.change({
      domainId: login.domainId,
      decide: (domain) => resetSmtpPassword({ userId, smtpId }, domain),
      record: async (tx) => {
        await tx.execute('UPDATE oempro_eg_smtp_credentials SET PasswordHash = ? WHERE SMTPID = ?', [
          hash,
          smtpId,
        ]);
      },
    });
    return outcome.refused === undefined
      ? { smtpId, username: login.username, password }
      : refuse(REFUSALS[outcome.refused]);
  }
}
