import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { run } from '../apps/eg/src/run.js';
import {
  startTestGateway,
  type TestGateway,
  type TestUser,
} from '../apps/gateway-api/src/http/testing/test-gateway.js';

/** `eg` in this process, against a gateway of its own: its verbs, their JSON and their exit codes. */
let gateway: TestGateway;
let user: TestUser;
let folder: string;
const environment = { ...process.env };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'eg-'));
  gateway = await startTestGateway();
  user = await gateway.createUser();
  Object.assign(process.env, {
    EG_VAR: folder,
    EG_OPERATOR_URL: gateway.operatorUrl,
    EG_ADMIN_API_KEY: gateway.adminKey,
  });
});
afterAll(async () => {
  for (const name of ['EG_VAR', 'EG_OPERATOR_URL', 'EG_ADMIN_API_KEY']) {
    const before = environment[name];
    if (before === undefined) delete process.env[name];
    else process.env[name] = before;
  }
  rmSync(folder, { recursive: true });
  await gateway.close();
});

interface Run {
  code: number;
  out: string;
  err: string;
}

/** Runs one command line; what it writes is kept from the terminal. */
async function eg(...args: string[]): Promise<Run> {
  const written = { out: '', err: '' };
  const spies = [
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => ((written.out += String(text)), true)),
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => ((written.err += String(text)), true)),
  ];
  try {
    return { code: await run(args), ...written };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}
/** The JSON that a command prints; it has to succeed in silence. */
async function result(...args: string[]): Promise<unknown> {
  const { code, out, err } = await eg('--json', ...args);
  expect({ args, code, err }).toEqual({ args, code: 0, err: '' });
  return JSON.parse(out);
}
/** A new file with this text. */
function file(text: string): string {
  const path = join(folder, `file-${Math.random()}`);
  writeFileSync(path, text);
  return path;
}
const idOf = async (...args: string[]) => {
  const added = await result(...args);
  expect(added).toEqual({ ID: expect.any(Number) });
  return String((added as { ID: number }).ID);
};

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

describe('eg suppression', () => {
  const entries = async (...args: string[]) =>
    ((await result('suppression', 'list', ...args)) as { UserID: number; EmailAddress: string }[]).map(
      ({ UserID, EmailAddress }) => `${EmailAddress} of ${UserID}`,
    );

  it('adds, lists and removes, for the installation and for an account', async () => {
    const own = ['--user', String(user.UserID)];
    expect(await result('suppression', 'add', 'A@Example.com')).toEqual({ Added: 1, Present: 0 });
    expect(await result('suppression', 'add', 'a@example.com')).toEqual({ Added: 0, Present: 1 });
    expect(await result('suppression', 'add', '*@example.com', ...own)).toEqual({ Added: 1, Present: 0 });
    const both = ['a@example.com of 0', `*@example.com of ${user.UserID}`];
    expect(await entries('a@example.com')).toEqual(both);
    expect(await entries()).toEqual(both);
    expect(await entries(...own)).toEqual(both.slice(1));
    expect(await entries('--user', '0')).toEqual(both.slice(0, 1));
    expect(await result('suppression', 'remove', '*@example.com')).toEqual({ Removed: 0 });
    expect(await result('suppression', 'remove', '*@example.com', ...own)).toEqual({ Removed: 1 });
    expect(await result('suppression', 'remove', 'a@EXAMPLE.com')).toEqual({ Removed: 1 });
    expect(await entries()).toEqual([]);
  });

  it('takes a file of any length, and gives it back in pieces', async () => {
    const lines = Array.from({ length: 2500 }, (_, no) => `n${no}@example.com`);
    const path = file(`\uFEFF# bounced\r\n${lines.join('\r\n')}\r\n\r\nn1@example.com # twice\n`);
    expect(await result('suppression', 'add', '--file', path)).toEqual({ Added: 2500, Present: 1 });
    const first = (await result('suppression', 'list', '--limit', '1500')) as { SuppressionID: number }[];
    const rest = await entries('--after', String(first.at(-1)?.SuppressionID));
    expect([first.length, rest.length]).toEqual([1500, 1000]);
    const { code, out, err } = await eg('suppression', 'list', '--limit', '1');
    expect([code, out.trim().split('\n').length, err]).toEqual([0, 2, expect.stringContaining('--after')]);
    expect(await result('suppression', 'remove', '--file', path)).toEqual({ Removed: 2500 });
  });

  it('says how far it came with a file that is wrong', async () => {
    const good = Array.from({ length: 1000 }, (_, no) => `m${no}@example.com`);
    const { code, err } = await eg('suppression', 'add', '--file', file([...good, 'nonsense'].join('\n')));
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/"nonsense" is no email address.*first 1000 .*"Added":1000/),
    ]);
    expect((await eg('suppression', 'remove', '--file', file(good.join('\n')))).code).toBe(0);
  });

  it.each<[string[], number]>([
    [['add'], 2],
    [['add', 'a@example.com', '--file', 'x'], 2],
    [['add', '--file', '/nowhere/x'], 1],
    [['add', 'nonsense'], 1],
    [['add', '*'], 1],
    [['add', 'a@example.com', '--user', '4294967295'], 1],
    [['remove'], 2],
    [['list', '--user', 'me'], 2],
    [['list', '--limit', '10001'], 1],
  ])('refuses %j with exit code %i', async (args, code) => {
    const found = await eg('suppression', ...args);
    expect([found.code, found.out, found.err !== '']).toEqual([code, '', true]);
  });
});

describe('eg template, list, subscriber, journey, action', () => {
  it('add what a send may name, and print the id', async () => {
    const own = ['--user', String(user.UserID)];
    const html = file('<b>Hi</b>');
    const template = await idOf(
      'template',
      'add',
      ...own,
      '--name',
      'T',
      '--html-file',
      html,
      '--plain',
      'Hi',
    );
    const list = await idOf('list', 'add', ...own, '--name', 'L');
    const fields = ['--field', 'City=Köln', '--field', 'Sum=1+1=2'];
    const subscriber = await idOf(
      'subscriber',
      'add',
      '--list',
      list,
      '--email',
      's@example.com',
      '--name',
      'S',
      ...fields,
    );
    const journey = await idOf('journey', 'add', ...own, '--name', 'J');
    const action = await idOf('action', 'add', '--journey', journey, '--name', 'A');

    expect(await result('template', 'show', template)).toMatchObject({
      HTMLContent: '<b>Hi</b>',
      PlainContent: 'Hi',
    });
    expect(await result('template', 'list', ...own)).toMatchObject([
      { TemplateID: Number(template), Name: 'T' },
    ]);
    expect(await result('list', 'list', ...own)).toMatchObject([{ ListID: Number(list), Name: 'L' }]);
    expect(await result('subscriber', 'list', '--list', list)).toMatchObject([
      {
        SubscriberID: Number(subscriber),
        EmailAddress: 's@example.com',
        Name: 'S',
        Fields: { City: 'Köln', Sum: '1+1=2' },
      },
    ]);
    expect(await result('journey', 'list', ...own)).toMatchObject([
      { JourneyID: Number(journey), Name: 'J' },
    ]);
    expect(await result('action', 'list', '--journey', journey)).toMatchObject([
      { ActionID: Number(action), Name: 'A' },
    ]);
    expect(await result('action', 'delete', action)).toEqual({ ID: Number(action) });
    expect((await eg('action', 'show', action)).code).toBe(1);
  });

  it.each<[string[], number]>([
    [['template', 'add', '--user', '1', '--name', 'T'], 2],
    [['template', 'add', '--user', '1', '--name', 'T', '--html', 'x', '--html-file', 'y'], 2],
    [['template', 'add', '--name', 'T', '--plain', 'x'], 2],
    [['template', 'add', '--user', '4294967295', '--name', 'T', '--plain', 'x'], 1],
    [['list', 'add', '--user', '1'], 2],
    [['subscriber', 'add', '--list', '1', '--email', 'a@example.com', '--field', 'City'], 2],
    [['subscriber', 'add', '--list', '4294967295', '--email', 'a@example.com'], 1],
    [['journey', 'show', '7abc'], 2],
    [['action', 'add', '--name', 'A'], 2],
    [['list', 'delete', '4294967295'], 1],
  ])('refuse %j with exit code %i', async (args, code) => {
    const found = await eg(...args);
    expect([found.code, found.out, found.err !== '']).toEqual([code, '', true]);
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
      const before = { ...process.env };
      Object.assign(process.env, env);
      try {
        expect(await eg('user', 'list')).toEqual({ code: 1, out: '', err: expect.stringContaining(text) });
      } finally {
        for (const name of Object.keys(env)) process.env[name] = before[name];
      }
    }
  });
});
