import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ERRORS } from '#contracts/errors/catalogue';
import { addApiKey } from '#domain/sender-domain/credential.decisions';
import type { SecretBox } from '#platform/crypto/secret-box';
import type { Database } from '#platform/database/database';
import { nextId } from '#platform/event-store/sequences';
import { refuse, type Outcome } from '../http/outcome.js';
import { SenderDomains } from '../sender-domain/sender-domains.js';
import { DATABASE, SECRET_BOX } from '../tokens.js';
import { insertApiKey, newApiKey, type ShownApiKey } from './api-key-row.js';

export class AddApiKey extends Command<Outcome<ShownApiKey>> {
  constructor(
    readonly userId: number,
    readonly domainId: number,
    readonly description: string,
  ) {
    super();
  }
}

const REFUSALS = { 'domain-not-found': ERRORS['emailgateway.addapi'].domainNotFound } as const;

@CommandHandler(AddApiKey)
export class AddApiKeyHandler implements ICommandHandler<AddApiKey> {
  constructor(
    private readonly domains: SenderDomains,
    @Inject(DATABASE) private readonly database: Database,
    @Inject(SECRET_BOX) private readonly secrets: SecretBox,
  ) {}

  async execute({ userId, domainId, description }: AddApiKey): Promise<Outcome<ShownApiKey>> {
    const apiKeyId = await nextId(this.database, 'api-key');
    const key = newApiKey({ apiKeyId, userId, domainId, description });
    const outcome = await this.domains.change({
      domainId,
      decide: (domain) => addApiKey(key, domain),
      record: (tx, createdAt) => insertApiKey(tx, this.secrets, { ...key, createdAt }),
    });
    return outcome.refused === undefined
      ? { ...key, createdAt: outcome.at }
      : refuse(REFUSALS[outcome.refused]);
  }
}
