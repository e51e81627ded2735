import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { ERRORS } from '#contracts/errors/catalogue';
import type { Database } from '#platform/database/database';
import { refuse, type Outcome } from '../http/outcome.js';
import { findDomain, type DomainRow } from '../sender-domain/domain-row.js';
import { DATABASE } from '../tokens.js';

export class GetDomain extends Query<Outcome<DomainRow>> {
  constructor(
    readonly userId: number,
    readonly domainId: number,
  ) {
    super();
  }
}

@QueryHandler(GetDomain)
export class GetDomainHandler implements IQueryHandler<GetDomain> {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  async execute({ userId, domainId }: GetDomain): Promise<Outcome<DomainRow>> {
    const row = await findDomain(this.database, userId, domainId);
    return row ?? refuse(ERRORS['emailgateway.getdomain'].domainNotFound);
  }
}
