import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { domainToASCII } from 'node:url';
import { ERRORS } from '#contracts/errors/catalogue';
import { webhookEvent } from '#contracts/mail-events/vocabulary';
import { activeWebhook, addWebhook } from '#domain/sender-domain/webhook.decisions';
import { webhookUrlOf } from '#domain/sender-domain/webhook-url';
import type { Database } from '#platform/database/database';
import { nextId } from '#platform/event-store/sequences';
import { refuse, type Outcome } from '../http/outcome.js';
import { SenderDomains } from '../sender-domain/sender-domains.js';
import { DATABASE } from '../tokens.js';
import { switchedOffWebhooks } from './webhook-row.js';
import { WebhookTargets } from './webhook-targets.js';

export interface AddedWebhook {
  readonly webhookId: number;
}

export class AddWebhook extends Command<Outcome<AddedWebhook>> {
  constructor(
    readonly userId: number,
    readonly domainId: number,
    /** A name of either webhook vocabulary, in any letter case. */
    readonly event: string,
    /** As the customer wrote it, its host in any script. */
    readonly url: string,
    /** Whose table of errors answers. */
    readonly command: keyof typeof REFUSALS,
  ) {
    super();
  }
}

const errors = ERRORS['emailgateway.addwebhook'];
const publicErrors = ERRORS['emailgateway.addwebhook.public'];
const REFUSALS = {
  'emailgateway.addwebhook': {
    'event-unknown': errors.eventInvalid,
    'domain-not-found': errors.domainNotFound,
    'webhook-url-invalid': errors.urlInvalid,
    'webhook-host-forbidden': errors.hostForbidden,
  },
  'emailgateway.addwebhook.public': {
    'event-unknown': publicErrors.eventInvalid,
    // The key's domain was deleted, and the key with it, after the key had been checked.
    'domain-not-found': publicErrors.senderApiKeyInvalid,
    'webhook-url-invalid': publicErrors.urlInvalid,
    'webhook-host-forbidden': publicErrors.urlInvalid,
  },
} as const;

@CommandHandler(AddWebhook)
export class AddWebhookHandler implements ICommandHandler<AddWebhook> {
  constructor(
    private readonly domains: SenderDomains,
    private readonly targets: WebhookTargets,
    @Inject(DATABASE) private readonly database: Database,
  ) {}

  async execute(message: AddWebhook): Promise<Outcome<AddedWebhook>> {
    const { userId, domainId, event } = message;
    const url = webhookUrlOf(message.url, domainToASCII);
    // Before the transaction: a slow resolver must hold no row.
    const leadsInside = await this.targets.leadsInside(url);
    const webhookId = await nextId(this.database, 'webhook');
    const switchedOff = await switchedOffWebhooks(this.database, userId, domainId);
    const command = {
      ...{ userId, webhookId, url, leadsInside, switchedOff },
      event: webhookEvent(event) ?? event,
    };
    const outcome = await this.domains.change({
      domainId,
      decide: (domain) => addWebhook(command, domain),
      record: async (tx, at) => {
        await tx.execute(
          `INSERT INTO oempro_eg_webhooks (WebhookID, UserID, DomainID, Event, WebhookURL, Status, CreatedAt)
           VALUES (?, ?, ?, ?, ?, 'Enabled', ?)`,
          [webhookId, userId, domainId, command.event, url, at],
        );
      },
    });
    if (outcome.refused !== undefined) return refuse(REFUSALS[message.command][outcome.refused]);
    const active = activeWebhook(command, outcome.domain);
    if (active === undefined) throw new Error(`webhook ${webhookId} was added and is not there`);
    return { webhookId: active.webhookId };
  }
}
