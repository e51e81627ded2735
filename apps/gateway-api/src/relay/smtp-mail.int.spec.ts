import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { decodeMailEvent } from '#contracts/mail-events/mail-event';
import { parseStoredMail } from '#contracts/sending/stored-mail';
import { startTestGateway, type TestGateway } from '../http/testing/test-gateway.js';
import { refused, relayTesting, type TestLogin } from './testing/smtp-logins.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({
    EG_MAX_TO: '3',
    EG_MAX_CC: '1',
    EG_MAX_BCC: '2',
    EG_BODY_LIMIT_BYTES: '12000000',
  });
});
afterAll(() => gateway.close());

const { ask, newLogin, relay, set } = relayTesting(() => gateway);

describe('a mail', () => {
  let login: TestLogin;
  beforeAll(async () => {
    login = await newLogin();
  });
  beforeEach(async () => {
    for (const table of ['eg_messages', 'eg_send_queue', 'outbox'])
      await gateway.database.execute(`DELETE FROM ${table}`);
  });

  const raw = (domain = login.domain) =>
    `From: Me <me@${domain}>\r\nTo: Ann <ann@x.example>\r\nCc: bob@x.example\r\nBcc: eve@x.example\r\nSubject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\r\n\r\nHello\r\n`;
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
  const messages = () =>
    gateway.database.query<{ message_id: string; user_id: number; domain_id: number; content: string }>(
      'SELECT * FROM eg_messages ORDER BY accepted_at, message_id',
    );
  const rows = () =>
    gateway.database.query<{ message_id: string; recipient: string }>(
      'SELECT message_id, recipient_no, recipient, recipient_type, user_id, domain_id, state FROM eg_send_queue ORDER BY id',
    );
  const rawOf = (content: string) => {
    const stored = parseStoredMail(content).content;
    return stored.version === 2 ? Buffer.from(stored.raw, 'base64').toString('latin1') : '';
  };

  it('is stored whole, with a queue row and an event for each recipient', async () => {
    const UUID = '550E8400-E29B-41D4-A716-446655440000';
    const RcptTo = 'Bob@x.example, <eve@x.example>, ann@x.example, EVE@x.example';
    expect(await ask(mail({ UUID, RcptTo }))).toEqual(queued());

    const { userId, domainId, domain } = login;
    const messageId = UUID.toLowerCase();
    const [message] = await messages();
    expect(message).toMatchObject({
      message_id: messageId,
      user_id: userId,
      domain_id: domainId,
      method: 'smtp',
      sender_domain: domain,
      mfrom_host: `sl.${domain}`,
    });
    const shown = { from: `Me <me@${domain}>`, to: 'Ann <ann@x.example>', subject: 'Grüße' };
    expect(parseStoredMail(message?.content ?? '')).toMatchObject({
      shown,
      context: {},
      content: { version: 2, tags: [] },
    });
    expect(rawOf(message?.content ?? '')).toBe(raw().replace('Bcc: eve@x.example\r\n', ''));

    const recipients = [
      ['Bob@x.example', 'cc'],
      ['eve@x.example', 'bcc'],
      ['ann@x.example', 'to'],
    ];
    expect(await rows()).toEqual(
      recipients.map(([recipient, type], no) => ({
        message_id: messageId,
        recipient_no: no,
        recipient,
        recipient_type: type,
        user_id: userId,
        domain_id: domainId,
        state: 'queued',
      })),
    );
    const outbox = await gateway.database.query<{ value: Buffer }>('SELECT value FROM outbox ORDER BY id');
    expect(outbox.map(({ value }) => decodeMailEvent(value))).toEqual(
      recipients.map(([recipient, recipientType]) =>
        expect.objectContaining({
          event: 'accepted-by-oempro',
          userId,
          domainId,
          senderDomain: domain,
          messageId,
          recipient,
          recipientType,
          method: 'smtp',
          ...shown,
        }),
      ),
    );
  });

  it('gets a UUID when it brings none', async () => {
    for (const UUID of [undefined, '', ' ']) expect(await ask(mail({ UUID }))).toEqual(queued());
    const ids = (await messages()).map(({ message_id }) => message_id);
    expect(new Set(ids).size).toBe(3);
    for (const id of ids)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('follows the tracking options of its domain', async () => {
    const tracking = async (options: object) => {
      await gateway.database.execute('UPDATE oempro_eg_domains SET Options = ? WHERE DomainID = ?', [
        JSON.stringify(options),
        login.domainId,
      ]);
      await ask(mail({ UUID: randomUUID() }));
      const stored = (await messages()).map(({ content }) => parseStoredMail(content).content);
      await gateway.database.execute('DELETE FROM eg_messages');
      return stored.map(({ trackLinks, trackOpens }) => [trackLinks, trackOpens]);
    };
    expect(await tracking({ LinkTracking: 1, OpenTracking: 0, UnsubscribeLink: 0 })).toEqual([[true, false]]);
    expect(await tracking({ LinkTracking: 0, OpenTracking: 1, UnsubscribeLink: 0 })).toEqual([[false, true]]);
    expect(await tracking({ LinkTracking: 1, OpenTracking: 1, UnsubscribeLink: 0 })).toEqual([[true, true]]);
  });

  it('may come as a form, or as multipart with a file, and be large', async () => {
    const large = raw() + `${'0123456789abcdef'.repeat(4)}\r\n`.repeat(50_000);
    const fields = { Command: 'emailgateway.smtprelay', AdminAPIKey: gateway.adminKey, ...mail() };
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) if (name !== 'RawEmail') form.set(name, value);
    form.set('RawEmail', new Blob([large]), 'mail.eml');
    for (const body of [new URLSearchParams({ ...fields, RawEmail: large }), form])
      expect((await gateway.request('POST', '/api.php', { body })).json).toEqual(queued());
    for (const { content } of await messages())
      expect(rawOf(content) === large.replace('Bcc: eve@x.example\r\n', '')).toBe(true);
  });

  it('has bytes of any kind when it comes as base64', async () => {
    const bytes = Buffer.concat([Buffer.from(raw()), Buffer.from([0x80, 0xfc, 0xff])]);
    expect(await ask(mail({ RawEmail: bytes.toString('base64'), RawEmailEncoding: 'base64' }))).toEqual(
      queued(),
    );
    const [message] = await messages();
    expect(rawOf(message?.content ?? '').endsWith('Hello\r\n\x80\xfc\xff')).toBe(true);
  });

  it('that is larger than a request may be is not queued', async () => {
    const reply = await relay(mail({ RawEmail: raw().padEnd(12_000_000, 'x') }));
    expect([reply.status, reply.json['ErrorCode']]).toEqual([413, 413]);
    expect(await messages()).toEqual([]);
  });

  it.each([
    [3, '500 5.0.0 AUTH ERROR', { SMTPPassword: 'wrong' }],
    [4, '550 5.7.1 From is not an address of DOMAIN', { RawEmail: raw('other.example') }],
    [4, '550 5.7.1 MAIL FROM is not an address of DOMAIN', { MailFrom: 'me@other.example' }],
    [4, '550 5.7.1 Invalid sender domain', { MailFrom: {} }],
    [9, '452 4.5.3 To count exceeds limit (3)', manyRecipients('To', 4)],
    [10, '452 4.5.3 CC count exceeds limit (1)', manyRecipients('Cc', 2)],
    [11, '452 4.5.3 BCC count exceeds limit (2)', { RcptTo: 'a@x.example,b@x.example,c@x.example' }],
    [14, '554 5.5.1 No valid recipients', { RcptTo: '' }],
    [14, '554 5.5.1 No valid recipients', { RcptTo: null }],
    [14, '550 5.1.3 Missing or invalid RcptTo', { RcptTo: ['ann@x.example'] }],
    [14, '550 5.1.3 Recipient 2 is not a valid address', { RcptTo: 'ann@x.example,nobody' }],
    [15, '554 5.6.0 The message is empty', { RawEmail: '' }],
    [15, '554 5.6.0 The message is empty', { RawEmail: ' \r\n' }],
    [15, '554 5.6.0 The message header has a line that is no header field', { RawEmail: 'Hello' }],
    [15, expect.stringMatching(/^554 5\.6\.0 RawEmail is no message/), { RawEmail: { From: 'x' } }],
    [15, '501 5.5.4 UUID is malformed', { UUID: '550e8400' }],
    [15, '501 5.5.4 UUID is malformed', { UUID: "' OR 1=1" }],
    [15, '501 5.5.4 UUID is malformed', { UUID: ['x'] }],
  ])('%i: is refused with %s', async (code, reply, more) => {
    const body = await ask(mail(more));
    const line = String(body['SMTPResponse']).replace(login.domain, 'DOMAIN');
    expect({ ...body, SMTPResponse: line }).toEqual({
      Success: false,
      SMTPResponse: reply,
      ErrorCode: code,
      ErrorText: expect.any(String),
    });
    expect(line).toMatch(/^[245]\d\d \d\.\d\.\d [\x20-\x7e]+$/);
    expect([await messages(), await rows(), await gateway.database.query('SELECT id FROM outbox')]).toEqual([
      [],
      [],
      [],
    ]);
  });

  function manyRecipients(field: string, count: number) {
    const list = Array.from({ length: count }, (_, no) => `r${no}@x.example`).join(',');
    return {
      get RcptTo() {
        return list;
      },
      get RawEmail() {
        return `From: me@${login.domain}\r\n${field}: ${list}\r\n\r\nx`;
      },
    };
  }

  describe('and what its account may send', () => {
    const suppress = (userId: number, email: string) =>
      gateway.database.execute('INSERT INTO oempro_suppression_list (UserID, EmailAddress) VALUES (?, ?)', [
        userId,
        email,
      ]);
    const events = async () => {
      const outbox = await gateway.database.query<{ value: Buffer }>('SELECT value FROM outbox ORDER BY id');
      return outbox
        .map(({ value }) => decodeMailEvent(value))
        .map(({ event, recipient }) => `${event} ${recipient}`);
    };
    let from: TestLogin;
    beforeEach(async () => {
      from = await newLogin();
    });

    it('8: suppressed recipients are left out, and it is refused when nobody is left', async () => {
      await suppress(from.userId, 'ann@x.example');
      expect(await ask(mail({ RcptTo: 'Ann@x.example,bob@x.example' }, from))).toEqual(queued(from));
      expect((await rows()).map(({ recipient }) => recipient)).toEqual(['bob@x.example']);
      expect((await events()).toSorted()).toEqual([
        'accepted-by-oempro bob@x.example',
        'rejected-by-oempro Ann@x.example',
      ]);
      const text = 'Recipient email address is suppressed';
      expect(await ask(mail({}, from))).toEqual(refused(8, `550 5.1.1 ${text}`, text));
      expect(await rows()).toHaveLength(1);
      // Somebody else's list.
      const UUID = randomUUID();
      expect(await ask(mail({ UUID }))).toEqual(queued());
      // Not even what was refused is told of under a UUID of somebody else.
      await gateway.database.execute('DELETE FROM outbox');
      expect(await ask(mail({ UUID }, from))).toMatchObject({ ErrorCode: 8 });
      const [{ value } = { value: Buffer.alloc(0) }] = await gateway.database.query<{ value: Buffer }>(
        'SELECT value FROM outbox',
      );
      expect(decodeMailEvent(value).messageId).not.toBe(UUID);
    });

    it('12: its rate is exceeded, and it says for how long', async () => {
      await set('oempro_users', `RateLimits = '{"EmailGateway":{"Year":2}}'`, 'UserID', from.userId);
      expect(await ask(mail({ RcptTo: 'a@x.example,b@x.example' }, from))).toEqual(queued(from));
      const reply = await ask(mail({}, from));
      expect(reply).toEqual(
        refused(
          12,
          expect.stringMatching(/^451 4\.7\.1 Email send rate limit exceeded, try again in \d+ seconds$/),
        ),
      );
      expect(await rows()).toHaveLength(2);
    });

    it('13: its limit is reached, and each recipient counts', async () => {
      await set('oempro_users', 'LimitEmailSendLifetime = 3', 'UserID', from.userId);
      const text = 'Email sending limit reached';
      const UUID = randomUUID();
      expect(await ask(mail({ UUID, RcptTo: 'a@x.example,b@x.example' }, from))).toEqual(queued(from));
      expect(await ask(mail({ RcptTo: 'a@x.example,b@x.example' }, from))).toEqual(
        refused(13, `452 4.2.2 ${text}`, text),
      );
      expect(await ask(mail({}, from))).toEqual(queued(from));
      expect(await ask(mail({}, from))).toEqual(refused(13, `452 4.2.2 ${text}`, text));
      // What was queued before stays so.
      expect(await ask(mail({ UUID, RcptTo: 'b@x.example,a@x.example' }, from))).toEqual(queued(from));
      expect(await ask(mail({ UUID }, from))).toMatchObject({ ErrorCode: 13 });
      expect(await rows()).toHaveLength(3);
    });
  });

  it('leaves no password, no address and no text in the log', async () => {
    await ask(mail({ SMTPPassword: 'wrong-secret' }));
    await ask(mail({ RcptTo: 'hidden-address@' }));
    await ask(mail({ RcptTo: 'hidden-address@x.example', RawEmail: `${raw()}hidden-text` }));
    const log = JSON.stringify(gateway.logged());
    expect(log).toContain('emailgateway.smtprelay');
    for (const secret of [
      login.credentials.SMTPPassword,
      'wrong-secret',
      'hidden-address',
      'hidden-text',
      'ann@x.example',
    ])
      expect(log).not.toContain(secret);
  });
});
