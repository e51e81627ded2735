/* oxlint-disable jest/no-standalone-expect -- the suite calls `then` inside the test of its case */
import { expect } from '@jest/globals';
import type { ContractCase, Given } from '../contract-case.js';
import { FAULTY, WEBHOOK_URL, type World } from '../world.js';

const ofDomain = ({ main }: World): Given => ({ parameters: { DomainID: main.domain.domainId } });
const KEY = /^[0-9A-F]{8}(?:-[0-9A-F]{8}){3}$/;
const OK = { Success: true, ErrorCode: 0 };

const apiKeys: readonly ContractCase[] = [
  {
    endpoint: 'emailgateway.addapi',
    code: 'success',
    name: 'the key is told and opens the public API at once',
    given: ({ main }) => ({
      parameters: { DomainID: main.domain.domainId, Description: 'Production API Key' },
    }),
    async then({ json }, { main }) {
      const { APIKey, APIKeyID } = json['APIKey'] as Record<string, unknown>;
      expect(APIKey).toMatch(KEY);
      expect(APIKeyID).toBe(json['NewAPIKeyID']);
      await main.call('emailgateway.getwebhooks.public', { APIKey: undefined, SenderAPIKey: APIKey });
    },
  },
  {
    endpoint: 'emailgateway.getapis',
    code: 'success',
    name: 'every key of the domain that was not deleted, with its value',
    given: async ({ main }) => {
      const domain = await main.newDomain();
      const { id } = await main.apiKey(domain);
      await main.call('emailgateway.deleteapi', { APIKeyID: id });
      return { parameters: { DomainID: domain.domainId }, was: domain.senderKey };
    },
    then({ json }, _world, { was }) {
      expect(json['APIKeys']).toHaveLength(1);
      expect(json['APIKeys']).toEqual([expect.objectContaining({ APIKey: was })]);
    },
  },
  {
    endpoint: 'emailgateway.getapis',
    code: 'success',
    name: 'none is an empty list',
    given: async ({ main }) => {
      const { NewSenderDomainID } = await main.call('emailgateway.adddomain', {
        DomainName: `none-${Date.now()}.example.com`,
      });
      return { parameters: { DomainID: NewSenderDomainID } };
    },
    then: ({ json }) => expect(json['APIKeys']).toEqual([]),
  },
  {
    endpoint: 'emailgateway.deleteapi',
    code: 'success',
    name: 'the key is unknown from then on',
    given: async ({ main }) => {
      const { id, key } = await main.apiKey();
      return { parameters: { APIKeyID: id }, was: key };
    },
    async then(reply, { main }, { was: SenderAPIKey }) {
      expect(reply.json).toEqual(OK);
      const after = await main.gateway.command('emailgateway.getwebhooks.public', { SenderAPIKey });
      expect(after.json).toMatchObject({ ErrorCode: 13 });
    },
  },
  {
    endpoint: 'emailgateway.replaceapi',
    code: 'success',
    name: 'one key remains, the new one',
    given: async ({ main }) => {
      const domain = await main.newDomain();
      await main.apiKey(domain);
      return { parameters: { DomainID: domain.domainId, Description: 'Rotated 2026-05-16' } };
    },
    async then({ json }, { main }, { parameters }) {
      const { APIKey, APIKeyID } = json['APIKey'] as Record<string, unknown>;
      expect(APIKeyID).toBe(`${String(json['NewAPIKeyID'])}`);
      const { APIKeys } = await main.call('emailgateway.getapis', { DomainID: parameters?.['DomainID'] });
      expect(APIKeys).toEqual([expect.objectContaining({ APIKey })]);
    },
  },
  {
    endpoint: 'emailgateway.replaceapi',
    code: 4,
    name: 'the transaction fails: no key is replaced, and the old one works on',
    given: async (world) => {
      const side = await world.with(FAULTY);
      await side.once('failing keys', async () => {
        await side.sql(
          `CREATE TRIGGER contract_no_key BEFORE INSERT ON oempro_eg_api_keys FOR EACH ROW
           SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213, MESSAGE_TEXT = 'a deadlock, however often'`,
        );
      });
      return { side, parameters: { DomainID: side.domain.domainId, Description: 'never' } };
    },
    async then(_reply, world, { side = world.main }) {
      const { senderKey: SenderAPIKey } = side.domain;
      await side.call('emailgateway.getwebhooks.public', { APIKey: undefined, SenderAPIKey });
    },
  },
];

const smtpLogins: readonly ContractCase[] = [
  {
    endpoint: 'emailgateway.addsmtp',
    code: 'success',
    name: 'the login is told once, and the relay takes it at once',
    given: async ({ main }) => ({ parameters: { DomainID: main.domain.domainId } }),
    async then({ json }, { main }) {
      const { SMTPUsername, SMTPPassword } = json['SMTP'] as Record<string, unknown>;
      const AdminAPIKey = main.gateway.adminKey;
      await main.call('emailgateway.smtprelay', { AdminAPIKey, SMTPUsername, SMTPPassword });
    },
  },
  {
    endpoint: 'emailgateway.getsmtps',
    code: 'success',
    name: 'logins are listed without password',
    given: async ({ main }) => {
      await main.once('a login', () => main.smtpLogin());
      return ofDomainOf(main.domain.domainId);
    },
    then({ json, text }) {
      expect(json['SMTPs']).not.toEqual([]);
      expect(text).not.toMatch(/password/i);
    },
  },
  {
    endpoint: 'emailgateway.getsmtps',
    code: 'success',
    name: 'none is an empty list',
    given: async ({ main }) => ofDomainOf((await main.newDomain()).domainId),
    then: ({ json }) => expect(json['SMTPs']).toEqual([]),
  },
  {
    endpoint: 'emailgateway.deletesmtp',
    code: 'success',
    name: 'the login is unknown from then on',
    given: async ({ main }) => ({ parameters: { SMTPID: (await main.smtpLogin()).id } }),
    then: ({ json }) => expect(json).toEqual(OK),
  },
  {
    endpoint: 'emailgateway.resetsmtppassword',
    code: 'success',
    name: 'the old password stops working at once, the new one works',
    given: async ({ main }) => {
      const { id, password } = await main.smtpLogin();
      return { parameters: { SMTPID: id }, was: password };
    },
    async then({ json }, { main }, { was }) {
      const { SMTPUsername, SMTPPassword } = json['SMTP'] as Record<string, unknown>;
      const relay = (password: unknown) =>
        main.gateway.command('emailgateway.smtprelay', {
          AdminAPIKey: main.gateway.adminKey,
          SMTPUsername,
          SMTPPassword: password,
        });
      expect((await relay(was)).json).toMatchObject({ ErrorCode: 3 });
      expect((await relay(SMTPPassword)).json).toMatchObject({ Success: true });
    },
  },
];

function ofDomainOf(DomainID: number): Given {
  return { parameters: { DomainID } };
}

const webhook =
  (change: object) =>
  (world: World): Given => ({
    parameters: { ...ofDomain(world).parameters, Event: 'delivery', WebhookURL: WEBHOOK_URL, ...change },
  });
const refusedWebhook = (code: number, parameter: string, value: unknown): ContractCase => ({
  endpoint: 'emailgateway.addwebhook',
  code,
  name: `${parameter} ${JSON.stringify(value)} is refused`,
  given: webhook({ [parameter]: value }),
  then({ json }) {
    if (code >= 6) expect(json['ErrorMessage']).toBe(json['ErrorText']);
  },
});

/** Hosts that mean this machine, in the spellings that get past a careless comparison. */
export const FORBIDDEN_HOSTS = [
  'http://localhost/hook',
  'https://LOCALHOST./hook',
  'http://127.0.0.1/hook',
  'http://127.0.0.1:8080/hook',
  'http://[::1]/hook',
  'http://printer.local/hook',
  'http://127.1/hook',
  'http://2130706433/hook',
  'http://user@localhost/hook',
];
export const NO_HTTP_URLS = [
  'ftp://example.com/hook',
  'javascript:alert(1)',
  'hook',
  '//example.com/hook',
  'http://',
];

const webhooks: readonly ContractCase[] = [
  {
    endpoint: 'emailgateway.addwebhook',
    code: 'success',
    name: 'a webhook for an event',
    given: webhook({}),
  },
  ...['delivery', 'bounce', 'open', 'click', 'unsubscribe', 'complaint'].map((Event): ContractCase => ({
    endpoint: 'emailgateway.addwebhook',
    code: 'success',
    name: `${Event} is an event`,
    given: webhook({ Event, WebhookURL: `${WEBHOOK_URL}/${Event}` }),
    async then({ json }, { main }) {
      const { Webhooks } = await main.call('emailgateway.getwebhooks', { DomainID: main.domain.domainId });
      expect(Webhooks).toContainEqual(
        expect.objectContaining({
          WebhookID: json['NewWebhookID'],
          Event,
          WebhookURL: `${WEBHOOK_URL}/${Event}`,
        }),
      );
    },
  })),
  ...['sent', 'accepted', 'accepted-by-mta', '*'].map((event) => refusedWebhook(3, 'Event', event)),
  ...NO_HTTP_URLS.map((url) => refusedWebhook(6, 'WebhookURL', url)),
  ...FORBIDDEN_HOSTS.map((url) => refusedWebhook(7, 'WebhookURL', url)),
  {
    endpoint: 'emailgateway.addwebhook',
    code: 3,
    name: 'the event is judged before the domain',
    given: webhook({ Event: 'sent', DomainID: 999_999_999 }),
  },
  {
    endpoint: 'emailgateway.addwebhook',
    code: 4,
    name: 'the domain is judged before the URL',
    given: webhook({ DomainID: 999_999_999, WebhookURL: 'hook' }),
  },
  {
    endpoint: 'emailgateway.getwebhooks',
    code: 'success',
    name: 'the webhooks of the domain in the private words, with the signing key in force',
    given: async (world) => {
      const { main } = world;
      await main.once('a webhook', () => main.webhook());
      return ofDomain(world);
    },
    then({ json }) {
      expect(json['SigningKey']).toMatch(/^[0-9A-F]{4}(?:-[0-9A-F]{4}){7}$/);
      expect(json['Webhooks']).not.toEqual([]);
    },
  },
  {
    endpoint: 'emailgateway.deletewebhook',
    code: 'success',
    name: 'the webhook is in no listing',
    given: async ({ main }) => ({
      parameters: { WebhookID: await main.webhook(), DomainID: main.domain.domainId },
    }),
    async then(reply, { main }, { parameters }) {
      expect(reply.json).toEqual(OK);
      const { Webhooks } = await main.call('emailgateway.getwebhooks', { DomainID: main.domain.domainId });
      expect((Webhooks as { WebhookID: number }[]).map(({ WebhookID }) => WebhookID)).not.toContain(
        parameters?.['WebhookID'],
      );
    },
  },
  {
    endpoint: 'emailgateway.deletewebhook',
    code: 4,
    name: 'a webhook of another own domain is not found on this one',
    given: async ({ main }) => {
      const other = await main.newDomain();
      return { parameters: { WebhookID: await main.webhook(other), DomainID: main.domain.domainId } };
    },
  },
];

export const credentialCases: readonly ContractCase[] = [...apiKeys, ...smtpLogins, ...webhooks];
