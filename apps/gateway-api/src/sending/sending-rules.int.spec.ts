import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeMailEvent } from '#contracts/mail-events/mail-event';
import {
  startTestGateway,
  type TestDomain,
  type TestGateway,
  type TestUser,
} from '../http/testing/test-gateway.js';

let gateway: TestGateway;
let user: TestUser;
let domain: TestDomain;

beforeAll(async () => {
  gateway = await startTestGateway({ EG_PHONE_VERIFICATION_REQUIRED: 'true' });
  user = await gateway.createUser();
  domain = await gateway.createDomain(user);
  await set({ PhoneVerified: 1 });
});
afterAll(() => gateway.close());

async function set(columns: Record<string, string | number | null>): Promise<void> {
  for (const [column, value] of Object.entries(columns))
    await gateway.database.execute(`UPDATE oempro_users SET ${column} = ? WHERE UserID = ?`, [
      value,
      user.UserID,
    ]);
}
const mail = (...addresses: string[]) => ({
  Subject: 'Hello',
  ContentType: 'plain',
  PlainContent: 'Hi',
  From: { name: 'John', email: `john@${domain.name}` },
  To: (addresses.length === 0 ? ['jane@inbox.example'] : addresses).map((email) => ({ name: '', email })),
});
const send = (json: object = mail()) =>
  gateway.request('POST', '/api/v1/email', { json, bearer: domain.senderKey });
const sendLegacy = (json: object = mail()) =>
  gateway.command('emailgateway.sendemail', { ...json, SenderAPIKey: domain.senderKey });
const refused = async (json: object, status: number, Code: number) => {
  const v1 = await send(json);
  expect([v1.status, v1.json]).toEqual([status, { Errors: [{ Code, Message: expect.any(String) }] }]);
  const legacy = await sendLegacy(json);
  expect([legacy.status, legacy.json]).toEqual([
    200,
    { Success: false, ErrorCode: Code, ErrorText: expect.any(String) },
  ]);
  return v1.text;
};

describe('a sender', () => {
  it('whose phone is not verified gets 34 where the installation demands it, before the state of the domain', async () => {
    await set({ PhoneVerified: 0 });
    await refused(mail(), 403, 34);
    await gateway.operator('PUT', `/domains/${domain.domainId}/status`, { status: 'Disabled' });
    await refused({}, 403, 34);
    await set({ PhoneVerified: 1 });
    await refused({}, 403, 32);
    await gateway.operator('PUT', `/domains/${domain.domainId}/status`, { status: 'Enabled' });
    expect((await send()).status).toBe(200);
  });
});

describe('a suppressed recipient', () => {
  it('gets 14 when alone, and an event; among others only the event', async () => {
    await gateway.database.execute(
      'INSERT INTO oempro_suppression_list (UserID, EmailAddress) VALUES (?, ?)',
      [user.UserID, 'gone@inbox.example'],
    );
    await refused(mail('Gone@Inbox.example'), 409, 14);
    const { status, json } = await send(mail('gone@inbox.example', 'here@inbox.example'));
    expect(status).toBe(200);
    const rows = await gateway.database.query<{ message_key: Buffer; value: Buffer }>(
      "SELECT message_key, value FROM outbox WHERE topic = 'eg.mail-events' ORDER BY id",
    );
    const events = rows.map(({ message_key, value }) => ({
      key: String(message_key),
      ...decodeMailEvent(value),
    }));
    expect(events.filter(({ reason }) => reason === 'suppressed')).toHaveLength(3);
    expect(
      events.filter(({ key }) => key === json['MessageID']).map(({ event, recipient }) => [event, recipient]),
    ).toEqual([
      ['accepted-by-oempro', 'here@inbox.example'],
      ['rejected-by-oempro', 'gone@inbox.example'],
    ]);
  });

  it('of another account is none', async () => {
    const other = await gateway.createUser();
    await gateway.database.execute(
      'INSERT INTO oempro_suppression_list (UserID, EmailAddress) VALUES (?, ?)',
      [other.UserID, 'theirs@inbox.example'],
    );
    expect((await send(mail('theirs@inbox.example'))).status).toBe(200);
  });

  it('does not hide what is wrong with the mail', async () => {
    const { json } = await send({ ...mail('gone@inbox.example'), Subject: '' });
    expect(json).toEqual({ Errors: [{ Code: 8, Message: expect.any(String) }] });
  });
});

describe('an account’s limits', () => {
  it.each(['LimitEmailSendPerDay', 'LimitEmailSendPerPeriod', 'LimitEmailSendLifetime'])(
    '%s answers 17 with HTTP 420 once it is used up',
    async (limit) => {
      await gateway.database.execute('DELETE FROM eg_send_usage');
      await set({ [limit]: 3 });
      expect((await send(mail('a@x.example', 'b@x.example'))).status).toBe(200);
      await refused(mail('a@x.example', 'b@x.example'), 420, 17);
      expect((await send(mail('a@x.example'))).status).toBe(200);
      await refused(mail(), 420, 17);
      await set({ [limit]: 0 });
      expect((await send()).status).toBe(200);
      await set({ [limit]: null });
    },
  );

  it('of credits answer 17, and 200 again once there are some', async () => {
    await gateway.database.execute('DELETE FROM eg_send_usage');
    await set({ CreditSystem: 'Enabled' });
    await refused(mail(), 420, 17);
    await gateway.database.execute('UPDATE eg_send_usage SET credits = 1 WHERE user_id = ?', [user.UserID]);
    expect((await send()).status).toBe(200);
    await refused(mail(), 420, 17);
    await set({ CreditSystem: 'Disabled' });
  });

  it('of a rate answer 429 with the time to wait', async () => {
    await gateway.database.execute('DELETE FROM eg_send_usage');
    await set({ RateLimits: '{"EmailGateway":{"Year":2,"Minute":"-1"}}' });
    expect((await send(mail('a@x.example', 'b@x.example'))).status).toBe(200);
    const text = await refused(mail(), 429, 429);
    const seconds = Number(/try again in (\d+) seconds/.exec(text)?.[1]);
    const end = Date.UTC(new Date().getUTCFullYear() + 1, 0, 1);
    expect(Math.abs(seconds * 1000 - (end - Date.now()))).toBeLessThan(60_000);
    const response = await fetch(`${gateway.api}/api/v1/email`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${domain.senderKey}` },
      body: JSON.stringify(mail()),
    });
    expect(Math.abs(Number(response.headers.get('retry-after')) - seconds)).toBeLessThan(60);
    await set({ RateLimits: null });
    expect((await send()).status).toBe(200);
  });
});
