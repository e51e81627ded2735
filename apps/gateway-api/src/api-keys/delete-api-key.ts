import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ERRORS } from '#contracts/errors/catalogue';
import { deleteApiKey } from '#domain/sender-domain/credential.decisions';
import type { Database } from '#platform/database/database';
import { refuse, type Outcome } from '../http/outcome.js';
import { SenderDomains } from '../sender-domain/sender-domains.js';
import { DATABASE } from '../tokens.js';

export interface DeletedApiKey {
  readonly apiKeyId: number;
}

export class DeleteApiKey extends Command<Outcome<DeletedApiKey>> {
  constructor(
    readonly userId: number,
    readonly apiKeyId: number,
  ) {
    super();
  }
}

const REFUSALS = { 'api-key-not-found': ERRORS['emailgateway.deleteapi'].apiKeyNotFound } as const;

@CommandHandler(DeleteApiKey)
export class DeleteApiKeyHandler implements ICommandHandler<DeleteApiKey> {
  constructor(
    private readonly domains: SenderDomains,
    @Inject(DATABASE) private readonly database: Database,
  ) {}

  async execute({ userId, apiKeyId }: DeleteApiKey): Promise<Outcome<DeletedApiKey>> {
    const domainId = await this.domainOf(apiKeyId);
    if (domainId === undefined) return refuse(REFUSALS['api-key-not-found']);
    const outcome = await this.domains.change({
      domainId,
      decide: (domain) => deleteApiKey({ userId, apiKeyId }, domain),
      record: async (tx) => {
        await tx.execute(`UPDATE oempro_eg_api_keys SET Status = 'Deleted' WHERE APIKeyID = ?`, [apiKeyId]);
      },
    });
    return outcome.refused === undefined ? { apiKeyId } : refuse(REFUSALS[outcome.refused]);
  }

  /** The domain that a key was added to, which never changes. Whose it is and whether it is still there, the rule says. */
  private async domainOf(apiKeyId: number): Promise<number | undefined> {
    const [key] = await this.database.query<{ DomainID: number }>(
      'SELECT DomainID FROM oempro_eg_api_keys WHERE APIKeyID = ?',
      [apiKeyId],
    );
    return key?.DomainID;
  }
}
