import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { ERRORS } from '#contracts/errors/catalogue';
import type { WebhookEventName } from '#contracts/mail-events/vocabulary';
import { legacySigningKey } from '#contracts/webhooks/webhook-request';
import type { SecretBox } from '#platform/crypto/secret-box';
import type { Database } from '#platform/database/database';
import type { GatewayConfig } from '../config.js';
import { refuse, type Outcome } from '../http/outcome.js';
import { CONFIG, DATABASE, SECRET_BOX } from '../tokens.js';

export interface DomainWebhooks {
  /** The key that webhooks of the domain are signed with now: its own, or the installation's. */
  readonly signingKey: string;
  readonly webhooks: readonly {
    readonly webhookId: number;
    readonly event: WebhookEventName;
    readonly url: string;
  }[];
}

export class GetWebhooks extends Query<Outcome<DomainWebhooks>> {
  constructor(
    readonly userId: number,
    readonly domainId: number,
  ) {
    super();
  }
}

interface WebhookRow {
  WebhookID: number;
  Event: WebhookEventName;
  WebhookURL: string;
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
    const rows = await this.database.query<WebhookRow>(
      `SELECT WebhookID, Event, WebhookURL FROM oempro_eg_webhooks
       WHERE DomainID = ? AND UserID = ? AND Status <> 'Deleted' ORDER BY WebhookID`,
      [domainId, userId],
    );
    return {
      signingKey: this.signingKey(domain.SigningKeyCipher),
      webhooks: rows.map((row) => ({ webhookId: row.WebhookID, event: row.Event, url: row.WebhookURL })),
    };
  }

  private signingKey(own: Buffer | null): string {
    const { legacyKeySalt, legacyKeyLicense } = this.config;
    return own === null ? legacySigningKey(legacyKeySalt, legacyKeyLicense) : this.secrets.open(own);
  }
}
