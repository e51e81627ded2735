import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ERRORS } from '#contracts/errors/catalogue';
import { replaceApiKeys } from '#domain/sender-domain/credential.decisions';
import type { SecretBox } from '#platform/crypto/secret-box';
import { DatabaseError, type Database } from '#platform/database/database';
import { VersionConflict } from '#platform/event-store/event-store';
import { nextId } from '#platform/event-store/sequences';
import type { Logger } from '#platform/telemetry/logger';
import { refuse, type Outcome } from '../http/outcome.js';
import { SenderDomains } from '../sender-domain/sender-domains.js';
import { DATABASE, LOGGER, SECRET_BOX } from '../tokens.js';
import { insertApiKey, newApiKey, type ShownApiKey } from './api-key-row.js';

/** Ends every key of the domain and adds one, or changes nothing. */
export class ReplaceApiKey extends Command<Outcome<ShownApiKey>> {
  constructor(
    readonly userId: number,
    readonly domainId: number,
    readonly description: string,
  ) {
    super();
  }
}

const errors = ERRORS['emailgateway.replaceapi'];
const REFUSALS = { 'domain-not-found': errors.domainNotFound } as const;

@CommandHandler(ReplaceApiKey)
export class ReplaceApiKeyHandler implements ICommandHandler<ReplaceApiKey> {
  constructor(
    private readonly domains: SenderDomains,
    @Inject(DATABASE) private readonly database: Database,
    @Inject(SECRET_BOX) private readonly secrets: SecretBox,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  async execute({ userId, domainId, description }: ReplaceApiKey): Promise<Outcome<ShownApiKey>> {
    const apiKeyId = await nextId(this.database, 'api-key');
    const key = newApiKey({ apiKeyId, userId, domainId, description });
    try {
      const outcome = await this.domains.change({
        domainId,
        // Callers that come together take turns, so that each of them succeeds and the last one's key remains.
        lockFirst: true,
        decide: (domain) => replaceApiKeys(key, domain),
        record: async (tx, createdAt) => {
          // Rows of deleted keys go as well: the contract leaves none behind.
          await tx.execute('DELETE FROM oempro_eg_api_keys WHERE UserID = ? AND DomainID = ?', [
            userId,
            domainId,
          ]);
          await insertApiKey(tx, this.secrets, { ...key, createdAt });
        },
      });
      return outcome.refused === undefined
        ? { ...key, createdAt: outcome.at }
        : refuse(REFUSALS[outcome.refused]);
    } catch (error) {
      if (!rolledBack(error)) throw error;
      this.log.error({ userId, domainId, err: error }, 'api-key.not-replaced');
      return refuse(errors.rotationFailed);
    }
  }
}

/** Whether nothing was persisted for certain. A connection that broke during COMMIT leaves that open. */
function rolledBack(error: unknown): boolean {
  if (error instanceof VersionConflict) return true;
  return error instanceof DatabaseError && error.facts.outcomeUnknown !== true;
}
