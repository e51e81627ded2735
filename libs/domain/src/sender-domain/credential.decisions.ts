import { type Decision, refuse } from '../decision.js';
import { ownedDomain } from './lifecycle.decisions.js';
import { type SenderDomain, type SenderDomainEvent } from './sender-domain.js';

/** Characters that a description may have; the room it has in the API's tables. */
const MAX_DESCRIPTION_LENGTH = 255;

/** What is kept of a description. No code of the contract refuses a long one, so its end is cut off. */
export const storedDescription = (text: string): string =>
  Array.from(text).slice(0, MAX_DESCRIPTION_LENGTH).join('');

export interface AddApiKey {
  readonly userId: number;
  readonly apiKeyId: number;
  readonly description: string;
}

/** A domain may have any number of keys, in any status of its own. */
export const addApiKey = (
  command: AddApiKey,
  domain: SenderDomain,
): Decision<SenderDomainEvent, 'domain-not-found'> => {
  const { userId, apiKeyId, description } = command;
  if (ownedDomain(userId, domain) === undefined) return refuse('domain-not-found');
  return [{ type: 'ApiKeyAdded', apiKeyId, description: storedDescription(description) }];
};

export interface DeleteApiKey {
  readonly userId: number;
  readonly apiKeyId: number;
}

/** A key is deleted once; unknown, foreign and deleted cannot be told apart. */
export const deleteApiKey = (
  { userId, apiKeyId }: DeleteApiKey,
  domain: SenderDomain,
): Decision<SenderDomainEvent, 'api-key-not-found'> =>
  ownedDomain(userId, domain)?.apiKeys.some((key) => key.apiKeyId === apiKeyId)
    ? [{ type: 'ApiKeyDeleted', apiKeyId }]
    : refuse('api-key-not-found');

/** The domain's keys become this one, whatever keys it had; without any it is the same as adding one. */
export const replaceApiKeys = (
  command: AddApiKey,
  domain: SenderDomain,
): Decision<SenderDomainEvent, 'domain-not-found'> => {
  const added = addApiKey(command, domain);
  if ('refused' in added) return added;
  const prior = ownedDomain(command.userId, domain)?.apiKeys ?? [];
  return [...prior.map(({ apiKeyId }) => ({ type: 'ApiKeyDeleted' as const, apiKeyId })), ...added];
};

export interface AddSmtpLogin {
  readonly userId: number;
  readonly smtpId: number;
  readonly username: string;
}

export const addSmtpLogin = (
  command: AddSmtpLogin,
  domain: SenderDomain,
): Decision<SenderDomainEvent, 'domain-not-found'> => {
  const { userId, smtpId, username } = command;
  if (ownedDomain(userId, domain) === undefined) return refuse('domain-not-found');
  return [{ type: 'SmtpLoginAdded', smtpId, username }];
};

export interface OneSmtpLogin {
  readonly userId: number;
  readonly smtpId: number;
}

export const resetSmtpPassword = (
  { userId, smtpId }: OneSmtpLogin,
  domain: SenderDomain,
): Decision<SenderDomainEvent, 'smtp-login-not-found'> =>
  hasSmtpLogin(userId, smtpId, domain)
    ? [{ type: 'SmtpPasswordReset', smtpId }]
    : refuse('smtp-login-not-found');

export const deleteSmtpLogin = (
  { userId, smtpId }: OneSmtpLogin,
  domain: SenderDomain,
): Decision<SenderDomainEvent, 'smtp-login-not-found'> =>
  hasSmtpLogin(userId, smtpId, domain)
    ? [{ type: 'SmtpLoginDeleted', smtpId }]
    : refuse('smtp-login-not-found');

const hasSmtpLogin = (userId: number, smtpId: number, domain: SenderDomain): boolean =>
  ownedDomain(userId, domain)?.smtpLogins.some((login) => login.smtpId === smtpId) ?? false;

export interface RotateSigningKey {
  readonly userId: number;
}

/** The key itself is a secret and stays outside; the fact is that webhooks are signed with another one now. */
export const rotateSigningKey = (
  command: RotateSigningKey,
  domain: SenderDomain,
): Decision<SenderDomainEvent, 'domain-not-found'> =>
  ownedDomain(command.userId, domain) === undefined
    ? refuse('domain-not-found')
    : [{ type: 'SigningKeyRotated' }];
