import Type from 'typebox';
import { ERRORS } from '#contracts/errors/catalogue';
import { id, text } from '#contracts/http/parameters';
import { defineEndpoint, type Endpoint } from '../http/endpoint.js';
import { shownTime } from '../sender-domain/domain-row.js';
import { AddApiKey, AddApiKeyHandler } from './add-api-key.js';
import { DeleteApiKey, DeleteApiKeyHandler } from './delete-api-key.js';

const addApi = ERRORS['emailgateway.addapi'];
const deleteApi = ERRORS['emailgateway.deleteapi'];

export const apiKeysEndpoints: readonly Endpoint[] = [
  defineEndpoint({
    command: 'emailgateway.addapi',
    credential: 'user',
    privilege: 'EmailGateway.ManageDomain',
    input: Type.Object({
      Description: text('Description for the API key; characters after the 255th are cut off'),
      DomainID: id('Sender domain ID'),
    }),
    required: [
      ['Description', addApi.descriptionMissing],
      ['DomainID', addApi.domainIdMissing],
    ],
    handler: AddApiKeyHandler,
    message: ({ DomainID, Description }, { userId }) => new AddApiKey(userId, DomainID, Description),
    reply: ({ apiKeyId, userId, domainId, apiKey, description, createdAt }) => ({
      NewAPIKeyID: apiKeyId,
      APIKey: {
        APIKeyID: apiKeyId,
        UserID: userId,
        DomainID: domainId,
        CreatedAt: shownTime(createdAt),
        APIKey: apiKey,
        Description: description,
        Status: 'Enabled',
        Options: [],
      },
    }),
  }),
  defineEndpoint({
    command: 'emailgateway.deleteapi',
    credential: 'user',
    privilege: 'EmailGateway.ManageDomain',
    input: Type.Object({ APIKeyID: id('API key ID') }),
    required: [['APIKeyID', deleteApi.apiKeyIdMissing]],
    handler: DeleteApiKeyHandler,
    message: ({ APIKeyID }, { userId }) => new DeleteApiKey(userId, APIKeyID),
    reply: () => ({}),
  }),
];
