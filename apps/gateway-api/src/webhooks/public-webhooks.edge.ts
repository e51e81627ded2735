import { ERRORS } from '#contracts/errors/catalogue';
import {
  addPublicWebhookInput,
  addWebhookOutput,
  deletePublicWebhookInput,
  deleteWebhookOutput,
  getPublicWebhooksInput,
  getPublicWebhooksOutput,
} from '#contracts/http/webhooks';
import { publicAlias } from '#contracts/mail-events/vocabulary';
import { defineEndpoint, type Endpoint } from '../http/endpoint.js';
import { AddWebhook, AddWebhookHandler } from './add-webhook.js';
import { DeleteWebhook, DeleteWebhookHandler } from './delete-webhook.js';
import { GetPublicWebhooks, GetPublicWebhooksHandler } from './get-public-webhooks.js';
import { shownWebhook } from './webhook-row.js';

const addWebhook = ERRORS['emailgateway.addwebhook.public'];
const getWebhooks = ERRORS['emailgateway.getwebhooks.public'];
const deleteWebhook = ERRORS['emailgateway.deletewebhook.public'];

const WEBHOOK = {
  WebhookID: 999,
  Event: 'delivered',
  WebhookURL: 'https://example.com/webhooks/email-events',
  Status: 'Enabled',
  DisabledReason: null,
  FailingSince: null,
};

/** The endpoints of a sender key; each sees and changes webhooks of the key's domain alone. */
export const publicWebhooksEndpoints: readonly Endpoint[] = [
  defineEndpoint({
    command: 'emailgateway.addwebhook.public',
    v1: { method: 'POST', path: '/api/v1/webhooks' },
    credential: 'sender',
    // Its table of errors has none for an owner who may not: the key is then as good as none.
    sender: {
      missing: addWebhook.senderApiKeyInvalid,
      unknown: addWebhook.senderApiKeyInvalid,
      gone: addWebhook.senderApiKeyInvalid,
      ownerDisabled: addWebhook.senderApiKeyInvalid,
    },
    docs: {
      summary: 'Create Webhook (Public API)',
      description:
        'Registers a URL that is notified of one kind of event of the key’s domain; register several to follow several. Code 3 also means a URL that is no http or https URL, or whose host is, or now resolves to, an address which is not public and not allowed by the installation. Adding again what is there answers with its id; one that was switched off is not there, and a new one is added.',
      example: {
        request: { Event: 'delivered', WebhookURL: 'https://example.com/webhooks/email-events' },
        reply: { Success: true, ErrorCode: 0, NewWebhookID: 999 },
        v1Reply: { NewWebhookID: 999 },
      },
    },
    input: addPublicWebhookInput,
    required: [
      ['Event', addWebhook.eventMissing],
      ['WebhookURL', addWebhook.urlMissing],
    ],
    handler: AddWebhookHandler,
    message: ({ Event, WebhookURL }, { userId, domainId }) =>
      new AddWebhook(userId, domainId, Event, WebhookURL, 'emailgateway.addwebhook.public'),
    output: addWebhookOutput,
    reply: ({ webhookId }) => ({ NewWebhookID: webhookId }),
  }),
  defineEndpoint({
    command: 'emailgateway.getwebhooks.public',
    v1: { method: 'GET', path: '/api/v1/webhooks' },
    credential: 'sender',
    sender: {
      missing: getWebhooks.senderApiKeyInvalid,
      unknown: getWebhooks.senderApiKeyInvalid,
      gone: getWebhooks.userInvalid,
      ownerDisabled: getWebhooks.userInvalid,
    },
    docs: {
      summary: 'Get Webhooks (Public API)',
      description:
        'Lists the webhooks of the key’s domain, whoever registered them. A webhook whose endpoint answers 410, or fails for days, is switched off: `Status` is `Disabled` then.',
      example: {
        request: {},
        reply: {
          Success: true,
          ErrorCode: 0,
          Webhooks: [WEBHOOK],
        },
        v1Reply: {
          Webhooks: [WEBHOOK],
        },
      },
    },
    input: getPublicWebhooksInput,
    required: [],
    handler: GetPublicWebhooksHandler,
    message: (_, { userId, domainId }) => new GetPublicWebhooks(userId, domainId),
    output: getPublicWebhooksOutput,
    reply: (webhooks) => ({
      Webhooks: webhooks.map((webhook) => shownWebhook(webhook, publicAlias)),
    }),
  }),
  defineEndpoint({
    command: 'emailgateway.deletewebhook.public',
    v1: { method: 'DELETE', path: '/api/v1/webhooks' },
    credential: 'sender',
    sender: {
      missing: deleteWebhook.senderApiKeyInvalid,
      unknown: deleteWebhook.senderApiKeyInvalid,
      gone: deleteWebhook.userInvalid,
      ownerDisabled: deleteWebhook.userInvalid,
    },
    docs: {
      summary: 'Delete Webhook (Public API)',
      description:
        'Deletes a webhook of the key’s domain, whoever registered it. `WebhookID` stands in the body or in the query. Notifications of it that are still due are dropped.',
      example: {
        request: { WebhookID: 999 },
        reply: { Success: true, ErrorCode: 0 },
        v1Reply: {},
      },
    },
    input: deletePublicWebhookInput,
    required: [['WebhookID', deleteWebhook.webhookIdMissing]],
    handler: DeleteWebhookHandler,
    message: ({ WebhookID }, { userId, domainId }) =>
      new DeleteWebhook(userId, domainId, WebhookID, 'emailgateway.deletewebhook.public'),
    output: deleteWebhookOutput,
    reply: () => ({}),
  }),
];
