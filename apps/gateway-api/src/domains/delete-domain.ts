import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ERRORS } from '#contracts/errors/catalogue';
import type { Database } from '#platform/database/database';
import { refuse, type Outcome } from '../http/outcome.js';
import { endDomain } from '../sender-domain/end-domain.js';
import { SenderDomains } from '../sender-domain/sender-domains.js';
import { DATABASE } from '../tokens.js';

export class DeleteDomain extends Command<Outcome<'deleted'>> {
  constructor(
    readonly userId: number,
    readonly domainId: number,
  ) {
    super();
  }
}

@CommandHandler(DeleteDomain)
export class DeleteDomainHandler implements ICommandHandler<DeleteDomain> {
  constructor(
    private readonly domains: SenderDomains,
    @Inject(DATABASE) private readonly database: Database,
  ) {}

  async execute({ userId, domainId }: DeleteDomain): Promise<Outcome<'deleted'>> {
    const reason = 'domain deleted';
    const refused = await endDomain(this.domains, this.database, { userId, domainId, reason });
    return refused === undefined ? 'deleted' : refuse(ERRORS['emailgateway.deletedomain'].domainNotFound);
  }
}
