import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { startTestGateway, type TestGateway } from '../http/testing/test-gateway.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.close());

const update = async (UserID: number, body: object) => {
  const { status, json } = await gateway.operator('PATCH', `/users/${UserID}`, body);
  return { status, json };
};
const show = async (UserID: number) => (await gateway.operator('GET', `/users/${UserID}`)).json;
const refused = (named: string) => ({
  status: 400,
  json: { error: { code: 'invalid', message: expect.stringContaining(named) } },
});

describe('what an account may send', () => {
  it('is set, shown and given back to the group, each limit by itself', async () => {
    const { UserID } = await gateway.createUser();
    const limits = {
      LimitEmailSendPerDay: 5,
      LimitEmailSendPerPeriod: 0,
      LimitEmailSendLifetime: 4_294_967_295,
    };
    const set = { limitDay: 5, limitMonth: 0, limitLifetime: 4_294_967_295 };
    expect(await update(UserID, set)).toMatchObject({ status: 200, json: limits });
    expect(await show(UserID)).toMatchObject(limits);
    await update(UserID, { limitMonth: null });
    expect(await show(UserID)).toMatchObject({ ...limits, LimitEmailSendPerPeriod: null });
  });

  it.each<[unknown, unknown]>([
    [{ EmailGateway: { Minute: 2, Day: '-1' } }, { EmailGateway: { Minute: 2, Day: -1 } }],
    [{}, null],
    [null, null],
  ])('has the rate limits %j', async (rateLimits, RateLimits) => {
    const { UserID } = await gateway.createUser();
    await update(UserID, { rateLimits: { EmailGateway: { Year: 1 } } });
    expect(await update(UserID, { rateLimits })).toMatchObject({ status: 200, json: { RateLimits } });
    expect(await show(UserID)).toMatchObject({ RateLimits });
  });

  it('needs credits when it was given some, until they are taken away', async () => {
    const { UserID } = await gateway.createUser();
    await update(UserID, { credits: 0 });
    expect(await show(UserID)).toMatchObject({ CreditSystem: 'Enabled', Credits: 0 });
    await update(UserID, { credits: 12 });
    expect(await show(UserID)).toMatchObject({ CreditSystem: 'Enabled', Credits: 12 });
    await gateway.database.execute('UPDATE eg_send_usage SET credits = credits - 2 WHERE user_id = ?', [
      UserID,
    ]);
    await update(UserID, { limitDay: 1 });
    expect(await show(UserID)).toMatchObject({ CreditSystem: 'Enabled', Credits: 10 });
    await update(UserID, { credits: null });
    expect(await show(UserID)).toMatchObject({ CreditSystem: 'Disabled', Credits: null });
  });

  it('is shown with what holds for it: its own limits, else those of its group, and what was counted', async () => {
    const group = `g-${randomBytes(6).toString('hex')}`;
    const rateLimits = { EmailGateway: { Hour: 50 } };
    await gateway.operator('POST', '/groups', { name: group, limitDay: 100, limitMonth: 200, rateLimits });
    const user = await gateway.createUser({ group });
    const { name, senderKey } = await gateway.createDomain(user);
    await update(user.UserID, { limitDay: 7, limitMonth: null, credits: 9 });
    const mail = {
      Subject: 's',
      ContentType: 'plain',
      PlainContent: 'x',
      From: { name: 'A', email: `a@${name}` },
      To: [
        { name: 'B', email: 'b@example.org' },
        { name: 'C', email: 'c@example.org' },
      ],
    };
    const sent = await gateway.request('POST', '/api/v1/email', { json: mail, bearer: senderKey });
    expect(sent.status).toBe(200);
    await gateway.database.execute(
      `UPDATE eg_send_usage SET windows = JSON_SET(windows, '$.Minute', JSON_ARRAY(60000, 8)) WHERE user_id = ?`,
      [user.UserID],
    );
    expect(await show(user.UserID)).toMatchObject({
      LimitEmailSendPerDay: 7,
      LimitEmailSendPerPeriod: null,
      Credits: 7,
      InForce: {
        LimitEmailSendPerDay: 7,
        LimitEmailSendPerPeriod: 200,
        LimitEmailSendLifetime: 0,
        RateLimits: rateLimits,
      },
      Usage: { Minute: 0, Day: 2, Month: 2, Lifetime: 2 },
    });
  });

  it('counts with the next mail, whichever way it is changed', async () => {
    const user = await gateway.createUser();
    const { name, senderKey } = await gateway.createDomain(user);
    const send = async () => {
      const json = {
        Subject: 's',
        ContentType: 'plain',
        PlainContent: 'x',
        From: { name: 'A', email: `a@${name}` },
        To: [{ name: 'B', email: 'b@example.org' }],
      };
      const { status, text } = await gateway.request('POST', '/api/v1/email', { json, bearer: senderKey });
      return status === 200 ? 'sent' : /"Code":(\d+)/.exec(text)?.[1];
    };
    const group = `g-${randomBytes(6).toString('hex')}`;
    await gateway.operator('POST', '/groups', { name: group });
    await update(user.UserID, { group });
    expect(await send()).toBe('sent');
    await update(user.UserID, { limitDay: 2 });
    expect([await send(), await send()]).toEqual(['sent', '17']);
    await update(user.UserID, { limitDay: 0, credits: 0 });
    expect(await send()).toBe('17');
    await update(user.UserID, { credits: 1 });
    expect([await send(), await send()]).toEqual(['sent', '17']);
    await update(user.UserID, { credits: null, rateLimits: { EmailGateway: { Year: '0' } } });
    expect(await send()).toBe('429');
    await update(user.UserID, { rateLimits: {} });
    expect(await send()).toBe('sent');
    await gateway.operator('PATCH', `/groups/${group}`, { rateLimits: { EmailGateway: { Year: 0 } } });
    expect(await send()).toBe('429');
    await update(user.UserID, { rateLimits: { EmailGateway: { Year: -1 } } });
    expect(await send()).toBe('sent');
  });

  it.each<[object, string]>([
    [{ limitDay: -1 }, 'limitDay'],
    [{ limitMonth: '5' }, 'limitMonth'],
    [{ limitLifetime: 4_294_967_296 }, 'limitLifetime'],
    [{ credits: -1 }, 'credits'],
    [{ credits: 1.5 }, 'credits'],
    [{ rateLimits: { EmailGateway: { Minute: 'many' } } }, 'Minute'],
    [{ rateLimits: { Minute: 1 } }, 'Minute'],
    [{ email: 'nonsense' }, 'email'],
    [{ password: '' }, 'password'],
    [{ limitDay: 9, colour: 'red' }, 'colour'],
  ])('stays as it is when %j is refused', async (body, named) => {
    const { UserID } = await gateway.createUser();
    const before = await show(UserID);
    expect(await update(UserID, { accountStatus: 'Disabled', ...body })).toMatchObject(refused(named));
    expect(await show(UserID)).toEqual(before);
  });

  it('names the holder, and answers 404 for an account that is not there', async () => {
    const { UserID } = await gateway.createUser({ firstName: 'Ann', lastName: 'Doe' });
    expect(await show(UserID)).toMatchObject({ FirstName: 'Ann', LastName: 'Doe' });
    await update(UserID, { firstName: 'Bea', email: 'bea@example.com' });
    expect(await show(UserID)).toMatchObject({
      FirstName: 'Bea',
      LastName: 'Doe',
      EmailAddress: 'bea@example.com',
    });
    expect((await update(4_294_967_295, { limitDay: 1 })).status).toBe(404);
  });
});

describe('what a group may send', () => {
  it('is set with the group and changed later', async () => {
    const name = `g-${randomBytes(6).toString('hex')}`;
    const rates = { EmailGateway: { Hour: 100 } };
    const created = await gateway.operator('POST', '/groups', { name, limitDay: 7, rateLimits: rates });
    expect(created.json).toMatchObject({
      LimitEmailSendPerDay: 7,
      LimitEmailSendPerPeriod: 0,
      LimitEmailSendLifetime: 0,
      RateLimits: rates,
    });
    const change = { limitDay: 0, limitMonth: 8, limitLifetime: 9, rateLimits: {} };
    expect((await gateway.operator('PATCH', `/groups/${name}`, change)).json).toMatchObject({
      LimitEmailSendPerDay: 0,
      LimitEmailSendPerPeriod: 8,
      LimitEmailSendLifetime: 9,
      RateLimits: null,
    });
    const refusal = await gateway.operator('PATCH', `/groups/${name}`, { limitDay: null });
    expect(refusal).toMatchObject(refused('limitDay'));
  });
});

describe('the end of an account', () => {
  const add = async (path: string, body: object) => {
    const { status, json } = await gateway.operator('POST', path, body);
    if (status !== 201) throw new Error(JSON.stringify(json));
    return Number(json['ID']);
  };
  /** One of everything that an account can own. */
  async function furnish(userId: number): Promise<void> {
    await add('/templates', { userId, name: 't', plain: 'x' });
    const listId = await add('/lists', { userId, name: 'l' });
    await add('/subscribers', { listId, email: 'a@example.com' });
    const journeyId = await add('/journeys', { userId, name: 'j' });
    await add('/actions', { journeyId, name: 'a' });
    await gateway.operator('POST', '/suppressions', { addresses: ['x@example.com'], userId });
    await update(userId, { credits: 5 });
    await gateway.database.execute(
      `INSERT INTO oempro_eg_smtp_credentials (SMTPID, UserID, DomainID, SMTPUsername, PasswordHash, Status, CreatedAt)
       VALUES (?, ?, 1, ?, '', 'Enabled', UTC_TIMESTAMP(6))`,
      [userId, userId, `smtp-${userId}`],
    );
  }
  /** Tables with rows, of all that can belong to an account. */
  async function owned(userId: number): Promise<string[]> {
    const rows = {
      oempro_users: 'UserID = ?',
      oempro_email_templates: 'UserID = ?',
      oempro_subscriber_lists: 'UserID = ?',
      oempro_subscribers: 'ListID IN (SELECT ListID FROM oempro_subscriber_lists WHERE UserID = ?)',
      oempro_journeys: 'UserID = ?',
      oempro_journey_actions: 'JourneyID IN (SELECT JourneyID FROM oempro_journeys WHERE UserID = ?)',
      oempro_suppression_list: 'UserID = ?',
      oempro_eg_smtp_credentials: 'UserID = ?',
      eg_send_usage: 'user_id = ?',
    };
    const found: string[] = [];
    for (const [table, condition] of Object.entries(rows))
      if ((await gateway.database.query(`SELECT 1 FROM ${table} WHERE ${condition}`, [userId])).length > 0)
        found.push(table);
    return found;
  }

  it('takes everything along that was its own, and nothing else', async () => {
    const [gone, kept] = [await gateway.createUser(), await gateway.createUser()];
    await furnish(gone.UserID);
    await furnish(kept.UserID);
    await gateway.operator('POST', '/suppressions', { addresses: ['everyone@example.com'] });
    const all = await owned(kept.UserID);
    expect([all.length, await owned(gone.UserID)]).toEqual([9, all]);
    expect((await gateway.operator('DELETE', `/users/${gone.UserID}`)).json).toEqual({ UserID: gone.UserID });
    expect(await owned(gone.UserID)).toEqual([]);
    expect(await owned(kept.UserID)).toEqual(all);
    const left = await gateway.database.query('SELECT ListID FROM oempro_subscribers');
    expect(left).toHaveLength(1);
    expect(await gateway.database.query('SELECT JourneyID FROM oempro_journey_actions')).toHaveLength(1);
    const global = await gateway.operator('GET', '/suppressions?userId=0');
    expect(global.json).toEqual([expect.objectContaining({ EmailAddress: 'everyone@example.com' })]);
  });

  it('lets nothing be added to it any more', async () => {
    const { UserID } = await gateway.createUser();
    await gateway.operator('DELETE', `/users/${UserID}`);
    expect(
      (await gateway.operator('POST', '/templates', { userId: UserID, name: 't', plain: 'x' })).status,
    ).toBe(400);
    const suppressed = await gateway.operator('POST', '/suppressions', {
      addresses: ['a@example.com'],
      userId: UserID,
    });
    expect(suppressed.status).toBe(400);
    expect(await owned(UserID)).toEqual([]);
  });
});
