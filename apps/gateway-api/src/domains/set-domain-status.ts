import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Refused } from '#domain/decision';
import { setDomainStatus } from '#domain/sender-domain/lifecycle.decisions';
import type { SenderDomain } from '#domain/sender-domain/sender-domain';
import { SenderDomains } from '../sender-domain/sender-domains.js';

/** An operator's command: approve, disable, suspend or block a domain. Resolves to the domain after it. */
export class SetDomainStatus extends Command<SenderDomain | Refused<'status-invalid' | 'domain-not-found'>> {
  constructor(
    readonly domainId: number,
    /** One of `LIVE_STATUSES`. */
    readonly status: string,
  ) {
    super();
  }
}

@CommandHandler(SetDomainStatus)
export class SetDomainStatusHandler implements ICommandHandler<SetDomainStatus> {
  constructor(private readonly domains: SenderDomains) {}

  async execute({ domainId, status }: SetDomainStatus) {
    const outcome = await this.domains.change({
      domainId,
      decide: (domain) => setDomainStatus({ status }, domain),
    });
    return outcome.refused === undefined ? outcome.domain : outcome;
  }
}
