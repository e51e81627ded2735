/* oxlint-disable jest/no-standalone-expect -- the suite calls `then` inside the test of its case */
import { expect } from '@jest/globals';
import type { TestReply } from '../../http/testing/test-gateway.js';
import type { ContractCase, Given } from '../contract-case.js';
import { WEBHOOK_URL, type Side, type World } from '../world.js';
import { FORBIDDEN_HOSTS, NO_HTTP_URLS } from './credentials.cases.js';

const PUBLIC = [
  'emailgateway.addwebhook.public',
  'emailgateway.getwebhooks.public',
  'emailgateway.deletewebhook.public',
];

const webhook = (change: object) => (): Given => ({
  parameters: { Event: 'delivered', WebhookURL: WEBHOOK_URL, ...change },
});
const refused = (code: number, parameter: string, value: unknown): ContractCase => ({
  endpoint: 'emailgateway.addwebhook.public',
  code,
  name: `${parameter} ${JSON.stringify(value)} is refused`,
  given: webhook({ [parameter]: value }),
});

/** A key of a domain, or of an owner, in a state that the case names. */
export async function keyOf(
  side: Side,
  change: (domainId: number, userId: number) => Promise<unknown>,
): Promise<Given> {
  const user = await side.newUser();
  const domain = await side.newDomain(user);
  await change(domain.domainId, user.UserID);
  return { side, credential: { SenderAPIKey: domain.senderKey } };
}

export const disableOwner = ({ main }: World): Promise<Given> =>
  keyOf(main, (_, UserID) => main.updateUser({ UserID, APIKey: '' }, { accountStatus: 'Disabled' }));
export const removeOwner = ({ main }: World): Promise<Given> =>
  keyOf(main, (_, userId) => main.sql('DELETE FROM oempro_users WHERE UserID = ?', [userId]));
export const removeDomain = ({ main }: World): Promise<Given> =>
  keyOf(main, (domainId) =>
    main.sql(`UPDATE oempro_eg_domains SET Status = 'Deleted' WHERE DomainID = ?`, [domainId]),
  );

const listed = async (side: Side, key = side.domain.senderKey) => {
  const { Webhooks } = await side.call('emailgateway.getwebhooks.public', {
    APIKey: undefined,
    SenderAPIKey: key,
  });
  return Webhooks as { WebhookID: number; Event: string; WebhookURL: string }[];
};

const EVENTS = {
  delivered: 'delivered',
  bounced: 'bounced',
  opened: 'opened',
  clicked: 'clicked',
  unsubscribed: 'unsubscribed',
  complained: 'complained',
  // The private words are understood as well.
  delivery: 'delivered',
  complaint: 'complained',
};

/** Limit of a bucket that two requests exhaust. */
export const FEW_REQUESTS = { EG_RATE_LIMIT_PER_MINUTE: '2' };

/** The third request within a minute on a gateway that allows two. */
export function tooManyRequests(endpoint: string, request: (side: Side) => Promise<TestReply>): ContractCase {
  return {
    endpoint,
    code: 429,
    name: 'more requests within a minute than the route allows',
    surfaces: ['v1'],
    given: async (world) => {
      const side = await world.with(FEW_REQUESTS);
      for (let sent = 0; sent < 2; sent += 1)
        expect((await request(side)).json).not.toMatchObject({ Errors: [{ Code: 429 }] });
      return { side };
    },
    then: ({ json }) =>
      expect(json).toEqual({ Errors: [{ Code: 429, Message: expect.stringMatching(/^Too many requests/) }] }),
  };
}

const publicWebhooks: readonly ContractCase[] = [
  {
    endpoint: 'emailgateway.addwebhook.public',
    code: 'success',
    name: 'a webhook for an event',
    given: webhook({}),
  },
  ...Object.entries(EVENTS).map(([Event, shown]): ContractCase => ({
    endpoint: 'emailgateway.addwebhook.public',
    code: 'success',
    name: `${Event} is an event`,
    given: webhook({ Event, WebhookURL: `${WEBHOOK_URL}/public/${Event}` }),
    async then({ json }, { main }) {
      expect(await listed(main)).toContainEqual(
        expect.objectContaining({ WebhookID: json['NewWebhookID'], Event: shown }),
      );
    },
  })),
  ...['sent', 'accepted', 'accepted-by-mta', '*'].map((event) => refused(3, 'Event', event)),
  // Later versions of the product tell a forbidden host apart (6, 7); the seed's table has 3 for every bad URL.
  ...[...NO_HTTP_URLS, ...FORBIDDEN_HOSTS].map((url) => refused(3, 'WebhookURL', url)),
  {
    endpoint: 'emailgateway.getwebhooks.public',
    code: 'success',
    name: "the webhooks of the key's domain, in the public words and without a signing key",
    given: async ({ main }) => {
      await main.once('a webhook', () => main.webhook());
      return {};
    },
    then({ json, text }) {
      expect(json['Webhooks']).not.toEqual([]);
      expect((json['Webhooks'] as { Event: string }[]).map(({ Event }) => Event)).not.toContain('delivery');
      expect(text).not.toMatch(/SigningKey/i);
    },
  },
  {
    endpoint: 'emailgateway.deletewebhook.public',
    code: 'success',
    name: 'the webhook is in no listing',
    given: async ({ main }) => ({ parameters: { WebhookID: await main.webhook() } }),
    async then(_reply, { main }, { parameters }) {
      expect((await listed(main)).map(({ WebhookID }) => WebhookID)).not.toContain(parameters?.['WebhookID']);
    },
  },
  {
    endpoint: 'emailgateway.deletewebhook.public',
    code: 4,
    name: 'a webhook of another domain of the same owner is not found',
    given: async ({ main }) => ({ parameters: { WebhookID: await main.webhook(await main.newDomain()) } }),
  },
  ...['emailgateway.getwebhooks.public', 'emailgateway.deletewebhook.public'].flatMap(
    (endpoint): ContractCase[] => [
      { endpoint, code: 2, name: 'the owner of the key is disabled', given: disableOwner },
      { endpoint, code: 2, name: 'the owner of the key is gone', given: removeOwner },
    ],
  ),
  ...PUBLIC.map((endpoint) =>
    tooManyRequests(endpoint, ({ gateway, domain }) =>
      gateway.request(
        { [PUBLIC[0] ?? '']: 'POST', [PUBLIC[1] ?? '']: 'GET' }[endpoint] ?? 'DELETE',
        '/api/v1/webhooks',
        { bearer: domain.senderKey },
      ),
    ),
  ),
];

const now = () => Math.floor(Date.now() / 1000);
const badPage = (code: number, parameter: string, value: unknown): ContractCase => ({
  endpoint: 'emailgateway.getevents.public',
  code,
  name: `${parameter} ${JSON.stringify(value)} is no number of records`,
  given: () => ({ parameters: { [parameter]: value } }),
});

const publicEvents: readonly ContractCase[] = [
  {
    endpoint: 'emailgateway.getevents.public',
    code: 'success',
    name: 'the newest five events without any parameter',
    then({ json }, { main }) {
      const events = json['Events'] as { DomainId: number; LoggedAt: number }[];
      expect(events).toHaveLength(5);
      expect(new Set(events.map(({ DomainId }) => DomainId))).toEqual(new Set([main.domain.domainId]));
      const times = events.map(({ LoggedAt }) => LoggedAt);
      expect(times).toEqual([...times].sort((one, other) => other - one));
    },
  },
  {
    endpoint: 'emailgateway.getevents.public',
    code: 'success',
    name: 'StartFrom 0 is a page, and dates are unix seconds',
    given: () => ({
      parameters: {
        StartFrom: 0,
        RetrieveCount: 50,
        StartDate: now() - 86_400,
        EndDate: now(),
        Event: 'delivery',
      },
    }),
    then({ json }) {
      expect(new Set((json['Events'] as { Event: string }[]).map(({ Event }) => Event))).toEqual(
        new Set(['delivered']),
      );
    },
  },
  {
    endpoint: 'emailgateway.getevents.public',
    code: 'success',
    name: 'an event that does not exist finds nothing',
    given: () => ({ parameters: { Event: 'nonsense' } }),
    then: ({ json }) => expect(json).toMatchObject({ TotalRecords: 0, Events: [] }),
  },
  ...[-1, '-1', 'x', '1e3', 1.5, [1], { a: 1 }].flatMap((value) => [
    badPage(4, 'StartFrom', value),
    badPage(5, 'RetrieveCount', value),
  ]),
  {
    endpoint: 'emailgateway.getevents.public',
    code: 2,
    name: "the key's domain is gone",
    given: removeDomain,
  },
  tooManyRequests('emailgateway.getevents.public', ({ gateway, domain }) =>
    gateway.request('GET', '/api/v1/events', { bearer: domain.senderKey }),
  ),
];

export const publicCases: readonly ContractCase[] = [...publicWebhooks, ...publicEvents];
