import { describe, expect, it } from '@jest/globals';
import { OWNER, STRANGER, added, deleted, given, revived, set } from '../testing/sender-domain.given.js';
import {
  addApiKey,
  addSmtpLogin,
  deleteApiKey,
  deleteSmtpLogin,
  replaceApiKeys,
  resetSmtpPassword,
  rotateSigningKey,
} from './credential.decisions.js';
import { activeWebhook, addWebhook, deleteWebhook } from './webhook.decisions.js';

const NOT_THERE = [
  ['unknown', [], OWNER],
  ['foreign', [added], STRANGER],
  ['deleted', [added, deleted], OWNER],
] as const;

describe('adding an API key', () => {
  const command = { userId: OWNER, apiKeyId: 3, description: 'Production' };
  const keyAdded = { type: 'ApiKeyAdded', apiKeyId: 3, description: 'Production' } as const;

  it('adds one, whatever the status of the domain', () => {
    expect(given(added).when(addApiKey, command)).toEqual([keyAdded]);
    expect(given(added, set('Suspended')).when(addApiKey, command)).toEqual([keyAdded]);
  });

  it('lets a domain have several', () => {
    expect(given(added, keyAdded).when(addApiKey, { ...command, apiKeyId: 4 })).toEqual([
      { ...keyAdded, apiKeyId: 4 },
    ]);
    expect(given(added, keyAdded, { ...keyAdded, apiKeyId: 4 }).state).toMatchObject({
      apiKeys: [{ apiKeyId: 3 }, { apiKeyId: 4 }],
    });
  });

  it('cuts a description to its room without tearing a character', () => {
    expect(given(added).when(addApiKey, { ...command, description: `${'a'.repeat(254)}😀b` })).toEqual([
      { ...keyAdded, description: `${'a'.repeat(254)}😀` },
    ]);
  });

  it.each(NOT_THERE)('refuses a domain that is %s', (_, history, userId) => {
    expect(given(...history).when(addApiKey, { ...command, userId })).toEqual({
      refused: 'domain-not-found',
    });
  });
});

describe('deleting an API key', () => {
  const keyAdded = { type: 'ApiKeyAdded', apiKeyId: 3, description: 'Production' } as const;
  const otherAdded = { ...keyAdded, apiKeyId: 4 };
  const keyDeleted = { type: 'ApiKeyDeleted', apiKeyId: 3 } as const;
  const command = { userId: OWNER, apiKeyId: 3 };

  it('deletes one, whatever the status of the domain', () => {
    expect(given(added, keyAdded).when(deleteApiKey, command)).toEqual([keyDeleted]);
    expect(given(added, keyAdded, set('Suspended')).when(deleteApiKey, command)).toEqual([keyDeleted]);
  });

  it('leaves the other keys of the domain', () => {
    const rest = given(added, keyAdded, otherAdded, keyDeleted);
    expect(rest.state).toMatchObject({ apiKeys: [{ apiKeyId: 4 }] });
    expect(rest.when(deleteApiKey, { ...command, apiKeyId: 4 })).toEqual([{ ...keyDeleted, apiKeyId: 4 }]);
  });

  it.each([
    ['unknown', [added, otherAdded], OWNER],
    ['foreign', [added, keyAdded], STRANGER],
    ['deleted', [added, keyAdded, otherAdded, keyDeleted], OWNER],
    ['deleted with its domain', [added, keyAdded, deleted], OWNER],
    ['deleted with an earlier life of its domain', [added, keyAdded, deleted, revived], OWNER],
    ['of a domain that is unknown', [], OWNER],
  ] as const)('refuses one that is %s', (_, history, userId) => {
    expect(given(...history).when(deleteApiKey, { ...command, userId })).toEqual({
      refused: 'api-key-not-found',
    });
  });
});

describe('replacing the API keys', () => {
  const keyAdded = { type: 'ApiKeyAdded', apiKeyId: 3, description: 'Production' } as const;
  const otherAdded = { ...keyAdded, apiKeyId: 4 };
  const keyDeleted = { type: 'ApiKeyDeleted', apiKeyId: 3 } as const;
  const command = { userId: OWNER, apiKeyId: 9, description: 'Rotated' };
  const replacement = { type: 'ApiKeyAdded', apiKeyId: 9, description: 'Rotated' } as const;

  it('ends every key of the domain and adds one', () => {
    const replaced = given(added, keyAdded, otherAdded).when(replaceApiKeys, command);
    expect(replaced).toEqual([keyDeleted, { ...keyDeleted, apiKeyId: 4 }, replacement]);
    expect(
      given(added, keyAdded, otherAdded, keyDeleted, { ...keyDeleted, apiKeyId: 4 }, replacement).state,
    ).toMatchObject({ apiKeys: [{ apiKeyId: 9, description: 'Rotated' }] });
  });

  it('only adds one when there is none, or none any more', () => {
    expect(given(added).when(replaceApiKeys, command)).toEqual([replacement]);
    expect(given(added, keyAdded, keyDeleted).when(replaceApiKeys, command)).toEqual([replacement]);
    expect(given(added, keyAdded, deleted, revived).when(replaceApiKeys, command)).toEqual([replacement]);
  });

  it('cuts a description to its room', () => {
    expect(given(added).when(replaceApiKeys, { ...command, description: 'a'.repeat(300) })).toEqual([
      { ...replacement, description: 'a'.repeat(255) },
    ]);
  });

  it.each(NOT_THERE)('refuses a domain that is %s, and ends nothing', (_, history, userId) => {
    expect(given(...history).when(replaceApiKeys, { ...command, userId })).toEqual({
      refused: 'domain-not-found',
    });
  });
});

describe('SMTP logins', () => {
  const command = { userId: OWNER, smtpId: 5, username: 'smtp_a1' };
  const loginAdded = { type: 'SmtpLoginAdded', smtpId: 5, username: 'smtp_a1' } as const;

  it('are added, reset and deleted', () => {
    expect(given(added).when(addSmtpLogin, command)).toEqual([loginAdded]);
    expect(given(added, loginAdded).when(resetSmtpPassword, command)).toEqual([
      { type: 'SmtpPasswordReset', smtpId: 5 },
    ]);
    expect(given(added, loginAdded).when(deleteSmtpLogin, command)).toEqual([
      { type: 'SmtpLoginDeleted', smtpId: 5 },
    ]);
  });

  it('keep what they are when the password changes', () => {
    const reset = { type: 'SmtpPasswordReset', smtpId: 5 } as const;
    expect(given(added, loginAdded, reset).state).toEqual(given(added, loginAdded).state);
  });

  it.each(NOT_THERE)('are refused to a domain that is %s', (_, history, userId) => {
    expect(given(...history).when(addSmtpLogin, { ...command, userId })).toEqual({
      refused: 'domain-not-found',
    });
  });

  it.each([
    ['unknown', [added], OWNER],
    ['foreign', [added, loginAdded], STRANGER],
    ['deleted', [added, loginAdded, { type: 'SmtpLoginDeleted', smtpId: 5 }], OWNER],
    ['deleted with its domain', [added, loginAdded, deleted], OWNER],
  ] as const)('cannot be changed when %s', (_, history, userId) => {
    const one = { ...command, userId };
    expect(given(...history).when(resetSmtpPassword, one)).toEqual({ refused: 'smtp-login-not-found' });
    expect(given(...history).when(deleteSmtpLogin, one)).toEqual({ refused: 'smtp-login-not-found' });
  });
});

describe('webhooks', () => {
  const command = {
    userId: OWNER,
    webhookId: 9,
    event: 'delivered',
    url: 'https://example.org/hook',
    switchedOff: [],
    leadsInside: false,
  };
  const webhookAdded = {
    type: 'WebhookAdded',
    webhookId: 9,
    event: 'delivered',
    url: 'https://example.org/hook',
  } as const;

  it('are added with the address as it was given', () => {
    expect(given(added).when(addWebhook, command)).toEqual([webhookAdded]);
  });

  it('send one event to one address once: what is there may be added again, and stays', () => {
    const again = { ...command, webhookId: 10 };
    expect(given(added, webhookAdded).when(addWebhook, again)).toEqual([]);
    const { state } = given(added, webhookAdded);
    expect(activeWebhook(again, state)).toMatchObject({ webhookId: 9 });
  });

  it.each([
    ['another event', { event: 'opened' }],
    ['another address', { url: 'https://example.org/hook2' }],
    ['one whose webhook was switched off', { switchedOff: [9] }],
  ])('are added for %s', (_what, change) => {
    const { event = 'delivered', url = command.url } = { event: undefined, url: undefined, ...change };
    expect(given(added, webhookAdded).when(addWebhook, { ...command, webhookId: 10, ...change })).toEqual([
      { ...webhookAdded, webhookId: 10, event, url },
    ]);
  });

  it('are added once more after the one that was there is deleted', () => {
    const history = [added, webhookAdded, { type: 'WebhookDeleted', webhookId: 9 } as const];
    expect(given(...history).when(addWebhook, { ...command, webhookId: 10 })).toEqual([
      { ...webhookAdded, webhookId: 10 },
    ]);
  });

  it.each(['delivery', 'accepted-by-mta', 'accepted', ''])('refuse the event %j', (event) => {
    expect(given(added).when(addWebhook, { ...command, event })).toEqual({ refused: 'event-unknown' });
  });

  it('refuse an address that is none', () => {
    expect(given(added).when(addWebhook, { ...command, url: 'ftp://example.org/' })).toEqual({
      refused: 'webhook-url-invalid',
    });
  });

  it('refuse a host that leads to an address inside', () => {
    expect(given(added).when(addWebhook, { ...command, leadsInside: true })).toEqual({
      refused: 'webhook-host-forbidden',
    });
  });

  it('refuse an address that leads to ourselves', () => {
    expect(given(added).when(addWebhook, { ...command, url: 'http://localhost/' })).toEqual({
      refused: 'webhook-host-forbidden',
    });
  });

  it.each(NOT_THERE)('are refused to a domain that is %s', (_, history, userId) => {
    expect(given(...history).when(addWebhook, { ...command, userId })).toEqual({
      refused: 'domain-not-found',
    });
    expect(given(...history).when(deleteWebhook, { userId, webhookId: 9 })).toEqual({
      refused: 'domain-not-found',
    });
  });

  it('name the first of several faults: event, domain, address', () => {
    const faults = { ...command, event: 'nothing', url: 'nothing' };
    expect(given().when(addWebhook, faults)).toEqual({ refused: 'event-unknown' });
    expect(given().when(addWebhook, { ...faults, event: 'opened' })).toEqual({ refused: 'domain-not-found' });
  });

  it('are deleted once, and only from their own domain', () => {
    const one = { userId: OWNER, webhookId: 9 };
    const webhookDeleted = { type: 'WebhookDeleted', webhookId: 9 } as const;
    expect(given(added, webhookAdded).when(deleteWebhook, one)).toEqual([webhookDeleted]);
    expect(given(added).when(deleteWebhook, one)).toEqual({ refused: 'webhook-not-found' });
    expect(given(added, webhookAdded, webhookDeleted).when(deleteWebhook, one)).toEqual({
      refused: 'webhook-not-found',
    });
  });
});

describe('rotating the signing key', () => {
  it('gives the domain a key of its own', () => {
    expect(given(added).state).toMatchObject({ ownSigningKey: false });
    expect(given(added).when(rotateSigningKey, { userId: OWNER })).toEqual([{ type: 'SigningKeyRotated' }]);
    expect(given(added, { type: 'SigningKeyRotated' }).state).toMatchObject({ ownSigningKey: true });
  });

  it.each(NOT_THERE)('is refused to a domain that is %s', (_, history, userId) => {
    expect(given(...history).when(rotateSigningKey, { userId })).toEqual({ refused: 'domain-not-found' });
  });
});
