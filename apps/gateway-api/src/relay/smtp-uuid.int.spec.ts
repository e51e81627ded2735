import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { decodeMailEvent } from '#contracts/mail-events/mail-event';
import { parseStoredMail } from '#contracts/sending/stored-mail';
import { startTestGateway, type TestGateway } from '../http/testing/test-gateway.js';
import { refused, relayTesting, type TestLogin } from './testing/smtp-logins.js';

let gateway: TestGateway;
/** Another process over the same database. */
let other: Pick<TestGateway, 'request'>;
let login: TestLogin;
beforeAll(async () => {
  gateway = await startTestGateway();
  other = await gateway.second();
  login = await newLogin();
});
afterAll(() => gateway.close());
beforeEach(async () => {
  for (const table of ['eg_messages', 'eg_send_queue', 'outbox', 'oempro_suppression_list'])
    await gateway.database.execute(`DELETE FROM ${table}`);
});

const { ask, newLogin, set } = relayTesting(() => gateway);
const raw = (domain: string, text = 'Hello') =>
  `From: Me <me@${domain}>\r\nTo: ann@x.example\r\nSubject: Hi\r\n\r\n${text}\r\n`;
const mail = (more: object = {}, from = login) => ({
  ...from.credentials,
  MailFrom: `me@${from.domain}`,
  RcptTo: 'ann@x.example',
  RawEmail: raw(from.domain),
  ...more,
});
const queued = (from = login) => ({
  Success: true,
  ErrorCode: 0,
  SMTPResponse: '250 2.0.0 Ok: queued',
  ...from.credentials,
});
const CONFLICT = 'UUID was used for another message to this recipient';
const conflict = refused(15, `554 5.5.4 ${CONFLICT}`);
const messages = () =>
  gateway.database.query<{ message_id: string; domain_id: number; content: string }>(
    'SELECT * FROM eg_messages ORDER BY domain_id',
  );
const rows = () =>
  gateway.database.query<{ message_id: string; recipient: string }>(
    'SELECT message_id, recipient FROM eg_send_queue ORDER BY recipient, id',
  );
const recipients = async () => (await rows()).map(({ recipient }) => recipient);
const ids = async () => new Set((await rows()).map(({ message_id }) => message_id));
const events = async () => {
  const outbox = await gateway.database.query<{ value: Buffer }>('SELECT value FROM outbox ORDER BY id');
  return outbox.map(({ value }) => decodeMailEvent(value));
};
const textOf = (content: string) => {
  const stored = parseStoredMail(content).content;
  return stored.version === 2 ? Buffer.from(stored.raw, 'base64').toString('latin1') : '';
};
const ascending = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b);
/** Many calls at once over two gateways. */
const atOnce = (times: number, call: (n: number) => object) =>
  Promise.all(
    Array.from({ length: times }, async (_, n): Promise<Record<string, unknown>> => {
      const json = { Command: 'emailgateway.smtprelay', AdminAPIKey: gateway.adminKey, ...call(n) };
      return (await (n % 2 === 0 ? gateway : other).request('POST', '/api.php', { json })).json;
    }),
  );
const suppress = (email: string) =>
  gateway.database.execute('INSERT INTO oempro_suppression_list (UserID, EmailAddress) VALUES (0, ?)', [
    email,
  ]);

describe('the same call under one UUID', () => {
  it('is queued once, one after the other and at the same time', async () => {
    const UUID = randomUUID();
    const replies = await atOnce(8, () => mail({ UUID }));
    replies.push(await ask(mail({ UUID: UUID.toUpperCase(), RcptTo: '<Ann@X.example>' })));
    expect(replies).toEqual(replies.map(() => queued()));
    expect(await rows()).toEqual([
      { message_id: UUID, recipient: expect.stringMatching(/^ann@x.example$/i) },
    ]);
    expect(await events()).toHaveLength(1);
  });

  it('answers as before when it left suppressed recipients out, and tells of them once', async () => {
    const UUID = randomUUID();
    await suppress('ann@x.example');
    const call = mail({ UUID, RcptTo: 'ann@x.example,bob@x.example' });
    expect([await ask(call), await ask(call)]).toEqual([queued(), queued()]);
    expect(await recipients()).toEqual(['bob@x.example']);
    expect((await events()).map(({ event }) => event)).toEqual(['accepted-by-oempro', 'rejected-by-oempro']);
    const alone = mail({ UUID, RcptTo: 'gone@x.example' });
    await suppress('gone@x.example');
    expect([await ask(alone), await ask(alone)]).toMatchObject([{ ErrorCode: 8 }, { ErrorCode: 8 }]);
  });

  it('counts a mail once, however often it comes', async () => {
    const from = await newLogin();
    await set('oempro_users', 'LimitEmailSendLifetime = 2', 'UserID', from.userId);
    const UUID = randomUUID();
    const replies = await atOnce(6, () => mail({ UUID }, from));
    expect(replies).toEqual(replies.map(() => queued(from)));
    expect(await ask(mail({}, from))).toEqual(queued(from));
    expect(await ask(mail({}, from))).toMatchObject({ ErrorCode: 13 });
    expect(await ask(mail({ UUID }, from))).toEqual(queued(from));
    expect(await rows()).toHaveLength(2);
  });

  it('without a message is refused as that, whatever is queued', async () => {
    const UUID = randomUUID();
    await ask(mail({ UUID }));
    expect(await ask(mail({ UUID, RawEmail: 'no mail' }))).toMatchObject({ ErrorCode: 15 });
  });
});

describe('another recipient under the same UUID', () => {
  it('gets a mail of its own: one call for each RCPT', async () => {
    const UUID = randomUUID();
    const to = ['ann@x.example', 'bob@x.example', 'carl@x.example'];
    for (const RcptTo of [...to, ...to]) expect(await ask(mail({ UUID, RcptTo }))).toEqual(queued());
    expect(await recipients()).toEqual(to);
    expect(await ids()).toContain(UUID);
    expect((await ids()).size).toBe(3);
    for (const id of await ids()) expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect((await messages()).map(({ content }) => textOf(content))).toEqual(to.map(() => raw(login.domain)));
    expect((await events()).map(({ recipient }) => recipient)).toEqual(to);
  });

  it('gets exactly one, for calls at once with other and with overlapping recipients', async () => {
    const UUID = randomUUID();
    const names = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => `${name}@x.example`);
    const replies = await atOnce(24, (n) => {
      const pair = [names[n % 6], names[(n * 5 + 1) % 6]];
      return mail({ UUID, RcptTo: (n % 3 === 0 ? pair : pair.slice(0, 1)).join() });
    });
    expect(replies).toEqual(replies.map(() => queued()));
    expect(await recipients()).toEqual(names);
    expect((await events()).map(({ recipient }) => recipient).toSorted()).toEqual(names);
  });

  it('may have another content', async () => {
    const UUID = randomUUID();
    const forBob = raw(login.domain, 'For Bob');
    await ask(mail({ UUID }));
    expect(await ask(mail({ UUID, RcptTo: 'bob@x.example', RawEmail: forBob }))).toEqual(queued());
    const stored = await messages();
    expect(stored.find(({ message_id }) => message_id !== UUID)?.content).toContain(
      Buffer.from(forBob).toString('base64'),
    );
  });

  it('is refused alone when it is suppressed, and not when others of its call are queued already', async () => {
    const UUID = randomUUID();
    await ask(mail({ UUID }));
    await suppress('bob@x.example');
    expect(await ask(mail({ UUID, RcptTo: 'bob@x.example' }))).toMatchObject({ ErrorCode: 8 });
    expect(await ask(mail({ UUID, RcptTo: 'bob@x.example,ann@x.example' }))).toEqual(queued());
    expect(await recipients()).toEqual(['ann@x.example']);
  });
});

describe('the same UUID and recipient with another message', () => {
  it('is refused, nothing of the call is queued, and the first mail stays', async () => {
    const UUID = randomUUID();
    const RawEmail = raw(login.domain, 'Other');
    await ask(mail({ UUID }));
    await ask(mail({ UUID, RcptTo: 'bob@x.example' }));
    for (const RcptTo of ['ann@x.example', 'bob@x.example', 'carl@x.example,BOB@x.example'])
      expect(await ask(mail({ UUID, RcptTo, RawEmail }))).toEqual(conflict);
    expect(await recipients()).toEqual(['ann@x.example', 'bob@x.example']);
    for (const { content } of await messages()) expect(textOf(content)).toBe(raw(login.domain));
    expect(await ask(mail({ UUID }))).toEqual(queued());
  });

  it('is refused for all but one of several at once, and that one is what is queued', async () => {
    const UUID = randomUUID();
    const replies = await atOnce(8, (n) => mail({ UUID, RawEmail: raw(login.domain, `Text ${n}`) }));
    const taken = replies.flatMap(({ Success }, n) => (Success === true ? [n] : []));
    expect(taken).toHaveLength(1);
    expect(replies.filter((_, n) => !taken.includes(n))).toEqual(Array(7).fill(conflict));
    expect((await messages()).map(({ content }) => textOf(content))).toEqual([
      raw(login.domain, `Text ${taken[0]}`),
    ]);
  });
});

describe('a UUID', () => {
  it('meets nobody else: another tenant, another domain', async () => {
    const UUID = randomUUID();
    const all = [login, await newLogin(), await newLogin(login.userId)];
    for (const from of [...all, ...all]) expect(await ask(mail({ UUID }, from))).toEqual(queued(from));
    const stored = await messages();
    expect(stored.map(({ domain_id }) => domain_id)).toEqual(ascending(all.map(({ domainId }) => domainId)));
    expect(stored.find(({ domain_id }) => domain_id === login.domainId)?.message_id).toBe(UUID);
    expect(new Set(stored.map(({ message_id }) => message_id)).size).toBe(3);
    for (const { message_id, domain_id, content } of stored) {
      expect(message_id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-[48][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      const from = all.find(({ domainId }) => domainId === domain_id);
      expect(textOf(content)).toContain(`<me@${from?.domain}>`);
    }
  });

  it('meets nobody else who comes at the same time', async () => {
    const UUID = randomUUID();
    const all = [login, await newLogin(), await newLogin(login.userId), await newLogin()];
    const calls = all.flatMap((from) => [1, 2, 3].map(() => mail({ UUID }, from)));
    const replies = await atOnce(calls.length, (n) => calls[n] ?? {});
    expect(replies.map(({ Success }) => Success)).toEqual(calls.map(() => true));
    const byDomain = (await messages()).map(({ domain_id }) => domain_id);
    expect(byDomain).toEqual(ascending(all.map(({ domainId }) => domainId)));
    expect(await rows()).toHaveLength(4);
  });

  it('that is the MessageID of another mail of its domain queues the mail', async () => {
    const UUID = randomUUID();
    await gateway.database.execute(
      `INSERT INTO eg_messages (message_id, user_id, domain_id, method, sender_domain, mfrom_host, content, accepted_at)
       VALUES (?, ?, ?, 'api', ?, 'sl.x.example', ?, NOW(3))`,
      [
        UUID,
        login.userId,
        login.domainId,
        login.domain,
        '{"version":1,"from":{"name":"","email":""},"to":[],"subject":""}',
      ],
    );
    expect([await ask(mail({ UUID })), await ask(mail({ UUID }))]).toEqual([queued(), queued()]);
    expect(await recipients()).toEqual(['ann@x.example']);
    expect(await ids()).not.toContain(UUID);
  });
});
