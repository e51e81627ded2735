import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { randomBytes } from 'node:crypto';
import { ERRORS } from '#contracts/errors/catalogue';
import { rotateSigningKey } from '#domain/sender-domain/credential.decisions';
import type { SecretBox } from '#platform/crypto/secret-box';
import { refuse, type Outcome } from '../http/outcome.js';
import { SenderDomains } from '../sender-domain/sender-domains.js';
import { SECRET_BOX } from '../tokens.js';

export interface NewSigningKey {
  /** The key itself, to the caller alone. */
  readonly signingKey: string;
}

export class RegenerateSigningKey extends Command<Outcome<NewSigningKey>> {
  constructor(
    readonly userId: number,
    readonly domainId: number,
  ) {
    super();
  }
}

/** The row of the domain is not there to be updated. Thrown inside the transaction, so that nothing of it remains. */
class NoRowMatched extends Error {
  override readonly name = 'NoRowMatched';
}

const errors = ERRORS['emailgateway.regeneratesigningkey'];
const KEY_BYTES = 32;

/** From the commit on, the dispatcher signs with the new key, retries of older notifications as well. */
@CommandHandler(RegenerateSigningKey)
export class RegenerateSigningKeyHandler implements ICommandHandler<RegenerateSigningKey> {
  constructor(
    private readonly domains: SenderDomains,
    @Inject(SECRET_BOX) private readonly secrets: SecretBox,
  ) {}

  async execute({ userId, domainId }: RegenerateSigningKey): Promise<Outcome<NewSigningKey>> {
    const signingKey = randomBytes(KEY_BYTES).toString('hex').toUpperCase();
    let wasOwned = false;
    try {
      const outcome = await this.domains.change({
        domainId,
        decide: (domain) => {
          const decision = rotateSigningKey({ userId }, domain);
          wasOwned ||= !('refused' in decision);
          return decision;
        },
        record: async (tx) => {
          const { affectedRows } = await tx.execute(
            `UPDATE oempro_eg_domains SET SigningKeyCipher = ? WHERE DomainID = ? AND UserID = ? AND Status <> 'Deleted'`,
            [this.secrets.seal(signingKey), domainId, userId],
          );
          if (affectedRows === 0) throw new NoRowMatched(`domain ${domainId} has no row to hold its key`);
        },
      });
      if (outcome.refused === undefined) return { signingKey };
      // A refusal after the domain had been found: it was deleted in between.
      return refuse(wasOwned ? errors.rotationFailed : errors.domainNotFound);
    } catch (error) {
      if (error instanceof NoRowMatched) return refuse(errors.rotationFailed);
      throw error;
    }
  }
}
