import { ERRORS } from '#contracts/errors/catalogue';
import {
  addApiInput,
  addApiOutput,
  deleteApiInput,
  deleteApiOutput,
  getApisInput,
  getApisOutput,
  replaceApiInput,
  replaceApiOutput,
} from '#contracts/http/api-keys';
import { defineEndpoint, type Endpoint } from '../http/endpoint.js';
import { shownTime } from '../sender-domain/domain-row.js';
import { AddApiKey, AddApiKeyHandler } from './add-api-key.js';
import type { ShownApiKey } from './api-key-row.js';
import { DeleteApiKey, DeleteApiKeyHandler } from './delete-api-key.js';
import { GetApiKeys, GetApiKeysHandler } from './get-api-keys.js';
import { ReplaceApiKey, ReplaceApiKeyHandler } from './replace-api-key.js';

const addApi = ERRORS['emailgateway.addapi'];
const getApis = ERRORS['emailgateway.getapis'];
const deleteApi = ERRORS['emailgateway.deleteapi'];
const replaceApi = ERRORS['emailgateway.replaceapi'];

const shownKey = ({ apiKeyId, userId, domainId, apiKey, description, status, createdAt }: ShownApiKey) => ({
  APIKeyID: apiKeyId,
  UserID: userId,
  DomainID: domainId,
  CreatedAt: shownTime(createdAt),
  APIKey: apiKey,
  Description: description,
  Status: status,
  Options: [],
});

const example = {
  APIKeyID: 456,
  UserID: 1,
  DomainID: 123,
  CreatedAt: '2026-05-16 04:26:31',
  APIKey: '4D196964-B909FDD7-134A4E29-6B0E923E',
  Description: 'Production API Key',
  Status: 'Enabled',
  Options: [],
};

export const apiKeysEndpoints: readonly Endpoint[] = [
  defineEndpoint({
    command: 'emailgateway.addapi',
    credential: 'user',
    privilege: 'EmailGateway.ManageDomain',
    docs: {
      summary: 'Create API Key for Domain',
      description:
        'Adds a sender API key to the domain. A domain may have several; each of them sends mail and manages webhooks for that domain alone. `emailgateway.replaceapi` leaves exactly one.',
      example: {
        request: { Description: 'Production API Key', DomainID: 123 },
        reply: { Success: true, ErrorCode: 0, NewAPIKeyID: 456, APIKey: example },
      },
    },
    input: addApiInput,
    required: [
      ['Description', addApi.descriptionMissing],
      ['DomainID', addApi.domainIdMissing],
    ],
    handler: AddApiKeyHandler,
    message: ({ DomainID, Description }, { userId }) => new AddApiKey(userId, DomainID, Description),
    output: addApiOutput,
    reply: (key) => ({ NewAPIKeyID: key.apiKeyId, APIKey: shownKey(key) }),
  }),
  defineEndpoint({
    command: 'emailgateway.getapis',
    credential: 'user',
    privilege: 'EmailGateway.ManageDomain',
    docs: {
      summary: 'Get Domain API Keys',
      description:
        'Lists the sender API keys of the domain, with the whole key of each. Keys are stored encrypted.',
      example: {
        request: { DomainID: 123 },
        reply: { Success: true, ErrorCode: 0, APIKeys: [example] },
      },
    },
    input: getApisInput,
    required: [['DomainID', getApis.domainIdMissing]],
    handler: GetApiKeysHandler,
    message: ({ DomainID }, { userId }) => new GetApiKeys(userId, DomainID),
    output: getApisOutput,
    reply: (keys) => ({ APIKeys: keys.map(shownKey) }),
  }),
  defineEndpoint({
    command: 'emailgateway.deleteapi',
    credential: 'user',
    privilege: 'EmailGateway.ManageDomain',
    docs: {
      summary: 'Delete Domain API Key',
      description:
        'Deletes a sender API key. It is refused from the moment of the reply on. Mail that was accepted with it stays accepted, also what has a `SendAt` in the future; `emailgateway.cleardomainqueue` drops it.',
      example: { request: { APIKeyID: 456 }, reply: { Success: true, ErrorCode: 0 } },
    },
    input: deleteApiInput,
    required: [['APIKeyID', deleteApi.apiKeyIdMissing]],
    handler: DeleteApiKeyHandler,
    message: ({ APIKeyID }, { userId }) => new DeleteApiKey(userId, APIKeyID),
    output: deleteApiOutput,
    reply: () => ({}),
  }),
  defineEndpoint({
    command: 'emailgateway.replaceapi',
    credential: 'user',
    privilege: 'EmailGateway.ManageDomain',
    docs: {
      summary: 'Atomically Replace a Domain API Key',
      description:
        'Removes every key of the domain and adds a new one, in one transaction: either all of it happens, or (code 4) nothing does. The old keys are refused from the moment of the reply on. Of calls that come at the same time each succeeds, and the key of the last one remains. The rows of the old keys are removed, not kept as deleted ones. The ids inside `APIKey` are texts.',
      example: {
        request: { DomainID: 123, Description: 'Rotated 2026-05-16' },
        reply: {
          Success: true,
          ErrorCode: 0,
          NewAPIKeyID: 92,
          APIKey: {
            ...example,
            APIKeyID: '92',
            UserID: '1',
            DomainID: '123',
            Description: 'Rotated 2026-05-16',
          },
        },
      },
    },
    input: replaceApiInput,
    required: [
      ['Description', replaceApi.descriptionMissing],
      ['DomainID', replaceApi.domainIdMissing],
    ],
    handler: ReplaceApiKeyHandler,
    message: ({ DomainID, Description }, { userId }) => new ReplaceApiKey(userId, DomainID, Description),
    output: replaceApiOutput,
    reply: (key) => ({
      NewAPIKeyID: key.apiKeyId,
      APIKey: {
        ...shownKey(key),
        APIKeyID: `${key.apiKeyId}`,
        UserID: `${key.userId}`,
        DomainID: `${key.domainId}`,
      },
    }),
  }),
];
