import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ERRORS } from '#contracts/errors/catalogue';
import { deleteWebhook } from '#domain/sender-domain/webhook.decisions';
import { refuse, type Outcome } from '../http/outcome.js';
import { SenderDomains } from '../sender-domain/sender-domains.js';

export interface DeletedWebhook {
  readonly webhookId: number;
}

export class DeleteWebhook extends Command<Outcome<DeletedWebhook>> {
  constructor(
    readonly userId: number,
    /** The domain that the webhook must belong to. */
    readonly domainId: number,
    readonly webhookId: number,
    /** Whose table of errors answers. */
    readonly command: keyof typeof REFUSALS,
  ) {
    super();
  }
}

const errors = ERRORS['emailgateway.deletewebhook'];
const publicErrors = ERRORS['emailgateway.deletewebhook.public'];
const REFUSALS = {
  'emailgateway.deletewebhook': {
    'domain-not-found': errors.domainNotFound,
    'webhook-not-found': errors.webhookNotFound,
  },
  'emailgateway.deletewebhook.public': {
    // Deleted after the key had been checked.
    'domain-not-found': publicErrors.userInvalid,
    'webhook-not-found': publicErrors.webhookNotFound,
  },
} as const;

@CommandHandler(DeleteWebhook)
export class DeleteWebhookHandler implements ICommandHandler<DeleteWebhook> {
  constructor(private readonly domains: SenderDomains) {}

  /** Notifications that are still due are dropped by the dispatcher, which looks at the row before each attempt. */
  async execute({ userId, domainId, webhookId, command }: DeleteWebhook): Promise<Outcome<DeletedWebhook>> {
    const outcome = await this.domains.change({
      domainId,
      decide: (domain) => deleteWebhook({ userId, webhookId }, domain),
      record: async (tx) => {
        await tx.execute(`UPDATE oempro_eg_webhooks SET Status = 'Deleted' WHERE WebhookID = ?`, [webhookId]);
      },
    });
    return outcome.refused === undefined ? { webhookId } : refuse(REFUSALS[command][outcome.refused]);
  }
}
