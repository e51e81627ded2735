import Type from 'typebox';
import { id, text } from './parameters.js';

const newKey = {
  Description: text('Description for the API key; characters after the 255th are cut off'),
  DomainID: id('Sender domain ID'),
};

/** `emailgateway.addapi`. */
export const addApiInput = Type.Object(newKey);

/** `emailgateway.replaceapi`. */
export const replaceApiInput = Type.Object(newKey);

/** `emailgateway.getapis`. */
export const getApisInput = Type.Object({ DomainID: id('Sender domain ID') });

/** `emailgateway.deleteapi`. */
export const deleteApiInput = Type.Object({ APIKeyID: id('API key ID') });

/** Members of a key whose type is the same wherever it is shown. */
const shown = {
  CreatedAt: Type.String({ description: 'When it was added, `YYYY-MM-DD HH:MM:SS` in UTC' }),
  APIKey: Type.String({
    description: 'The sender API key, whole: four groups of eight upper-case hexadecimal digits',
  }),
  Description: Type.String({ description: 'Its description, at most 255 characters' }),
  Status: Type.Union([Type.Literal('Enabled'), Type.Literal('Disabled')], {
    description: 'A key that is not Enabled is refused',
  }),
  Options: Type.Array(Type.Unknown(), { description: 'Always empty' }),
};

const apiKey = Type.Object(
  {
    APIKeyID: Type.Integer({ description: 'API key ID' }),
    UserID: Type.Integer({ description: 'Owner of the domain' }),
    DomainID: Type.Integer({ description: 'Sender domain that the key sends for' }),
    ...shown,
  },
  { description: 'A sender API key' },
);

export const addApiOutput = Type.Object({
  NewAPIKeyID: Type.Integer({ description: 'ID of the new key' }),
  APIKey: apiKey,
});

export const getApisOutput = Type.Object({
  APIKeys: Type.Array(apiKey, {
    description: 'Every key of the domain that is not deleted, oldest first; empty when there is none',
  }),
});

export const deleteApiOutput = Type.Object({});

/** Here ids inside the object are texts, as the contract shows them; `NewAPIKeyID` is a number. */
export const replaceApiOutput = Type.Object({
  NewAPIKeyID: Type.Integer({ description: 'ID of the new key' }),
  APIKey: Type.Object(
    {
      APIKeyID: Type.String({ description: 'API key ID, in digits' }),
      UserID: Type.String({ description: 'Owner of the domain, in digits' }),
      DomainID: Type.String({ description: 'Sender domain that the key sends for, in digits' }),
      ...shown,
    },
    { description: 'The one key that the domain has now' },
  ),
});
