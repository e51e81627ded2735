import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ERRORS } from '#contracts/errors/catalogue';
import { ownedDomain, verifyDomain } from '#domain/sender-domain/lifecycle.decisions';
import type { LiveDomain } from '#domain/sender-domain/sender-domain';
import type { Database } from '#platform/database/database';
import { refuse, type Outcome } from '../http/outcome.js';
import { SenderDomains } from '../sender-domain/sender-domains.js';
import { DATABASE } from '../tokens.js';
import { DnsLookup } from './dns-lookup.js';
import { groupRules } from './group-rules.js';

export class VerifyDomain extends Command<Outcome<LiveDomain>> {
  constructor(
    readonly userId: number,
    readonly domainId: number,
  ) {
    super();
  }
}

@CommandHandler(VerifyDomain)
export class VerifyDomainHandler implements ICommandHandler<VerifyDomain> {
  constructor(
    private readonly domains: SenderDomains,
    private readonly dns: DnsLookup,
    @Inject(DATABASE) private readonly database: Database,
  ) {}

  /** The look-ups happen before the change and outside its transaction; the rule sorts out what has become stale. */
  async execute({ userId, domainId }: VerifyDomain): Promise<Outcome<LiveDomain>> {
    const notFound = refuse(ERRORS['emailgateway.verifydomain'].domainNotFound);
    const before = ownedDomain(userId, await this.domains.load(domainId));
    const rules = before === undefined ? undefined : await groupRules(this.database, userId);
    if (before === undefined || rules === undefined) return notFound;
    const results = await this.dns.check(before.records);
    const { manualApproval } = rules;
    const outcome = await this.domains.change({
      domainId,
      decide: (domain) => verifyDomain({ userId, results, manualApproval }, domain),
    });
    if (outcome.refused !== undefined) return notFound;
    return ownedDomain(userId, outcome.domain) ?? notFound;
  }
}
