import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mailEvents } from '../event-search/testing/mail-events.js';
import { startTestGateway, type TestGateway, type TestUser } from '../http/testing/test-gateway.js';

const HOUR = 3_600_000;

let gateway: TestGateway;
let user: TestUser;
let stranger: TestUser;
beforeAll(async () => {
  gateway = await startTestGateway();
  [user, stranger] = [await gateway.createUser(), await gateway.createUser()];
});
afterAll(() => gateway.close());

const list = async ({ APIKey }: TestUser, parameters: object = {}) =>
  (await gateway.command('emailgateway.getdomains', { APIKey, ...parameters })).json;

async function add(owner: TestUser, DomainName: string): Promise<number> {
  const { json } = await gateway.command('emailgateway.adddomain', { APIKey: owner.APIKey, DomainName });
  return Number(json['NewSenderDomainID']);
}

const NOTHING = {
  APIKeyCount: 0,
  SMTPCount: 0,
  WebhookCount: 0,
  Sent7d: 0,
  BounceRate7d: 0,
  LastActivityAt: null,
};

describe('emailgateway.getdomains', () => {
  it('is an empty list without domains', async () => {
    const nobody = await gateway.createUser();
    expect(await list(nobody)).toEqual({ Success: true, ErrorCode: 0, Domains: [] });
    expect(await list(nobody, { WithCounts: 1 })).toEqual({ Success: true, ErrorCode: 0, Domains: [] });
  });

  it('shows all of the user that are not deleted, by ascending id, with ids as text', async () => {
    const owner = await gateway.createUser();
    const [first, gone, last] = [
      await add(owner, 'z.example'),
      await add(owner, 'gone.example'),
      await add(owner, 'a.example'),
    ];
    await add(stranger, 'a.example');
    await gateway.command('emailgateway.deletedomain', { APIKey: owner.APIKey, DomainID: gone });
    const { Domains, ...rest } = await list(owner);
    expect(rest).toEqual({ Success: true, ErrorCode: 0 });
    const row = (DomainID: number, SenderDomain: string) => ({
      DomainID: `${DomainID}`,
      SenderDomain,
      CreatedAt: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
      Status: 'Approval Pending',
      VerificationMeta: { DNSRecords: expect.any(Object) },
      PolicyMeta: [],
      Options: { LinkTracking: 1, OpenTracking: 1, UnsubscribeLink: 0 },
    });
    expect(Domains).toEqual([row(first, 'z.example'), row(last, 'a.example')]);
    const { json } = await gateway.command('emailgateway.getdomain', {
      APIKey: owner.APIKey,
      DomainID: first,
    });
    expect((Domains as unknown[])[0]).toEqual({ ...(json['Domain'] as object), DomainID: `${first}` });
  });

  it('adds counts of what is enabled and the activity of seven days', async () => {
    const [busy, quiet] = [await gateway.createDomain(user), await gateway.createDomain(user)];
    const foreign = await gateway.createDomain(stranger, busy.name);
    const { APIKey } = user;
    const keys = await Promise.all(
      [1, 2].map((no) =>
        gateway.command('emailgateway.addapi', { APIKey, DomainID: busy.domainId, Description: `key ${no}` }),
      ),
    );
    await gateway.command('emailgateway.deleteapi', { APIKey, APIKeyID: keys[0]?.json['NewAPIKeyID'] });
    const { database } = gateway;
    const at = new Date();
    const statuses = ['Enabled', 'Enabled', 'Disabled', 'Deleted', 'Enabled'];
    await database.execute('INSERT INTO oempro_eg_smtp_credentials VALUES ?', [
      statuses.map((status, no) => [no + 1, user.UserID, busy.domainId, `login-${no}`, 'hash', status, at]),
    ]);
    await database.execute(
      `INSERT INTO oempro_eg_webhooks (WebhookID, UserID, DomainID, Event, WebhookURL, Status, CreatedAt) VALUES ?`,
      [
        ['Enabled', 'Disabled', 'Deleted', 'Enabled'].map((status, no) => [
          no + 1,
          user.UserID,
          busy.domainId,
          'delivered',
          'https://example.org/',
          status,
          at,
        ]),
      ],
    );
    const now = Date.now();
    const newest = now - HOUR;
    const event = mailEvents(user, busy);
    await gateway.index([
      event('accepted-by-oempro', { loggedAt: now - 3 * HOUR }),
      event('accepted-by-oempro', { loggedAt: now - 100 * HOUR }),
      event('accepted-by-oempro', { loggedAt: now - 100 * HOUR }),
      event('accepted-by-oempro', { loggedAt: now - 169 * HOUR }),
      event('bounced', { loggedAt: now - 2 * HOUR }),
      event('bounced', { loggedAt: now - 2 * HOUR }),
      event('delivered', { loggedAt: newest }),
      mailEvents(stranger, foreign)('accepted-by-oempro', { loggedAt: now - HOUR }),
    ]);

    const { Domains } = await list(user, { WithCounts: '1' });
    const [first, second, ...more] = Domains as Record<string, unknown>[];
    expect(more).toEqual([]);
    expect(first).toMatchObject({
      DomainID: `${busy.domainId}`,
      APIKeyCount: 2,
      SMTPCount: 3,
      WebhookCount: 2,
      Sent7d: 3,
      BounceRate7d: 66.67,
      LastActivityAt: `${new Date(newest).toISOString().slice(0, 19)}Z`,
    });
    expect(second).toMatchObject({ DomainID: `${quiet.domainId}`, ...NOTHING, APIKeyCount: 1 });
  });

  it.each([1, '1', true, 'true', 'yes'])('enriches rows with WithCounts %j', async (WithCounts) => {
    const { Domains } = await list(stranger, { WithCounts });
    expect((Domains as unknown[])[0]).toMatchObject(NOTHING);
  });

  it.each([0, '0', false, 'false', 'TRUE', 'on', 'garbage', 2, '', null, [1]])(
    'does not with %j: the members are absent',
    async (WithCounts) => {
      const { Domains } = await list(stranger, { WithCounts });
      expect(Object.keys((Domains as object[])[0] ?? {}).toSorted()).toEqual([
        'CreatedAt',
        'DomainID',
        'Options',
        'PolicyMeta',
        'SenderDomain',
        'Status',
        'VerificationMeta',
      ]);
    },
  );

  it('99998 and 99999: needs a credential and the privilege', async () => {
    expect(await list({ UserID: 0, APIKey: '' })).toMatchObject({ Success: false, ErrorCode: 99998 });
    await gateway.operator('POST', '/groups', { name: 'adders', privileges: 'EmailGateway.AddDomain' });
    const adder = await gateway.createUser({ group: 'adders' });
    expect(await list(adder)).toMatchObject({ Success: false, ErrorCode: 99999 });
  });
});
