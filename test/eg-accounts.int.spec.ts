import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TestGateway, TestUser } from '../apps/gateway-api/src/http/testing/test-gateway.js';
import { eg, result, setEnvironment, startEg, type EgProgram } from './support/eg-program.js';

let program: EgProgram;
let gateway: TestGateway;
let user: TestUser;
beforeAll(async () => {
  program = await startEg();
  ({ gateway, user } = program);
});
afterAll(() => program.close());

describe('eg user', () => {
  it('creates an account that works, shows it without a secret, deletes it', async () => {
    const holder = ['--username', 'eg-user', '--password', 'secret!', '--email', 'a@example.com'];
    const created = (await result('user', 'create', ...holder, '--first-name', 'Ann')) as TestUser;
    expect(created).toEqual({ UserID: expect.any(Number), APIKey: expect.stringMatching(/^[0-9A-F-]{19}$/) });
    const login = await gateway.command('user.login', { Username: 'eg-user', Password: 'secret!' });
    expect(login.json).toMatchObject({ UserInfo: { UserID: created.UserID, FirstName: 'Ann' } });
    const { out } = await eg('--json', 'user', 'show', String(created.UserID));
    expect(JSON.parse(out)).toMatchObject({ UserID: created.UserID, Username: 'eg-user', Group: 'Default' });
    for (const secret of [created.APIKey, 'secret!', 'scrypt']) expect(out).not.toContain(secret);
    expect(await result('user', 'delete', String(created.UserID))).toEqual({ UserID: created.UserID });
    expect(await eg('user', 'show', String(created.UserID))).toEqual({
      code: 1,
      out: '',
      err: `eg: There is no user ${created.UserID}\n`,
    });
  });

  it('changes everything that an account may do, in one call', async () => {
    const id = String(user.UserID);
    await result('group', 'create', 'eg-movers');
    const changed = await result(
      ...['user', 'update', id, '--account-status', 'disabled', '--reputation', 'Untrusted'],
      ...['--phone-verified', '1', '--credits', '250', '--group', 'eg-movers', '--email', 'b@example.com'],
      ...['--limit-day', '5', '--limit-month', '0', '--limit-lifetime', '1000'],
      ...['--rate-limits', '{"EmailGateway":{"Minute":2,"Hour":"30","Day":-1}}'],
    );
    const expected = {
      UserID: user.UserID,
      EmailAddress: 'b@example.com',
      Group: 'eg-movers',
      AccountStatus: 'Disabled',
      ReputationLevel: 'Untrusted',
      PhoneVerified: 1,
      CreditSystem: 'Enabled',
      Credits: 250,
      LimitEmailSendPerDay: 5,
      LimitEmailSendPerPeriod: 0,
      LimitEmailSendLifetime: 1000,
      RateLimits: { EmailGateway: { Minute: 2, Hour: 30, Day: -1 } },
    };
    expect(changed).toMatchObject(expected);
    expect(await result('user', 'show', id)).toEqual(changed);
    expect(await result('user', 'list')).toContainEqual(expect.objectContaining(expected));
    const back = [
      '--credits',
      'none',
      '--limit-day',
      'group',
      '--rate-limits',
      '{}',
      '--phone-verified',
      '0',
    ];
    expect(await result('user', 'update', id, ...back)).toMatchObject({
      CreditSystem: 'Disabled',
      Credits: null,
      LimitEmailSendPerDay: null,
      LimitEmailSendPerPeriod: 0,
      RateLimits: null,
      PhoneVerified: 0,
      AccountStatus: 'Disabled',
    });
    expect(
      await result('user', 'update', id, '--account-status', 'Enabled', '--rate-limits', ''),
    ).toMatchObject({
      AccountStatus: 'Enabled',
      RateLimits: null,
    });
  });

  it('sets another password', async () => {
    const { UserID } = await gateway.createUser({ username: 'eg-forgot' });
    await result('user', 'update', String(UserID), '--password', 'remembered');
    const login = await gateway.command('user.login', { Username: 'eg-forgot', Password: 'remembered' });
    expect(login.json).toMatchObject({ Success: true, UserInfo: { UserID } });
  });

  it.each([
    ['--limit-day', '-1', 2, 'integer of at least 0, or group'],
    ['--credits', 'all', 2, 'integer of at least 0, or none'],
    ['--rate-limits', '{', 2, 'expected JSON'],
    ['--rate-limits', '{"EmailGateway":{"Second":1}}', 1, '"Second" is no period'],
    ['--rate-limits', '[]', 1, 'rate limits are an object'],
    ['--phone-verified', 'yes', 2, 'expected one of 0, 1'],
    ['--email', 'nonsense', 1, 'email is no email address'],
  ])('refuses %s %s with exit code %i and says why', async (option, value, code, reason) => {
    const found = await eg('user', 'update', String(user.UserID), option, value);
    expect(found).toEqual({ code, out: '', err: expect.stringContaining(reason) });
  });
});

describe('eg group', () => {
  it('creates and changes a group with all its rules', async () => {
    const rules = [
      '--privileges',
      'EmailGateway.AddDomain',
      '--limit-domains',
      '3',
      '--manual-approval',
      'on',
    ];
    const rates = ['--rate-limits', '{"EmailGateway":{"Hour":10}}'];
    expect(await result('group', 'create', 'eg group', ...rules, '--limit-day', '7', ...rates)).toMatchObject(
      {
        Name: 'eg group',
        Privileges: 'EmailGateway.AddDomain',
        LimitEmailGatewaySenderDomains: 3,
        EmailGatewayNewDomainManualApproval: 'Enabled',
        EmailGatewayDNSTemplate: 'Default',
        LimitEmailSendPerDay: 7,
        RateLimits: { EmailGateway: { Hour: 10 } },
      },
    );
    const change = ['--limit-day', '0', '--limit-month', '8', '--limit-lifetime', '9', '--rate-limits', '{}'];
    const changed = await result('group', 'update', 'eg group', ...change, '--dns-template', 'Default');
    expect(changed).toMatchObject({
      LimitEmailSendPerDay: 0,
      LimitEmailSendPerPeriod: 8,
      LimitEmailSendLifetime: 9,
      RateLimits: null,
    });
    expect(await result('group', 'list')).toContainEqual(changed);
    expect((await eg('group', 'update', 'eg group')).code).toBe(2);
    expect((await eg('group', 'update', 'nobody', '--limit-day', '1')).code).toBe(1);
  });
});

describe('eg domain', () => {
  it('lists, shows and stops a domain', async () => {
    const { domainId, name } = await gateway.createDomain(await gateway.createUser());
    const stopped = await result('domain', 'set-status', String(domainId), 'Suspended');
    expect(stopped).toMatchObject({ DomainID: domainId, SenderDomain: name, Status: 'Suspended' });
    expect(await result('domain', 'show', String(domainId))).toEqual(stopped);
    expect(await result('domain', 'list')).toContainEqual(stopped);
    expect((await eg('domain', 'set-status', String(domainId), 'Gone')).code).toBe(2);
  });
});

describe('eg', () => {
  it.each(['user', 'group', 'domain', 'suppression', 'template', 'list', 'subscriber', 'journey', 'action'])(
    'explains itself: %s --help',
    async (name) => {
      const { code, out, err } = await eg(name, '--help');
      expect([code, err]).toEqual([0, '']);
      const verbs = [...out.matchAll(/^ {2}([a-z-]+) (?:\[|<)/gm)]
        .map(([, verb]) => verb)
        .filter((verb) => verb !== 'help');
      expect(verbs.length).toBeGreaterThan(1);
      for (const verb of verbs) {
        const help = await eg(name, verb ?? '', '--help');
        expect([help.code, help.err, help.out.includes('Usage: eg')]).toEqual([0, '', true]);
      }
    },
  );

  it('prints a table unless JSON is asked for', async () => {
    const { out } = await eg('user', 'list');
    const [head = '', first = ''] = out.split('\n');
    expect(head).toMatch(/^UserID {2,}Username {2,}EmailAddress/);
    expect(first).toMatch(/^\d+ {2,}/);
  });

  it('says what to do when the key is wrong or nothing answers', async () => {
    const wrong = { EG_ADMIN_API_KEY: 'x'.repeat(32) };
    const nothing = { EG_OPERATOR_URL: 'http://127.0.0.1:9' };
    for (const [env, text] of [
      [wrong, 'admin key is missing or wrong'],
      [nothing, 'set EG_OPERATOR_URL'],
    ] as const) {
      const restore = setEnvironment(env);
      try {
        expect(await eg('user', 'list')).toEqual({ code: 1, out: '', err: expect.stringContaining(text) });
      } finally {
        restore();
      }
    }
  });
});
