import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { randomBytes } from 'node:crypto';
import { ERRORS } from '#contracts/errors/catalogue';
import { addApiKey, storedDescription } from '#domain/sender-domain/credential.decisions';
import type { SecretBox } from '#platform/crypto/secret-box';
import type { Database } from '#platform/database/database';
import { nextId } from '#platform/event-store/sequences';
import { refuse, type Outcome } from '../http/outcome.js';
import { SenderDomains } from '../sender-domain/sender-domains.js';
import { DATABASE, SECRET_BOX } from '../tokens.js';

export interface AddedApiKey {
  readonly apiKeyId: number;
  readonly userId: number;
  readonly domainId: number;
  /** The key itself: the only secret that leaves, to the caller alone. */
  readonly apiKey: string;
  readonly description: string;
  readonly createdAt: Date;
}

export class AddApiKey extends Command<Outcome<AddedApiKey>> {
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

  async execute({ userId, domainId, description }: AddApiKey): Promise<Outcome<AddedApiKey>> {
    const apiKeyId = await nextId(this.database, 'api-key');
    const apiKey = mintApiKey();
    const added = { userId, apiKeyId, description: storedDescription(description) };
    const outcome = await this.domains.change({
      domainId,
      decide: (domain) => addApiKey(added, domain),
      record: async (tx, at) => {
        await tx.execute(
          `INSERT INTO oempro_eg_api_keys
             (APIKeyID, UserID, DomainID, KeyHash, KeyCipher, Description, Status, Options, CreatedAt)
           VALUES (?, ?, ?, ?, ?, ?, 'Enabled', '[]', ?)`,
          [
            apiKeyId,
            userId,
            domainId,
            this.secrets.lookup(apiKey),
            this.secrets.seal(apiKey),
            added.description,
            at,
          ],
        );
      },
    });
    if (outcome.refused !== undefined) return refuse(REFUSALS[outcome.refused]);
    return { ...added, domainId, apiKey, createdAt: outcome.at };
  }
}

/** Four groups of eight upper-case hexadecimal digits: 128 bits from the system's generator. */
export function mintApiKey(): string {
  return randomBytes(16).toString('hex').toUpperCase().match(/.{8}/g)?.join('-') ?? '';
}
