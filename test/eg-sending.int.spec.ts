import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TestUser } from '../apps/gateway-api/src/http/testing/test-gateway.js';
import { eg, result, startEg, type EgProgram } from './support/eg-program.js';

let program: EgProgram;
let user: TestUser;
beforeAll(async () => {
  program = await startEg();
  ({ user } = program);
});
afterAll(() => program.close());

const file = (text: string) => program.file(text);
const idOf = async (...args: string[]) => {
  const added = await result(...args);
  expect(added).toEqual({ ID: expect.any(Number) });
  return String((added as { ID: number }).ID);
};

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
