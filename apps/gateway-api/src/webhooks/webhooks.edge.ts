import Type from 'typebox';
import { ERRORS } from '#contracts/errors/catalogue';
import { id, text } from '#contracts/http/parameters';
import { privateAlias } from '#contracts/mail-events/vocabulary';
import { defineEndpoint, type Endpoint } from '../http/endpoint.js';
import { AddWebhook, AddWebhookHandler } from './add-webhook.js';
import { GetWebhooks, GetWebhooksHandler } from './get-webhooks.js';

const addWebhook = ERRORS['emailgateway.addwebhook'];
const getWebhooks = ERRORS['emailgateway.getwebhooks'];

export const webhooksEndpoints: readonly Endpoint[] = [
  defineEndpoint({
    command: 'emailgateway.addwebhook',
    credential: 'user',
    privilege: 'EmailGateway.ManageDomain',
    input: Type.Object({
      DomainID: id('Sender domain ID'),
      Event: text(
        'delivery, bounce, open, click, unsubscribe or complaint; the public names are taken as well',
      ),
      WebhookURL: text(
        'http or https URL without user information; its host, or what that resolves to, is a public or an allowed address',
      ),
    }),
    required: [
      ['DomainID', addWebhook.domainIdMissing],
      ['Event', addWebhook.eventMissing],
      ['WebhookURL', addWebhook.urlMissing],
    ],
    handler: AddWebhookHandler,
    message: ({ DomainID, Event, WebhookURL }, { userId }) =>
      new AddWebhook(userId, DomainID, Event, WebhookURL),
    reply: ({ webhookId }) => ({ NewWebhookID: webhookId }),
    withErrorMessage: [addWebhook.urlInvalid, addWebhook.hostForbidden],
  }),
  defineEndpoint({
    command: 'emailgateway.getwebhooks',
    credential: 'user',
    privilege: 'EmailGateway.ManageDomain',
    input: Type.Object({ DomainID: id('Sender domain ID') }),
    required: [['DomainID', getWebhooks.domainIdMissing]],
    handler: GetWebhooksHandler,
    message: ({ DomainID }, { userId }) => new GetWebhooks(userId, DomainID),
    reply: ({ signingKey, webhooks }) => ({
      SigningKey: signingKey,
      Webhooks: webhooks.map(({ webhookId, event, url }) => ({
        WebhookID: webhookId,
        Event: privateAlias(event),
        WebhookURL: url,
      })),
    }),
  }),
];
