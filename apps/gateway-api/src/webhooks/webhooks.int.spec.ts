import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startDnsServer, type TestDnsServer } from '../sender-domain/testing/dns-server.js';
import {
  startFeatureGateway,
  type FeatureGateway,
  type TestUser,
} from '../sender-domain/testing/feature-gateway.js';

let gateway: FeatureGateway;
let owner: TestUser;
let stranger: TestUser;
let domainId: number;
let deletedId: number;
let dns: TestDnsServer;
beforeAll(async () => {
  dns = await startDnsServer();
  gateway = await startFeatureGateway({
    EG_LEGACY_KEY_SALT: 'salt',
    EG_LEGACY_KEY_LICENSE: 'license',
    EG_DNS_SERVERS: dns.address,
    EG_DNS_TIMEOUT_MS: '300',
    EG_WEBHOOK_ALLOW_CIDRS: '127.0.0.1/32,10.9.0.0/16',
  });
  owner = await gateway.user();
  stranger = await gateway.user();
  domainId = await gateway.domain(owner.userId);
  deletedId = await gateway.domain(owner.userId);
  await gateway.deleteDomain(owner.userId, deletedId);
});
afterAll(() => Promise.all([gateway.stop(), dns.stop()]));

const URL = 'https://example.com/webhooks/email-events';
const DOMAIN_NOT_FOUND = 'Domain not found or access denied';

describe('emailgateway.addwebhook', () => {
  beforeAll(() => {
    const a = (name: string, data: string) => ({ type: 'A' as const, name, data });
    dns.zone.set('inside.test', [a('inside.test', '10.0.0.5')]);
    dns.zone.set('six.test', [{ type: 'AAAA', name: 'six.test', data: 'fd00::1' }]);
    dns.zone.set('both.test', [a('both.test', '93.184.216.34'), a('both.test', '127.0.0.2')]);
    dns.zone.set('public.test', [a('public.test', '93.184.216.34')]);
    dns.zone.set('allowed.test', [a('allowed.test', '127.0.0.1')]);
  });

  it('answers with the id and stores the canonical event', async () => {
    const reply = await owner.call('emailgateway.addwebhook', {
      DomainID: domainId,
      Event: 'delivery',
      WebhookURL: URL,
    });
    expect(reply).toEqual({ Success: true, ErrorCode: 0, NewWebhookID: expect.any(Number) });
    const rows = await gateway.database.query(
      'SELECT UserID, DomainID, Event, WebhookURL, Status FROM oempro_eg_webhooks WHERE WebhookID = ?',
      [Number(reply['NewWebhookID'])],
    );
    expect(rows).toEqual([
      { UserID: owner.userId, DomainID: domainId, Event: 'delivered', WebhookURL: URL, Status: 'Enabled' },
    ]);
  });

  it.each([
    [{}, [1, 2, 5]],
    [{ DomainID: 1, WebhookURL: ' ' }, [2, 5]],
    [{ Event: 'delivery', WebhookURL: URL }, [1]],
    [{ DomainID: 1, Event: { a: 1 }, WebhookURL: [URL] }, [2, 5]],
  ])('1, 2, 5: %j lacks what is required', async (parameters, ErrorCode) => {
    expect(await owner.call('emailgateway.addwebhook', parameters)).toMatchObject({
      Success: false,
      ErrorCode,
    });
  });

  it.each(['accepted', 'accepted-by-mta', 'rejected', 'deliver', 'delivery,bounce'])(
    '3: no webhook follows %j',
    async (Event) => {
      const reply = await owner.call('emailgateway.addwebhook', {
        DomainID: domainId,
        Event,
        WebhookURL: 'nothing',
      });
      expect(reply).toEqual({ Success: false, ErrorCode: 3, ErrorText: 'Invalid event type' });
    },
  );

  it('4: unknown, foreign and deleted domains look alike', async () => {
    const add = (user: TestUser, DomainID: unknown) =>
      user.call('emailgateway.addwebhook', { DomainID, Event: 'open', WebhookURL: 'nothing' });
    const replies = await Promise.all([
      add(owner, 4_000_000),
      add(owner, deletedId),
      add(owner, '1e3'),
      add(stranger, domainId),
    ]);
    expect(replies).toEqual(
      replies.map(() => ({ Success: false, ErrorCode: 4, ErrorText: DOMAIN_NOT_FOUND })),
    );
  });

  it.each([
    'ftp://example.com/',
    'example.com',
    'http://exa mple.com/',
    `https://example.com/${'a'.repeat(2048)}`,
  ])('6: %.60j is no http or https URL', async (WebhookURL) => {
    const ErrorText = 'Webhook URL must be a valid HTTP or HTTPS URL.';
    const reply = await owner.call('emailgateway.addwebhook', {
      DomainID: domainId,
      Event: 'open',
      WebhookURL,
    });
    expect(reply).toEqual({ Success: false, ErrorCode: 6, ErrorText, ErrorMessage: ErrorText });
  });

  it.each([
    'http://LOCALHOST./',
    'https://127.0.0.1:8080/hook',
    'http://[::1]/',
    'http://a.local/',
    'http://2130706433/',
    // Literal addresses that are not public.
    'http://10.0.0.1/',
    'http://169.254.169.254/latest',
    'https://[fe80::1]/',
    'https://[64:ff9b::7f00:1]/',
    // Names that lead to such an address; one is enough.
    'https://inside.test/hook',
    'https://six.test/hook',
    'https://both.test/hook',
  ])('7: %j leads to ourselves or inside', async (WebhookURL) => {
    const ErrorText = 'Webhook URL host is forbidden.';
    const reply = await owner.call('emailgateway.addwebhook', {
      DomainID: domainId,
      Event: 'open',
      WebhookURL,
    });
    expect(reply).toEqual({ Success: false, ErrorCode: 7, ErrorText, ErrorMessage: ErrorText });
  });

  it.each(['https://public.test/', 'https://allowed.test/', 'https://nowhere.test/', 'http://10.9.8.7/'])(
    '%j may be registered: public, allowed, or not resolving yet',
    async (WebhookURL) => {
      const reply = await owner.call('emailgateway.addwebhook', {
        DomainID: domainId,
        Event: 'open',
        WebhookURL,
      });
      expect(reply).toMatchObject({ Success: true });
    },
  );

  it.each([
    ['A', 'https://six.test/hook'],
    ['AAAA', 'https://inside.test/hook'],
  ])('7: an address inside counts although the question for %s records gets no answer', async (type, url) => {
    dns.silentTypes.add(type);
    const add = { DomainID: domainId, Event: 'open', WebhookURL: url };
    const reply = await owner.call('emailgateway.addwebhook', add);
    dns.silentTypes.clear();
    expect(reply).toMatchObject({ Success: false, ErrorCode: 7 });
  });

  it('a name whose server says nothing may be registered', async () => {
    dns.silent = true;
    const add = { DomainID: domainId, Event: 'open', WebhookURL: 'https://inside.test/hook' };
    const reply = await owner.call('emailgateway.addwebhook', add);
    dns.silent = false;
    expect(reply).toMatchObject({ Success: true });
  });

  it.each([
    [' https://Bücher.example/hook\n', 'https://xn--bcher-kva.example/hook'],
    ['https://xn--bcher-kva.example:8443/hook', 'https://xn--bcher-kva.example:8443/hook'],
  ])('%j is stored as %s', async (WebhookURL, stored) => {
    const own = await gateway.domain(owner.userId);
    const add = { DomainID: own, Event: 'open', WebhookURL };
    expect(await owner.call('emailgateway.addwebhook', add)).toMatchObject({ Success: true });
    const { Webhooks } = await owner.call('emailgateway.getwebhooks', { DomainID: own });
    expect(Webhooks).toMatchObject([{ WebhookURL: stored }]);
  });

  it('6, 7: an international host is judged by what it stands for', async () => {
    const code = async (WebhookURL: string) => {
      const add = { DomainID: domainId, Event: 'open', WebhookURL };
      return (await owner.call('emailgateway.addwebhook', add))['ErrorCode'];
    };
    expect(await code('https://ｌocalhost/')).toBe(7);
    expect(await code('https://１２７.0.0.２/')).toBe(7);
    expect(await code('https://bü\u00adcher.example/')).toBe(6);
    expect(await code('https://bü%63her.example/')).toBe(6);
  });

  it('adding again what is there answers with its id, however many calls arrive together', async () => {
    const own = await gateway.domain(owner.userId);
    const add = (Event: string, WebhookURL: string) =>
      owner.call('emailgateway.addwebhook', { DomainID: own, Event, WebhookURL });
    const replies = await Promise.all([
      ...Array.from({ length: 5 }, () => add('open', URL)),
      add('opened', ` ${URL}`),
    ]);
    const [first] = replies;
    expect(first).toEqual({ Success: true, ErrorCode: 0, NewWebhookID: expect.any(Number) });
    expect(replies).toEqual(replies.map(() => first));
    expect(await add('click', URL)).not.toEqual(first);
    expect(await add('open', `${URL}?b`)).not.toEqual(first);
    const { Webhooks } = await owner.call('emailgateway.getwebhooks', { DomainID: own });
    expect(Webhooks).toHaveLength(3);
  });

  it('adding again what was switched off adds a new one', async () => {
    const own = await gateway.domain(owner.userId);
    const add = { DomainID: own, Event: 'open', WebhookURL: URL };
    const first = await owner.call('emailgateway.addwebhook', add);
    await gateway.database.execute(`UPDATE oempro_eg_webhooks SET Status = 'Disabled' WHERE WebhookID = ?`, [
      Number(first['NewWebhookID']),
    ]);
    const second = await owner.call('emailgateway.addwebhook', add);
    expect(second['NewWebhookID']).not.toBe(first['NewWebhookID']);
    expect(await owner.call('emailgateway.addwebhook', add)).toEqual(second);
    expect(await owner.call('emailgateway.getwebhooks', { DomainID: own })).toMatchObject({
      Webhooks: [
        { WebhookID: first['NewWebhookID'], Status: 'Disabled' },
        { WebhookID: second['NewWebhookID'], Status: 'Enabled' },
      ],
    });
  });

  it('no resolver is asked about a host that needs no look-up', async () => {
    const before = dns.asked.length;
    for (const WebhookURL of ['http://printer.local/', 'http://10.0.0.1/', 'http://a_b..test/'])
      await owner.call('emailgateway.addwebhook', { DomainID: domainId, Event: 'open', WebhookURL });
    expect(dns.asked.slice(before)).toEqual([]);
  });
});

describe('emailgateway.getwebhooks', () => {
  it('shows every webhook of the domain under the private names, whatever name it was added with', async () => {
    const own = await gateway.domain(owner.userId);
    const names = [
      ['delivery', 'delivery'],
      ['bounced', 'bounce'],
      ['OPEN', 'open'],
      ['Clicked', 'click'],
      ['unsubscribe', 'unsubscribe'],
      ['complained', 'complaint'],
    ] as const;
    const ids: unknown[] = [];
    for (const [Event] of names) {
      const { NewWebhookID } = await owner.call('emailgateway.addwebhook', {
        DomainID: own,
        Event,
        WebhookURL: URL,
      });
      ids.push(NewWebhookID);
    }
    await gateway.database.execute(`UPDATE oempro_eg_webhooks SET Status = 'Deleted' WHERE WebhookID = ?`, [
      Number(ids[1]),
    ]);
    const DisabledReason = 'The endpoint answered 410 Gone.';
    await gateway.database.execute(
      `UPDATE oempro_eg_webhooks SET Status = 'Disabled', DisabledReason = ?, FailingSince = ? WHERE WebhookID = ?`,
      [DisabledReason, new Date('2026-04-01T10:00:00.500Z'), Number(ids[2])],
    );

    const reply = await owner.call('emailgateway.getwebhooks', { DomainID: own });
    const enabled = { Status: 'Enabled', DisabledReason: null, FailingSince: null };
    const disabled = { Status: 'Disabled', DisabledReason, FailingSince: '2026-04-01 10:00:00' };
    const shown = names.map(([, Event], index) => ({
      ...{ WebhookID: ids[index], Event, WebhookURL: URL },
      ...(index === 2 ? disabled : enabled),
    }));
    expect(reply).toEqual({
      Success: true,
      ErrorCode: 0,
      // printf 'saltlicense' | md5sum
      SigningKey: '8157-EBC2-1ECA-5A72-47AB-2F95-52F0-D706',
      Webhooks: [shown[0], ...shown.slice(2)],
    });
  });

  it('shows the domain’s own signing key once it has one, and an empty list as such', async () => {
    const own = await gateway.domain(owner.userId);
    const key = 'AB'.repeat(32);
    await gateway.database.execute('UPDATE oempro_eg_domains SET SigningKeyCipher = ? WHERE DomainID = ?', [
      gateway.secrets.seal(key),
      own,
    ]);
    expect(await owner.call('emailgateway.getwebhooks', { DomainID: own })).toEqual({
      Success: true,
      ErrorCode: 0,
      SigningKey: key,
      Webhooks: [],
    });
  });

  it('1: lacks DomainID', async () => {
    expect(await owner.call('emailgateway.getwebhooks')).toMatchObject({ Success: false, ErrorCode: [1] });
  });

  it('2: unknown, foreign and deleted domains look alike, and show no key', async () => {
    const replies = await Promise.all([
      owner.call('emailgateway.getwebhooks', { DomainID: 4_000_000 }),
      owner.call('emailgateway.getwebhooks', { DomainID: deletedId }),
      stranger.call('emailgateway.getwebhooks', { DomainID: domainId }),
    ]);
    expect(replies).toEqual(
      replies.map(() => ({ Success: false, ErrorCode: 2, ErrorText: DOMAIN_NOT_FOUND })),
    );
  });
});

it.each(['emailgateway.addwebhook', 'emailgateway.getwebhooks'])(
  '99998, 99999: %s needs a user who may manage domains',
  async (command) => {
    const limited = await gateway.user({ privileges: 'EmailGateway.AddDomain' });
    expect(await owner.call(command, { APIKey: 'nobody' })).toMatchObject({
      Success: false,
      ErrorCode: 99998,
    });
    expect(await limited.call(command)).toMatchObject({ Success: false, ErrorCode: 99999 });
  },
);
