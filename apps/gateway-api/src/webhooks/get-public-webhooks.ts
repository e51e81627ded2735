import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { Database } from '#platform/database/database';
import type { Outcome } from '../http/outcome.js';
import { DATABASE } from '../tokens.js';
import { listWebhooks, type ListedWebhook } from './webhook-row.js';

/** The webhooks of a sender key's domain. Never the signing key: a sender key may send, not sign. */
export class GetPublicWebhooks extends Query<Outcome<readonly ListedWebhook[]>> {
  constructor(
    readonly userId: number,
    readonly domainId: number,
  ) {
    super();
  }
}

@QueryHandler(GetPublicWebhooks)
export class GetPublicWebhooksHandler implements IQueryHandler<GetPublicWebhooks> {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  execute({ userId, domainId }: GetPublicWebhooks): Promise<Outcome<readonly ListedWebhook[]>> {
    return listWebhooks(this.database, userId, domainId);
  }
}
