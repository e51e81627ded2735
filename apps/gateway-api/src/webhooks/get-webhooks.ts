import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { ERRORS } from '#contracts/errors/catalogue';
import { legacySigningKey } from '#contracts/webhooks/webhook-request';
import type { SecretBox } from '#platform/crypto/secret-box';
import type { Database } from '#platform/database/database';
import type { GatewayConfig } from '../config.js';
import { refuse, type Outcome } from '../http/outcome.js';
import { CONFIG, DATABASE, SECRET_BOX } from '../tokens.js';
import { listWebhooks, type ListedWebhook } from './webhook-row.js';

export interface DomainWebhooks {
  /** The key that webhooks of the domain are signed with now: its own, or the installation's. */
  readonly signingKey: string;
  readonly webhooks: readonly ListedWebhook[];
}

export class GetWebhooks extends Query<Outcome<DomainWebhooks>> {
  constructor(
    readonly userId: number,
    readonly domainId: number,
  ) {
    super();
  }
}

@QueryHandler(GetWebhooks)
export class GetWebhooksHandler implements IQueryHandler<GetWebhooks> {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(SECRET_BOX) private readonly secrets: SecretBox,
    @Inject(CONFIG) private readonly config: Pick<GatewayConfig, 'legacyKeySalt' | 'legacyKeyLicense'>,
  ) {}

  async execute({ userId, domainId }: GetWebhooks): Promise<Outcome<DomainWebhooks>> {
    const [domain] = await this.database.query<{ SigningKeyCipher: Buffer | null }>(
      `SELECT SigningKeyCipher FROM oempro_eg_domains WHERE DomainID = ? AND UserID = ? AND Status <> 'Deleted'`,
      [domainId, userId],
    );
    if (domain === undefined) return refuse(ERRORS['emailgateway.getwebhooks'].domainNotFound);
    return {
      signingKey: this.signingKey(domain.SigningKeyCipher),
      webhooks: await listWebhooks(this.database, userId, domainId),
    };
  }

  private signingKey(own: Buffer | null): string {
    const { legacyKeySalt, legacyKeyLicense } = this.config;
    return own === null ? legacySigningKey(legacyKeySalt, legacyKeyLicense) : this.secrets.open(own);
  }
}
