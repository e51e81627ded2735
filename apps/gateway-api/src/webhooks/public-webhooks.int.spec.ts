import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RequestOptions, TestReply } from '../http/testing/test-gateway.js';
import { startDnsServer, type TestDnsServer } from '../sender-domain/testing/dns-server.js';
import {
  startFeatureGateway,
  type FeatureGateway,
  type TestUser,
} from '../sender-domain/testing/feature-gateway.js';

let gateway: FeatureGateway;
let dns: TestDnsServer;
let owner: TestUser;
let stranger: TestUser;
beforeAll(async () => {
  dns = await startDnsServer();
  dns.zone.set('inside.test', [{ type: 'A', name: 'inside.test', data: '10.0.0.5' }]);
  gateway = await startFeatureGateway({
    EG_DNS_SERVERS: dns.address,
    EG_DNS_TIMEOUT_MS: '300',
    EG_RATE_LIMIT_PER_MINUTE: '0',
  });
  [owner, stranger] = [await gateway.user(), await gateway.user()];
});
afterAll(() => Promise.all([gateway.stop(), dns.stop()]));

const URL = 'https://example.com/webhooks/email-events';
const PATH = '/api/v1/webhooks';

interface Keyed {
  readonly domainId: number;
  readonly key: string;
}
const keyed = async (user = owner): Promise<Keyed> => {
  const domainId = await gateway.domain(user.userId);
  const reply = await user.call('emailgateway.addapi', { Description: 'x', DomainID: domainId });
  return { domainId, key: (reply['APIKey'] as { APIKey: string }).APIKey };
};
const v1 = (method: string, options: RequestOptions) => gateway.request(method, PATH, options);
const add = async ({ key }: Keyed, Event = 'delivered', WebhookURL = URL) => {
  const reply = await v1('POST', { bearer: key, json: { Event, WebhookURL } });
  return Number(reply.json['NewWebhookID']);
};
const list = async ({ key }: Keyed) => (await v1('GET', { bearer: key })).json['Webhooks'];
const ENABLED = { Status: 'Enabled', DisabledReason: null, FailingSince: null };
const errors = (...all: readonly [code: number, message: string][]) => ({
  Errors: all.map(([Code, Message]) => ({ Code, Message })),
});
const answered = ({ status, json }: TestReply) => [status, json];

describe('emailgateway.addwebhook.public', () => {
  it('answers with the id alone, and registers for the domain of the key', async () => {
    const own = await keyed();
    const reply = await v1('POST', { bearer: own.key, json: { Event: 'delivered', WebhookURL: URL } });
    expect(answered(reply)).toEqual([200, { NewWebhookID: expect.any(Number) }]);
    const WebhookID = reply.json['NewWebhookID'];
    expect(await list(own)).toEqual([{ WebhookID, Event: 'delivered', WebhookURL: URL, ...ENABLED }]);
    const again = { bearer: own.key, json: { Event: 'delivery', WebhookURL: `${URL} ` } };
    expect(answered(await v1('POST', again))).toEqual([200, { NewWebhookID: WebhookID }]);
    expect(await owner.call('emailgateway.getwebhooks', { DomainID: own.domainId })).toMatchObject({
      Webhooks: [{ WebhookID, Event: 'delivery', WebhookURL: URL }],
    });
  });

  it('on /api.php answers in the other envelope, with the key as a parameter', async () => {
    const { key } = await keyed();
    const reply = await owner.call('EmailGateway.AddWebhook.Public', {
      SenderApiKey: key,
      Event: 'Bounce',
      WebhookURL: URL,
    });
    expect(reply).toEqual({ Success: true, ErrorCode: 0, NewWebhookID: expect.any(Number) });
  });

  it('takes the names of both vocabularies', async () => {
    const own = await keyed();
    for (const event of ['delivery', 'bounced', 'OPEN', 'Clicked', 'unsubscribe', 'complained'])
      await add(own, event);
    const shown = (await list(own)) as { Event: string }[];
    expect(shown.map(({ Event }) => Event)).toEqual([
      ...['delivered', 'bounced', 'opened', 'clicked', 'unsubscribed', 'complained'],
    ]);
  });

  const EVENT_MISSING: [number, string] = [2, 'Event is missing'];
  const URL_MISSING: [number, string] = [5, 'WebhookURL is missing'];

  it.each([
    { json: {}, missing: [EVENT_MISSING, URL_MISSING] },
    { json: { Event: ['delivered'], WebhookURL: URL }, missing: [EVENT_MISSING] },
    { json: { Event: 'delivered', WebhookURL: ' ' }, missing: [URL_MISSING] },
  ])('2, 5: $json lacks what is required, told together', async ({ json, missing }) => {
    const { key } = await keyed();
    expect(answered(await v1('POST', { bearer: key, json }))).toEqual([422, errors(...missing)]);
    const legacy = await owner.call('emailgateway.addwebhook.public', { SenderAPIKey: key, ...json });
    expect(legacy).toEqual({
      Success: false,
      ErrorCode: missing.map(([code]) => code),
      ErrorText: missing.map(([, text]) => text),
    });
  });

  it.each(['accepted', 'accepted-by-mta', 'rejected', 'deliver', 'delivered,bounced'])(
    '3: no webhook follows %j',
    async (Event) => {
      const own = await keyed();
      const json = { Event, WebhookURL: URL };
      expect(answered(await v1('POST', { bearer: own.key, json }))).toEqual([
        422,
        errors([3, 'Invalid Event value']),
      ]);
      expect(await owner.call('emailgateway.addwebhook.public', { SenderAPIKey: own.key, ...json })).toEqual({
        Success: false,
        ErrorCode: 3,
        ErrorText: 'Invalid Event value',
      });
      expect(await list(own)).toEqual([]);
    },
  );

  it.each([
    'example.com',
    'ftp://example.com/',
    'http://exa mple.com/',
    'http://user:password@example.com/',
    'http://LOCALHOST./',
    'https://127.0.0.1:8080/hook',
    'http://[::1]/',
    'http://a.local/',
    'http://10.0.0.1/',
    'http://169.254.169.254/latest',
    'https://inside.test/hook',
  ])('3: %j is no URL that may be notified', async (WebhookURL) => {
    const own = await keyed();
    const reply = await v1('POST', { bearer: own.key, json: { Event: 'delivered', WebhookURL } });
    expect(answered(reply)).toEqual([422, errors([3, 'Invalid WebhookURL value'])]);
    expect(await list(own)).toEqual([]);
  });
});

describe('emailgateway.getwebhooks.public', () => {
  it('shows every webhook of the domain, none of another, and no signing key', async () => {
    const [own, other] = [await keyed(), await keyed()];
    const [first, second, gone] = [await add(own, 'opened'), await add(own, 'bounced'), await add(own)];
    await add(other);
    await v1('DELETE', { bearer: own.key, json: { WebhookID: gone } });
    await gateway.database.execute(`UPDATE oempro_eg_webhooks SET Status = 'Disabled' WHERE WebhookID = ?`, [
      second,
    ]);
    const Webhooks = [
      { WebhookID: first, Event: 'opened', WebhookURL: URL, ...ENABLED },
      { WebhookID: second, Event: 'bounced', WebhookURL: URL, ...ENABLED, Status: 'Disabled' },
    ];
    expect(answered(await v1('GET', { bearer: own.key }))).toEqual([200, { Webhooks }]);
    expect(await owner.call('emailgateway.getwebhooks.public', { SenderAPIKey: own.key })).toEqual({
      Success: true,
      ErrorCode: 0,
      Webhooks,
    });
  });

  it('is an empty list for a domain without webhooks', async () => {
    const { key } = await keyed();
    const reply = await gateway.request('GET', `${PATH}?SenderAPIKey=${key}`);
    expect(answered(reply)).toEqual([200, { Webhooks: [] }]);
  });
});

describe('emailgateway.deletewebhook.public', () => {
  it.each([
    ['body', (WebhookID: number) => [PATH, { json: { WebhookID: `${WebhookID}` } }] as const],
    ['query', (WebhookID: number) => [`${PATH}?webhookid=${WebhookID}`, {}] as const],
  ])('ends one webhook, named in the %s, and answers with nothing', async (_, at) => {
    const own = await keyed();
    const [gone, kept] = [await add(own), await add(own, 'bounced')];
    const [path, options] = at(gone);
    const reply = await gateway.request('DELETE', path, { bearer: own.key, ...options });
    expect([reply.status, reply.text]).toEqual([200, '{}']);
    expect(await list(own)).toMatchObject([{ WebhookID: kept }]);
  });

  it('on /api.php answers with success', async () => {
    const own = await keyed();
    const parameters = { SenderAPIKey: own.key, WebhookID: await add(own) };
    const reply = await owner.call('emailgateway.deletewebhook.public', parameters);
    expect(reply).toEqual({ Success: true, ErrorCode: 0 });
    expect(await list(own)).toEqual([]);
  });

  it.each([[{}], [{ WebhookID: ' ' }], [{ WebhookID: null }]])(
    '1: %j lacks what is required',
    async (json) => {
      const { key } = await keyed();
      const reply = await v1('DELETE', { bearer: key, json });
      expect(answered(reply)).toEqual([422, errors([1, 'WebhookID is missing'])]);
      const legacy = await owner.call('emailgateway.deletewebhook.public', { SenderAPIKey: key, ...json });
      expect(legacy).toMatchObject({ Success: false, ErrorCode: [1] });
    },
  );

  it('4: a webhook that is unknown, deleted, unreadable, of another domain or of another user', async () => {
    const [own, other, foreign] = [await keyed(), await keyed(), await keyed(stranger)];
    const [kept, gone] = [await add(own), await add(own, 'bounced')];
    const [ofOther, ofStranger] = [await add(other), await add(foreign)];
    await v1('DELETE', { bearer: own.key, json: { WebhookID: gone } });
    for (const WebhookID of [4_000_000, gone, `${kept}abc`, ofOther, ofStranger]) {
      const reply = await v1('DELETE', { bearer: own.key, json: { WebhookID } });
      expect(answered(reply)).toEqual([404, errors([4, 'Invalid WebhookID'])]);
    }
    expect(
      await owner.call('emailgateway.deletewebhook.public', { SenderAPIKey: own.key, WebhookID: ofOther }),
    ).toEqual({ Success: false, ErrorCode: 4, ErrorText: 'Invalid WebhookID' });
    for (const [at, id] of [[own, kept] as const, [other, ofOther] as const, [foreign, ofStranger] as const])
      expect(await list(at)).toMatchObject([{ WebhookID: id }]);
  });
});

describe('a key whose domain is deleted while it is used', () => {
  it('13: adds no webhook', async () => {
    const own = await keyed();
    const request = { bearer: own.key, json: { Event: 'delivered', WebhookURL: URL } };
    const reply = await gateway.overtakenByDeletion(owner.userId, own.domainId, () => v1('POST', request));
    expect(answered(reply)).toEqual([401, errors([13, 'Invalid SenderAPIKey'])]);
    const rows = await gateway.database.query('SELECT 1 FROM oempro_eg_webhooks WHERE DomainID = ?', [
      own.domainId,
    ]);
    expect(rows).toEqual([]);
  });

  it('2: deletes no webhook', async () => {
    const own = await keyed();
    const request = { bearer: own.key, json: { WebhookID: await add(own) } };
    const reply = await gateway.overtakenByDeletion(owner.userId, own.domainId, () => v1('DELETE', request));
    expect(answered(reply)).toEqual([404, errors([2, 'Invalid user account'])]);
  });
});

describe.each([
  ['POST', 'emailgateway.addwebhook.public', 13, 200],
  ['GET', 'emailgateway.getwebhooks.public', 2, 200],
  ['DELETE', 'emailgateway.deletewebhook.public', 2, 404],
])('%s %s', (method, command, codeOfOwner, accepted) => {
  // Everything that either needs, so that only the key can be the reason.
  const parameters = { Event: 'delivered', WebhookURL: URL, WebhookID: 1 };
  const INVALID_KEY = [401, errors([13, 'Invalid SenderAPIKey'])];
  const ofOwner = codeOfOwner === 13 ? INVALID_KEY : [404, errors([2, 'Invalid user account'])];
  const ask = async (bearer?: string) => {
    const credential = bearer === undefined ? {} : { bearer };
    const reply = await v1(method, method === 'GET' ? credential : { ...credential, json: parameters });
    const { ErrorCode } = await owner.call(command, { SenderAPIKey: bearer ?? '', ...parameters });
    const first = (reply.json['Errors'] as { Code: number }[] | undefined)?.[0];
    expect(ErrorCode).toBe(first?.Code ?? 0);
    return answered(reply);
  };

  it('13: no key, an unknown one, a deleted one, and one that is not for this', async () => {
    const own = await keyed();
    const reply = await owner.call('emailgateway.getapis', { DomainID: own.domainId });
    const APIKeyID = (reply['APIKeys'] as { APIKeyID: number }[])[0]?.APIKeyID;
    await owner.call('emailgateway.deleteapi', { APIKeyID });
    expect(await ask()).toEqual(INVALID_KEY);
    expect(await ask('0000-0000')).toEqual(INVALID_KEY);
    expect(await ask(own.key)).toEqual(INVALID_KEY);
    const withUserKey = await owner.call(command, parameters);
    expect(withUserKey).toEqual({ Success: false, ErrorCode: 13, ErrorText: 'Invalid SenderAPIKey' });
  });

  it('13: a key whose domain was deleted', async () => {
    const own = await keyed();
    await gateway.deleteDomain(owner.userId, own.domainId);
    expect(await ask(own.key)).toEqual(INVALID_KEY);
  });

  it(`${codeOfOwner}: a key whose owner is disabled or gone, or whose domain's row is deleted`, async () => {
    const [disabled, gone, deleted] = [
      await keyed(await gateway.user()),
      await keyed(await gateway.user()),
      await keyed(),
    ];
    const ownerOf = (of: Keyed) =>
      `UserID = (SELECT UserID FROM oempro_eg_domains WHERE DomainID = ${of.domainId})`;
    const { database } = gateway;
    await database.execute(`UPDATE oempro_users SET AccountStatus = 'Disabled' WHERE ${ownerOf(disabled)}`);
    await database.execute(`DELETE FROM oempro_users WHERE ${ownerOf(gone)}`);
    await database.execute(`UPDATE oempro_eg_domains SET Status = 'Deleted' WHERE DomainID = ?`, [
      deleted.domainId,
    ]);
    for (const { key } of [disabled, gone, deleted]) expect(await ask(key)).toEqual(ofOwner);
  });

  it('works for a domain that may not send yet', async () => {
    const own = await keyed();
    await gateway.setStatus(own.domainId, 'Suspended');
    // The webhook to delete is not there; that is asked only once the key is in order.
    expect(await ask(own.key)).toEqual([accepted, expect.anything()]);
  });
});
