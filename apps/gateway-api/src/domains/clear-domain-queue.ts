import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ERRORS } from '#contracts/errors/catalogue';
import type { Database } from '#platform/database/database';
import type { Logger } from '#platform/telemetry/logger';
import { refuse, type Outcome } from '../http/outcome.js';
import { findDomain } from '../sender-domain/domain-row.js';
import { dropQueuedMails } from '../sender-domain/send-queue.js';
import { DATABASE, LOGGER } from '../tokens.js';

export class ClearDomainQueue extends Command<Outcome<'cleared'>> {
  constructor(
    readonly userId: number,
    readonly domainId: number,
  ) {
    super();
  }
}

@CommandHandler(ClearDomainQueue)
export class ClearDomainQueueHandler implements ICommandHandler<ClearDomainQueue> {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  async execute({ userId, domainId }: ClearDomainQueue): Promise<Outcome<'cleared'>> {
    const startedAt = performance.now();
    const domain = await findDomain(this.database, userId, domainId);
    if (domain === undefined) return refuse(ERRORS['emailgateway.cleardomainqueue'].domainNotFound);
    const mails = await dropQueuedMails(this.database, domainId, 'queue cleared');
    const durationMs = Math.round(performance.now() - startedAt);
    this.log.info({ userId, domainId, mails, durationMs }, 'domain-queue.cleared');
    return 'cleared';
  }
}
