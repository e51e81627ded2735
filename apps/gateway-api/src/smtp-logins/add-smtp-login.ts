import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ERRORS } from '#contracts/errors/catalogue';
import { addSmtpLogin } from '#domain/sender-domain/credential.decisions';
import type { SenderDomain } from '#domain/sender-domain/sender-domain';
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
    const decide = (domain: SenderDomain) => addSmtpLogin({ userId, ...login }, domain);
    // A hash takes a core for a while, on purpose: nobody gets one for a domain that is not theirs.
    const first = decide(await this.domains.load(domainId));
    if ('refused' in first) return refuse(REFUSALS[first.refused]);
    const password = mintPassword();
    // Before the transaction, which would hold the domain for as long.
    const hash = await hashPassword(password);
    const outcome = await this.domains.change({
      domainId,
      decide,
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
