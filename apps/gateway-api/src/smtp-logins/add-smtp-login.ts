import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ERRORS } from '#contracts/errors/catalogue';
import { addSmtpLogin } from '#domain/sender-domain/credential.decisions';
import { hashPassword } from '#platform/crypto/password';
import type { Database } from '#platform/database/database';
import { nextId } from '#platform/event-store/sequences';
import { refuse, type Outcome } from '../http/outcome.js';
import { SenderDomains } from '../sender-domain/sender-domains.js';
import { CONFIG, DATABASE } from '../tokens.js';
import { mintPassword, mintUsername } from './secrets.js';
import type { SmtpLoginWithPassword, SmtpServer } from './smtp-login-row.js';

export type AddedSmtpLogin = SmtpLoginWithPassword & SmtpServer;

export class AddSmtpLogin extends Command<Outcome<AddedSmtpLogin>> {
  constructor(
    readonly userId: number,
    readonly domainId: number,
  ) {
    super();
  }
}

const REFUSALS = { 'domain-not-found': ERRORS['emailgateway.addsmtp'].domainNotFound } as const;

@CommandHandler(AddSmtpLogin)
export class AddSmtpLoginHandler implements ICommandHandler<AddSmtpLogin> {
  constructor(
    private readonly domains: SenderDomains,
    @Inject(DATABASE) private readonly database: Database,
    @Inject(CONFIG) private readonly server: SmtpServer,
  ) {}

  async execute({ userId, domainId }: AddSmtpLogin): Promise<Outcome<AddedSmtpLogin>> {
    const login = { smtpId: await nextId(this.database, 'smtp-login'), username: mintUsername() };
    const password = mintPassword();
    // Before the transaction: it takes a tenth of a second, on purpose.
    const hash = await hashPassword(password);
    const outcome = await this.domains.change({
      domainId,
      decide: (domain) => addSmtpLogin({ userId, ...login }, domain),
      record: async (tx, at) => {
        await tx.execute(
          `INSERT INTO oempro_eg_smtp_credentials
             (SMTPID, UserID, DomainID, SMTPUsername, PasswordHash, Status, CreatedAt)
           VALUES (?, ?, ?, ?, ?, 'Enabled', ?)`,
          [login.smtpId, userId, domainId, login.username, hash, at],
        );
      },
    });
    const { smtpHost, smtpPorts } = this.server;
    return outcome.refused === undefined
      ? { ...login, password, smtpHost, smtpPorts }
      : refuse(REFUSALS[outcome.refused]);
  }
}
