import Type, { type Static } from 'typebox';
import { id, text } from './parameters.js';

const domainId = id('Sender domain ID');
const webhookId = id('Webhook ID');
const webhookUrl = text(
  'http or https URL without user information, an international host is stored in ASCII; its host, or what that resolves to, is a public or an allowed address',
);

/** `emailgateway.addwebhook`. */
export const addWebhookInput = Type.Object({
  DomainID: domainId,
  Event: text('delivery, bounce, open, click, unsubscribe or complaint; the public names are taken as well'),
  WebhookURL: webhookUrl,
});

/** `emailgateway.getwebhooks`. */
export const getWebhooksInput = Type.Object({ DomainID: domainId });

/** `emailgateway.deletewebhook`. */
export const deleteWebhookInput = Type.Object({ WebhookID: webhookId, DomainID: domainId });

/** `emailgateway.regeneratesigningkey`. */
export const regenerateSigningKeyInput = Type.Object({ DomainID: domainId });

/** `emailgateway.addwebhook.public`, `POST /api/v1/webhooks`. */
export const addPublicWebhookInput = Type.Object({
  Event: text(
    'delivered, bounced, opened, clicked, unsubscribed or complained; the private names are taken as well',
  ),
  WebhookURL: webhookUrl,
});

/** `emailgateway.getwebhooks.public`, `GET /api/v1/webhooks`. */
export const getPublicWebhooksInput = Type.Object({});

/** `emailgateway.deletewebhook.public`, `DELETE /api/v1/webhooks`; in the body or in the query. */
export const deletePublicWebhookInput = Type.Object({ WebhookID: webhookId });

/** Of both commands that add one. */
export const addWebhookOutput = Type.Object({
  NewWebhookID: Type.Integer({ description: 'ID of the new webhook' }),
});

const webhook = (events: string) =>
  Type.Object({
    WebhookID: Type.Integer({ description: 'Webhook ID' }),
    Event: Type.String({ description: `The event that it follows: ${events}` }),
    WebhookURL: Type.String({ description: 'Where notifications are posted to' }),
    Status: Type.Union([Type.Literal('Enabled'), Type.Literal('Disabled')], {
      description: 'Disabled: switched off because its endpoint failed; nothing is posted any more',
    }),
    DisabledReason: Type.Union([Type.String(), Type.Null()], {
      description: 'Why it was switched off, in words; `null` while it is Enabled',
    }),
    FailingSince: Type.Union([Type.String(), Type.Null()], {
      description:
        'Since when no notification has been taken, `YYYY-MM-DD HH:MM:SS` in UTC; `null` while they are taken',
    }),
  });

/** A webhook in replies. */
export type ShownWebhook = Static<ReturnType<typeof webhook>>;
const LISTED = 'Every webhook of the domain that is not deleted, oldest first; empty when there is none';

export const getWebhooksOutput = Type.Object({
  SigningKey: Type.String({
    description:
      'Key that notifications of the domain are signed with now, used as the text that it is: its own, or the installation-wide one until it has its own',
  }),
  Webhooks: Type.Array(webhook('delivery, bounce, open, click, unsubscribe or complaint'), {
    description: LISTED,
  }),
});

export const getPublicWebhooksOutput = Type.Object({
  Webhooks: Type.Array(webhook('delivered, bounced, opened, clicked, unsubscribed or complained'), {
    description: LISTED,
  }),
});

/** Of both commands that delete one. */
export const deleteWebhookOutput = Type.Object({});

export const regenerateSigningKeyOutput = Type.Object({
  SigningKey: Type.String({
    description: 'The new key: 64 upper-case hexadecimal digits, used as the text that it is',
  }),
});
