import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { startTestGateway, type TestGateway } from '../http/testing/test-gateway.js';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.close());

const refusal = (code: string, message: unknown = expect.any(String)) => ({ error: { code, message } });
const unique = () => `n-${randomBytes(6).toString('hex')}`;
const newUser = (change: object = {}) => ({
  username: unique(),
  password: 'p',
  email: 'a@example.com',
  ...change,
});

describe('access', () => {
  const bare = (path: string, headers: Record<string, string> = {}) =>
    fetch(gateway.operatorUrl + path, { headers });

  it.each<[string, Record<string, string>]>([
    ['no key', {}],
    ['a wrong key', { authorization: 'Bearer wrong' }],
    ['another scheme', { authorization: 'Basic eDp5' }],
  ])('answers 401 to %s on every path', async (_what, headers) => {
    for (const path of ['/users', '/groups', '/domains/1', '/nothing']) {
      const response = await bare(path, headers);
      expect([response.status, await response.json()]).toEqual([401, refusal('unauthorized')]);
    }
  });
  it('answers 404 to a path that is not there', async () => {
    expect(await gateway.operator('GET', '/nothing')).toMatchObject({
      status: 404,
      json: refusal('not-found'),
    });
  });
  it('is not reachable on the port of the API', async () => {
    const { status, json } = await gateway.request('GET', '/users', { bearer: gateway.adminKey });
    expect([status, json]).toEqual([400, expect.objectContaining({ ErrorCode: 100001 })]);
  });
});

describe('groups', () => {
  it('creates, changes and lists', async () => {
    const name = unique();
    const body = {
      name,
      privileges: ' EmailGateway.AddDomain, emailgateway.managedomain,EmailGateway.AddDomain ',
      limitDomains: 3,
      manualApproval: true,
    };
    const created = await gateway.operator('POST', '/groups', body);
    const group = {
      GroupID: expect.any(Number),
      Name: name,
      Privileges: 'EmailGateway.AddDomain,EmailGateway.ManageDomain',
      LimitEmailGatewaySenderDomains: 3,
      EmailGatewayNewDomainManualApproval: 'Enabled',
      EmailGatewayDNSTemplate: 'Default',
      LimitEmailSendPerDay: 0,
      LimitEmailSendPerPeriod: 0,
      LimitEmailSendLifetime: 0,
      RateLimits: null,
      CreatedAt: expect.any(String),
    };
    expect([created.status, created.json]).toEqual([201, group]);
    const changed = await gateway.operator('PATCH', `/groups/${name}`, {
      privileges: '*',
      manualApproval: false,
    });
    const after = { ...group, Privileges: '*', EmailGatewayNewDomainManualApproval: 'Disabled' };
    expect([changed.status, changed.json]).toEqual([200, after]);
    expect((await gateway.operator('GET', '/groups')).json).toContainEqual(after);
  });
  it('gives every privilege when none are named', async () => {
    expect((await gateway.operator('POST', '/groups', { name: unique() })).json).toMatchObject({
      Privileges: '*',
    });
  });
  it('answers 409 for a name that is taken', async () => {
    const name = unique();
    await gateway.operator('POST', '/groups', { name });
    expect(await gateway.operator('POST', '/groups', { name })).toMatchObject({
      status: 409,
      json: refusal('conflict'),
    });
  });
  it('answers 404 for a group that is not there', async () => {
    const reply = await gateway.operator('PATCH', '/groups/nobody', { limitDomains: 1 });
    expect(reply).toMatchObject({ status: 404, json: refusal('not-found') });
  });
  it.each<[object, string]>([
    [{}, 'name'],
    [{ name: '' }, 'name'],
    [{ name: 'x', limitDomains: -1 }, 'limitDomains'],
    [{ name: 'x', limitDomains: '3' }, 'limitDomains'],
    [{ name: 'x', privileges: 'a b;c' }, 'privileges'],
    [
      { name: 'x', privileges: 'EmailGateway.AddDomain,Nope' },
      'Nope; there are EmailGateway.AddDomain, EmailGateway.ManageDomain, or *',
    ],
    [{ name: 'x', privileges: '*,EmailGateway.AddDomain' }, 'privileges'],
    [{ name: 'x', manualApproval: 'on' }, 'manualApproval'],
    [{ name: 'x', dnsTemplate: 'Nope' }, 'Nope'],
    [{ name: 'x', colour: 'red' }, 'colour'],
  ])('answers 400 for %p and names the member', async (body, named) => {
    const reply = await gateway.operator('POST', '/groups', body);
    expect(reply).toMatchObject({ status: 400, json: refusal('invalid', expect.stringContaining(named)) });
  });
});

describe('users', () => {
  it('creates an account whose key works, and never shows it again', async () => {
    const body = newUser();
    const created = await gateway.operator('POST', '/users', body);
    expect(created.status).toBe(201);
    expect(created.json).toEqual({
      UserID: expect.any(Number),
      APIKey: expect.stringMatching(/^[0-9A-F]{4}(-[0-9A-F]{4}){3}$/),
    });
    const { UserID, APIKey } = created.json;
    const reply = await gateway.command('emailgateway.adddomain', {
      APIKey,
      DomainName: 'first.example.com',
    });
    expect(reply.json).toMatchObject({ Success: true, ErrorCode: 0 });
    const shown = await gateway.operator('GET', `/users/${Number(UserID)}`);
    expect(shown.json).toEqual({
      UserID,
      Username: body.username,
      EmailAddress: 'a@example.com',
      FirstName: '',
      LastName: '',
      Group: 'Default',
      AccountStatus: 'Enabled',
      ReputationLevel: 'Trusted',
      PhoneVerified: 0,
      CreditSystem: 'Disabled',
      Credits: null,
      LimitEmailSendPerDay: null,
      LimitEmailSendPerPeriod: null,
      LimitEmailSendLifetime: null,
      RateLimits: null,
      CreatedAt: expect.any(String),
      InForce: {
        LimitEmailSendPerDay: 0,
        LimitEmailSendPerPeriod: 0,
        LimitEmailSendLifetime: 0,
        RateLimits: null,
      },
      Usage: { Minute: 0, Hour: 0, Day: 0, Week: 0, Month: 0, Year: 0, Lifetime: 0 },
    });
    const [row] = await gateway.database.query('SELECT * FROM oempro_users WHERE UserID = ?', [
      Number(UserID),
    ]);
    expect(String(row?.['PasswordHash'])).toMatch(/^\$scrypt\$/);
    expect(JSON.stringify(row)).not.toContain(String(APIKey));
  });
  it('changes an account', async () => {
    const { UserID } = await gateway.createUser();
    await gateway.operator('POST', '/groups', { name: 'movers' });
    const change = {
      accountStatus: 'Disabled',
      reputation: 'Untrusted',
      phoneVerified: true,
      group: 'movers',
    };
    const reply = await gateway.operator('PATCH', `/users/${UserID}`, change);
    const after = {
      AccountStatus: 'Disabled',
      ReputationLevel: 'Untrusted',
      PhoneVerified: 1,
      Group: 'movers',
    };
    expect(reply).toMatchObject({ status: 200, json: after });
    expect((await gateway.operator('GET', '/users')).json).toContainEqual(
      expect.objectContaining({ UserID, ...after }),
    );
  });
  it('deletes an account: key, domains, sender keys and waiting mails end with it', async () => {
    const user = await gateway.createUser();
    const domain = await gateway.createDomain(user);
    const mail = {
      Subject: 's',
      ContentType: 'plain',
      PlainContent: 'x',
      From: { name: '', email: `a@${domain.name}` },
      To: [{ name: '', email: 'b@example.org' }],
    };
    const sent = await gateway.request('POST', '/api/v1/email', { json: mail, bearer: domain.senderKey });
    expect(sent.status).toBe(200);
    expect(await gateway.operator('DELETE', `/users/${user.UserID}`)).toMatchObject({
      status: 200,
      json: { UserID: user.UserID },
    });
    expect((await gateway.command('emailgateway.getdomains', { APIKey: user.APIKey })).json['Success']).toBe(
      false,
    );
    expect(
      (await gateway.request('POST', '/api/v1/email', { json: mail, bearer: domain.senderKey })).status,
    ).toBe(401);
    expect((await gateway.operator('GET', `/domains/${domain.domainId}`)).status).toBe(404);
    const rows = await gateway.database.query('SELECT state FROM eg_send_queue WHERE user_id = ?', [
      user.UserID,
    ]);
    expect(rows).toEqual([{ state: 'failed' }]);
    expect((await gateway.operator('DELETE', `/users/${user.UserID}`)).status).toBe(404);
  });
  it('answers 409 for a username that is taken', async () => {
    const body = newUser();
    await gateway.operator('POST', '/users', body);
    expect(await gateway.operator('POST', '/users', body)).toMatchObject({
      status: 409,
      json: refusal('conflict'),
    });
  });
  it.each<[object, string]>([
    [{ password: undefined }, 'password'],
    [{ username: 'with space' }, 'username'],
    [{ email: 'nonsense' }, 'email'],
    [{ group: 'nobody' }, 'nobody'],
  ])('answers 400 for %p', async (change, named) => {
    const reply = await gateway.operator('POST', '/users', newUser(change));
    expect(reply).toMatchObject({ status: 400, json: refusal('invalid', expect.stringContaining(named)) });
  });
  it('answers 400 for broken JSON and for an empty change', async () => {
    const headers = { authorization: `Bearer ${gateway.adminKey}`, 'content-type': 'application/json' };
    const broken = await fetch(`${gateway.operatorUrl}/users`, { method: 'POST', headers, body: '{' });
    expect([broken.status, await broken.json()]).toEqual([400, refusal('invalid')]);
    const { UserID } = await gateway.createUser();
    expect((await gateway.operator('PATCH', `/users/${UserID}`, {})).status).toBe(400);
  });
  it.each(['0', '-1', '7abc', '4294967295'])('answers 404 for the id %s', async (id) => {
    expect(await gateway.operator('GET', `/users/${id}`)).toMatchObject({
      status: 404,
      json: refusal('not-found'),
    });
  });
});

describe('domains', () => {
  it('shows, approves and stops', async () => {
    const user = await gateway.createUser();
    const { domainId, name } = await gateway.createDomain(user);
    const shown = await gateway.operator('GET', `/domains/${domainId}`);
    expect(shown.json).toMatchObject({
      DomainID: domainId,
      UserID: user.UserID,
      SenderDomain: name,
      Status: 'Enabled',
    });
    const stopped = await gateway.operator('PUT', `/domains/${domainId}/status`, { status: 'Suspended' });
    expect(stopped).toMatchObject({ status: 200, json: { DomainID: domainId, Status: 'Suspended' } });
    expect((await gateway.operator('GET', '/domains')).json).toContainEqual(
      expect.objectContaining({ DomainID: domainId, Status: 'Suspended' }),
    );
  });
  it('lists the DNS records that it asks of a name', async () => {
    const { name } = await gateway.createDomain(await gateway.createUser());
    const { status, json } = await gateway.operator('GET', `/domains/${name.toUpperCase()}/dns-records`);
    expect(status).toBe(200);
    expect(json['records']).toContainEqual({
      host: `sl.${name}`,
      type: 'CNAME',
      value: 'mailer.example.net',
    });
  });
  it('answers 400 for another status and 404 for a domain that is not there', async () => {
    const { domainId } = await gateway.createDomain(await gateway.createUser());
    for (const status of ['Deleted', 'enabled', '']) {
      const reply = await gateway.operator('PUT', `/domains/${domainId}/status`, { status });
      expect(reply).toMatchObject({ status: 400, json: refusal('invalid') });
    }
    expect((await gateway.operator('PUT', '/domains/999999999/status', { status: 'Enabled' })).status).toBe(
      404,
    );
    expect((await gateway.operator('GET', '/domains/nobody.example/dns-records')).status).toBe(404);
  });
});
