import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ERRORS } from '#contracts/errors/catalogue';
import { deleteSmtpLogin } from '#domain/sender-domain/credential.decisions';
import type { Database } from '#platform/database/database';
import { refuse, type Outcome } from '../http/outcome.js';
import { SenderDomains } from '../sender-domain/sender-domains.js';
import { DATABASE } from '../tokens.js';
import { findLogin } from './smtp-login-row.js';

export interface DeletedSmtpLogin {
  readonly smtpId: number;
}

export class DeleteSmtpLogin extends Command<Outcome<DeletedSmtpLogin>> {
  constructor(
    readonly userId: number,
    readonly smtpId: number,
  ) {
    super();
  }
}

const REFUSALS = { 'smtp-login-not-found': ERRORS['emailgateway.deletesmtp'].smtpNotFound } as const;

@CommandHandler(DeleteSmtpLogin)
export class DeleteSmtpLoginHandler implements ICommandHandler<DeleteSmtpLogin> {
  constructor(
    private readonly domains: SenderDomains,
    @Inject(DATABASE) private readonly database: Database,
  ) {}

  async execute({ userId, smtpId }: DeleteSmtpLogin): Promise<Outcome<DeletedSmtpLogin>> {
    const login = await findLogin(this.database, userId, smtpId);
    if (login === undefined) return refuse(REFUSALS['smtp-login-not-found']);
    const outcome = await this.domains.change({
      domainId: login.domainId,
      decide: (domain) => deleteSmtpLogin({ userId, smtpId }, domain),
      record: async (tx) => {
        await tx.execute(`UPDATE oempro_eg_smtp_credentials SET Status = 'Deleted' WHERE SMTPID = ?`, [
          smtpId,
        ]);
      },
    });
    return outcome.refused === undefined ? { smtpId } : refuse(REFUSALS[outcome.refused]);
  }
}
