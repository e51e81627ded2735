import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { ERRORS } from '#contracts/errors/catalogue';
import type { Database } from '#platform/database/database';
import { refuse, type Outcome } from '../http/outcome.js';
import { findDomain } from '../sender-domain/domain-row.js';
import { CONFIG, DATABASE } from '../tokens.js';
import type { SmtpLogin, SmtpServer } from './smtp-login-row.js';

export type ListedSmtpLogin = SmtpLogin & SmtpServer;

/** Every login of the domain that is not deleted, oldest first. */
export class GetSmtpLogins extends Query<Outcome<readonly ListedSmtpLogin[]>> {
  constructor(
    readonly userId: number,
    readonly domainId: number,
  ) {
    super();
  }
}

@QueryHandler(GetSmtpLogins)
export class GetSmtpLoginsHandler implements IQueryHandler<GetSmtpLogins> {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(CONFIG) private readonly server: SmtpServer,
  ) {}

  async execute({ userId, domainId }: GetSmtpLogins): Promise<Outcome<readonly ListedSmtpLogin[]>> {
    if ((await findDomain(this.database, userId, domainId)) === undefined)
      return refuse(ERRORS['emailgateway.getsmtps'].domainNotFound);
    const rows = await this.database.query<{ SMTPID: number; SMTPUsername: string }>(
      `SELECT SMTPID, SMTPUsername FROM oempro_eg_smtp_credentials
       WHERE UserID = ? AND DomainID = ? AND Status <> 'Deleted' ORDER BY SMTPID`,
      [userId, domainId],
    );
    const { smtpHost, smtpPorts } = this.server;
    return rows.map((row) => ({ smtpId: row.SMTPID, username: row.SMTPUsername, smtpHost, smtpPorts }));
  }
}
