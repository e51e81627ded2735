import type { Credential } from '../caller.js';

/** Names of `components.securitySchemes` by credential; one of them is enough. */
export const SCHEMES: Readonly<Record<Credential, readonly string[]>> = {
  user: ['APIKey', 'SessionID'],
  sender: ['SenderAPIKey'],
  admin: ['AdminAPIKey'],
  anonymous: [],
};

const parameter = (name: string, description: string) => ({
  type: 'apiKey',
  in: 'query',
  name,
  description: `${description} In the query or as a parameter of the body.`,
});

export const SECURITY_SCHEMES = {
  APIKey: parameter('APIKey', 'API key of a user.'),
  SessionID: parameter('SessionID', 'Session from `user.login`.'),
  SenderAPIKey: parameter('SenderAPIKey', 'API key of a sender domain.'),
  AdminAPIKey: parameter('AdminAPIKey', "The installation's admin key."),
  Bearer: {
    type: 'http',
    scheme: 'bearer',
    description:
      "API key of a sender domain, or the installation's admin key where an endpoint says so. It wins over the parameter; a header of another scheme says nothing of the key.",
  },
};
