import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ERRORS } from '#contracts/errors/catalogue';
import type { NamingWish } from '#domain/sender-domain/host-names';
import { hostsChanged, updateDomain } from '#domain/sender-domain/options.decisions';
import { initialSenderDomain } from '#domain/sender-domain/sender-domain';
import type { Database } from '#platform/database/database';
import { refuse, type Outcome } from '../http/outcome.js';
import { findDomain, type DomainRow } from '../sender-domain/domain-row.js';
import { SenderDomains } from '../sender-domain/sender-domains.js';
import { CONFIG, DATABASE } from '../tokens.js';
import { groupRules, hostRules, type HostConfig } from './group-rules.js';

/** What is absent stays. */
export interface OptionsWish extends NamingWish {
  readonly linkTracking?: boolean;
  readonly openTracking?: boolean;
  readonly unsubscribeLink?: boolean;
  readonly hostingProvider?: string;
}

export interface UpdatedDomain {
  readonly row: DomainRow;
  /** Whether the domain has other hosts now, and so other records. */
  readonly hostsChanged: boolean;
}

export class UpdateDomain extends Command<Outcome<UpdatedDomain>> {
  constructor(
    readonly userId: number,
    readonly domainId: number,
    readonly wish: OptionsWish,
  ) {
    super();
  }
}

const errors = ERRORS['emailgateway.updatedomain'];
const REFUSALS = {
  'domain-not-found': errors.domainNotFound,
  'subdomain-invalid': errors.subdomainInvalid,
} as const;

@CommandHandler(UpdateDomain)
export class UpdateDomainHandler implements ICommandHandler<UpdateDomain> {
  constructor(
    private readonly domains: SenderDomains,
    @Inject(DATABASE) private readonly database: Database,
    @Inject(CONFIG) private readonly config: HostConfig,
  ) {}

  async execute({ userId, domainId, wish }: UpdateDomain): Promise<Outcome<UpdatedDomain>> {
    const group = await groupRules(this.database, userId);
    if (group === undefined) return refuse(errors.domainNotFound);
    const { manualApproval, template } = group;
    const command = { ...wish, ...hostRules(this.config, template), userId, manualApproval };
    let before = initialSenderDomain;
    const outcome = await this.domains.change({
      domainId,
      decide: (domain) => {
        before = domain;
        return updateDomain(command, domain);
      },
    });
    if (outcome.refused !== undefined) return refuse(REFUSALS[outcome.refused]);
    const row = await findDomain(this.database, userId, domainId);
    // Deleted by another call in the moment between.
    if (row === undefined) return refuse(errors.domainNotFound);
    return { row, hostsChanged: hostsChanged(before, outcome.domain, command.defaults) };
  }
}
