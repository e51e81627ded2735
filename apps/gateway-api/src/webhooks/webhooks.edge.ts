import { ERRORS } from '#contracts/errors/catalogue';
import {
  addWebhookInput,
  addWebhookOutput,
  deleteWebhookInput,
  deleteWebhookOutput,
  getWebhooksInput,
  getWebhooksOutput,
  regenerateSigningKeyInput,
  regenerateSigningKeyOutput,
} from '#contracts/http/webhooks';
import { privateAlias } from '#contracts/mail-events/vocabulary';
import { defineEndpoint, type Endpoint } from '../http/endpoint.js';
import { AddWebhook, AddWebhookHandler } from './add-webhook.js';
import { DeleteWebhook, DeleteWebhookHandler } from './delete-webhook.js';
import { GetWebhooks, GetWebhooksHandler } from './get-webhooks.js';
import { publicWebhooksEndpoints } from './public-webhooks.edge.js';
import { RegenerateSigningKey, RegenerateSigningKeyHandler } from './regenerate-signing-key.js';
import { shownWebhook } from './webhook-row.js';

const addWebhook = ERRORS['emailgateway.addwebhook'];
const getWebhooks = ERRORS['emailgateway.getwebhooks'];
const deleteWebhook = ERRORS['emailgateway.deletewebhook'];
const regenerateSigningKey = ERRORS['emailgateway.regeneratesigningkey'];

const WEBHOOK = {
  WebhookID: 999,
  Event: 'delivery',
  WebhookURL: 'https://example.com/webhooks/email-events',
  Status: 'Enabled',
  DisabledReason: null,
  FailingSince: null,
};
const SIGNING_KEY = '7F94D1EF4F798E4E1F306F06DC3DF317424D60C91B2C4DC7F11D13A8D1B1C5FC';

const privateEndpoints: readonly Endpoint[] = [
  defineEndpoint({
    command: 'emailgateway.addwebhook',
    credential: 'user',
    privilege: 'EmailGateway.ManageDomain',
    docs: {
      summary: 'Create Webhook for Domain',
      description:
        'Registers a URL that is notified of one kind of event; register several to follow several. The scheme must be http or https. Refused are `localhost`, loopback, `*.local` and every host that is, or now resolves to, an address which is not public and not allowed by the installation. Each connection is checked again. Adding again what is there answers with its id; one that was switched off is not there, and a new one is added.',
      example: {
        request: {
          DomainID: 123,
          Event: 'delivery',
          WebhookURL: 'https://example.com/webhooks/email-events',
        },
        reply: { Success: true, ErrorCode: 0, NewWebhookID: 999 },
      },
    },
    input: addWebhookInput,
    required: [
      ['DomainID', addWebhook.domainIdMissing],
      ['Event', addWebhook.eventMissing],
      ['WebhookURL', addWebhook.urlMissing],
    ],
    handler: AddWebhookHandler,
    message: ({ DomainID, Event, WebhookURL }, { userId }) =>
      new AddWebhook(userId, DomainID, Event, WebhookURL, 'emailgateway.addwebhook'),
    output: addWebhookOutput,
    reply: ({ webhookId }) => ({ NewWebhookID: webhookId }),
    withErrorMessage: [addWebhook.urlInvalid, addWebhook.hostForbidden],
  }),
  defineEndpoint({
    command: 'emailgateway.getwebhooks',
    credential: 'user',
    privilege: 'EmailGateway.ManageDomain',
    docs: {
      summary: 'Get Domain Webhooks',
      description:
        'Lists the webhooks of the domain, and the key that their notifications are signed with. A webhook whose endpoint answers 410, or fails for days, is switched off: `Status` is `Disabled` then.',
      example: {
        request: { DomainID: 123 },
        reply: {
          Success: true,
          ErrorCode: 0,
          SigningKey: SIGNING_KEY,
          Webhooks: [WEBHOOK],
        },
      },
    },
    input: getWebhooksInput,
    required: [['DomainID', getWebhooks.domainIdMissing]],
    handler: GetWebhooksHandler,
    message: ({ DomainID }, { userId }) => new GetWebhooks(userId, DomainID),
    output: getWebhooksOutput,
    reply: ({ signingKey, webhooks }) => ({
      SigningKey: signingKey,
      Webhooks: webhooks.map((webhook) => shownWebhook(webhook, privateAlias)),
    }),
  }),
  defineEndpoint({
    command: 'emailgateway.deletewebhook',
    credential: 'user',
    privilege: 'EmailGateway.ManageDomain',
    docs: {
      summary: 'Delete Domain Webhook',
      description: 'Deletes a webhook of the domain. Notifications of it that are still due are dropped.',
      example: { request: { WebhookID: 999, DomainID: 123 }, reply: { Success: true, ErrorCode: 0 } },
    },
    input: deleteWebhookInput,
    required: [
      ['WebhookID', deleteWebhook.webhookIdMissing],
      ['DomainID', deleteWebhook.domainIdMissing],
    ],
    handler: DeleteWebhookHandler,
    message: ({ WebhookID, DomainID }, { userId }) =>
      new DeleteWebhook(userId, DomainID, WebhookID, 'emailgateway.deletewebhook'),
    output: deleteWebhookOutput,
    reply: () => ({}),
  }),
  defineEndpoint({
    command: 'emailgateway.regeneratesigningkey',
    credential: 'user',
    privilege: 'EmailGateway.ManageDomain',
    docs: {
      summary: 'Regenerate the Webhook Signing Key for a Domain',
      description:
        'Gives the domain a new key of its own. Every notification that is sent from now on is signed with it, retries of older ones as well; other domains keep theirs. Later, `emailgateway.getwebhooks` shows it. Code 3: the domain was deleted meanwhile, and no key was stored.',
      example: {
        request: { DomainID: 123 },
        reply: { Success: true, ErrorCode: 0, SigningKey: SIGNING_KEY },
      },
    },
    input: regenerateSigningKeyInput,
    required: [['DomainID', regenerateSigningKey.domainIdMissing]],
    handler: RegenerateSigningKeyHandler,
    message: ({ DomainID }, { userId }) => new RegenerateSigningKey(userId, DomainID),
    output: regenerateSigningKeyOutput,
    reply: ({ signingKey }) => ({ SigningKey: signingKey }),
  }),
];

export const webhooksEndpoints: readonly Endpoint[] = [...privateEndpoints, ...publicWebhooksEndpoints];
