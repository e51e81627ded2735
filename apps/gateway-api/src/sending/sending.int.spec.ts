import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeMailEvent } from '#contracts/mail-events/mail-event';
import { mailEventId } from '#contracts/mail-events/event-id';
import { parseStoredMail } from '#contracts/sending/stored-mail';
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
  gateway = await startTestGateway({ EG_MAX_TO: '3' });
  user = await gateway.createUser();
  domain = await gateway.createDomain(user);
});
afterAll(() => gateway.close());

const mail = (change: object = {}, from = domain) => ({
  Subject: 'Hello',
  ContentType: 'html',
  HTMLContent: '<p>Hi</p>',
  From: { name: 'John', email: `john@${from.name}` },
  To: [{ name: 'Jane', email: 'Jane@Example.org' }],
  ...change,
});
const send = (json: object, bearer: string | undefined = domain.senderKey) =>
  gateway.request('POST', '/api/v1/email', { json, ...(bearer === undefined ? {} : { bearer }) });
const anonymous = (json: object) => gateway.request('POST', '/api/v1/email', { json });
const sendLegacy = (json: object) => gateway.command('emailgateway.sendemail', json);
const queued = async () => {
  const [row] = await gateway.database.query<{ n: number }>('SELECT COUNT(*) AS n FROM eg_send_queue');
  return row?.n;
};
const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('an accepted mail', () => {
  it('is in the database with one queue row and one event per envelope recipient when the reply arrives', async () => {
    const before = Date.now();
    const reply = await send(
      mail({
        To: [
          { name: 'Jane', email: 'Jane@Example.org' },
          { name: '', email: 'joe@example.org' },
        ],
        CC: [{ name: '', email: 'cc@example.net' }],
        BCC: [{ name: '', email: 'bcc@example.net' }],
        Tags: ['welcome'],
        Headers: { 'X-Ref': '7' },
      }),
    );
    expect(reply.status).toBe(200);
    expect(Object.keys(reply.json)).toEqual(['MessageID']);
    const messageId = String(reply.json['MessageID']);
    expect(messageId).toMatch(UUID_V4);

    const [message] = await gateway.database.query('SELECT * FROM eg_messages WHERE message_id = ?', [
      messageId,
    ]);
    expect(message).toMatchObject({
      user_id: user.UserID,
      domain_id: domain.domainId,
      method: 'api',
      sender_domain: domain.name,
      mfrom_host: `sl.${domain.name}`,
    });
    const { content } = parseStoredMail(String(message?.['content']));
    expect(content).toMatchObject({
      subject: 'Hello',
      html: '<p>Hi</p>',
      headers: { 'X-Ref': '7' },
      trackLinks: true,
      trackOpens: true,
    });
    expect(JSON.stringify(content)).not.toContain('bcc@example.net');

    const rows = await gateway.database.query(
      'SELECT * FROM eg_send_queue WHERE message_id = ? ORDER BY recipient_no',
      [messageId],
    );
    expect(
      rows.map(({ recipient_no, recipient, recipient_type, state }) => [
        recipient_no,
        recipient,
        recipient_type,
        state,
      ]),
    ).toEqual([
      [0, 'Jane@Example.org', 'to', 'queued'],
      [1, 'joe@example.org', 'to', 'queued'],
      [2, 'cc@example.net', 'cc', 'queued'],
      [3, 'bcc@example.net', 'bcc', 'queued'],
    ]);

    const outbox = await gateway.database.query<{ topic: string; message_key: Buffer; value: Buffer }>(
      'SELECT topic, message_key, value FROM outbox WHERE message_key = ? ORDER BY id',
      [Buffer.from(messageId)],
    );
    expect(new Set(outbox.map(({ topic }) => topic))).toEqual(new Set(['eg.mail-events']));
    const events = outbox.map(({ value }) => decodeMailEvent(value));
    expect(events.map(({ recipient, recipientType }) => [recipient, recipientType])).toEqual([
      ['Jane@Example.org', 'to'],
      ['joe@example.org', 'to'],
      ['cc@example.net', 'cc'],
      ['bcc@example.net', 'bcc'],
    ]);
    expect(events[0]).toMatchObject({
      id: mailEventId({ messageId, recipient: 'jane@example.org', event: 'accepted-by-oempro' }),
      event: 'accepted-by-oempro',
      userId: user.UserID,
      domainId: domain.domainId,
      senderDomain: domain.name,
      messageId,
      method: 'api',
      from: `John <john@${domain.name}>`,
      to: 'Jane <Jane@Example.org>, joe@example.org',
      subject: 'Hello',
      tags: ['welcome'],
    });
    expect(events[0]?.loggedAt).toBeGreaterThanOrEqual(before);
    expect(events[0]?.loggedAt).toBeLessThanOrEqual(Date.now());
  });

  it('shows names in its events as the mail does, so that they can be read back', async () => {
    const reply = await send(
      mail({
        From: { name: 'Shop "24", Ltd.', email: `Shop@${domain.name}` },
        To: [
          { name: 'B <b@evil.test>', email: 'A@Demo.test' },
          { name: 'Jane Doe', email: 'jane@example.org' },
        ],
      }),
    );
    const [row] = await gateway.database.query<{ value: Buffer }>(
      'SELECT value FROM outbox WHERE message_key = ? ORDER BY id LIMIT 1',
      [Buffer.from(String(reply.json['MessageID']))],
    );
    expect(row && decodeMailEvent(row.value)).toMatchObject({
      from: `"Shop \\"24\\", Ltd." <Shop@${domain.name}>`,
      to: '"B <b@evil.test>" <A@Demo.test>, Jane Doe <jane@example.org>',
    });
  });

  it('waits for SendAt', async () => {
    const SendAt = Math.floor(Date.now() / 1000) + 7200;
    const { json } = await send(mail({ SendAt }));
    const [row] = await gateway.database.query<{ due_at: Date }>(
      'SELECT due_at FROM eg_send_queue WHERE message_id = ?',
      [String(json['MessageID'])],
    );
    expect(row?.due_at).toEqual(new Date(SendAt * 1000));
  });

  it('can be sent with the key as a parameter, on both surfaces', async () => {
    const SenderAPIKey = domain.senderKey;
    expect(await anonymous(mail({ senderapikey: SenderAPIKey }))).toMatchObject({
      status: 200,
      json: { MessageID: expect.stringMatching(UUID_V4) },
    });
    expect((await sendLegacy(mail({ SenderAPIKey }))).json).toEqual({
      Success: true,
      ErrorCode: 0,
      MessageID: expect.stringMatching(UUID_V4),
    });
  });

  it('can be sent as a form, with structures as JSON text or in brackets', async () => {
    const { Subject, ContentType, HTMLContent, From, To } = mail();
    const common = { SenderAPIKey: domain.senderKey, Subject, ContentType, HTMLContent };
    const asText = new URLSearchParams({ ...common, From: JSON.stringify(From), To: JSON.stringify(To) });
    expect((await gateway.request('POST', '/api/v1/email', { body: asText })).status).toBe(200);
    const inBrackets = new URLSearchParams({
      ...common,
      'From[Name]': 'John',
      'From[email]': `john@${domain.name}`,
      'To[0][name]': 'Jane',
      'To[0][email]': 'jane@example.org',
    });
    expect((await gateway.request('POST', '/api/v1/email', { body: inBrackets })).status).toBe(200);
  });

  it('takes reply-to as a name of ReplyTo', async () => {
    const { json } = await send(mail({ 'Reply-To': [{ Name: 'R', Email: 'r@example.org' }] }));
    const [row] = await gateway.database.query<{ content: string }>(
      'SELECT content FROM eg_messages WHERE message_id = ?',
      [String(json['MessageID'])],
    );
    expect(parseStoredMail(row?.content ?? '').content).toMatchObject({
      replyTo: [{ name: 'R', email: 'r@example.org' }],
    });
  });
});

describe('a refused mail', () => {
  const refusal = (...codes: number[]) => ({
    Errors: codes.map((Code) => ({ Code, Message: expect.any(String) })),
  });

  it('leaves nothing behind', async () => {
    const before = await queued();
    await send(mail({ To: [] }));
    await send(mail({ From: { name: 'x', email: 'x@example.net' } }));
    expect(await queued()).toBe(before);
  });

  it.each<[string, number, number[], object]>([
    ['everything missing', 422, [8, 9, 3, 8], { Subject: '', ContentType: '', From: null, To: null }],
    ['no HTMLContent', 422, [10], { HTMLContent: '' }],
    ['no PlainContent', 422, [11], { ContentType: 'PLAIN' }],
    ['From of another domain', 422, [3], { From: { name: 'x', email: 'x@example.net' } }],
    ['a malformed From', 422, [23], { From: { name: 'x', email: 'x@' } }],
    ['a recipient without name', 422, [18], { To: [{ email: 'a@example.org' }] }],
    ['a malformed recipient', 422, [19], { To: [{ name: '', email: 'a' }] }],
    [
      'more recipients than the installation allows',
      422,
      [20],
      { To: Array(4).fill({ name: '', email: 'a@example.org' }) },
    ],
    ['a template', 422, [15], { TemplateID: 1 }],
    ['a smuggled header', 422, [33], { Headers: { 'X-A': 'b\r\nBcc: c@example.org' } }],
  ])(
    'answers %s with HTTP %d and codes %p; HTTP 200 and an array on /api.php',
    async (_what, status, codes, change) => {
      const v1 = await send(mail(change));
      expect(v1.status).toBe(status);
      expect(v1.json).toEqual(refusal(...codes));
      const legacy = await sendLegacy(mail({ ...change, SenderAPIKey: domain.senderKey }));
      expect(legacy.status).toBe(200);
      expect(legacy.json).toEqual({
        Success: false,
        ErrorCode: codes,
        ErrorText: codes.map(() => expect.any(String)),
      });
    },
  );

  /** The answers of both surfaces to one mail under a key: status and body of v1, then of `/api.php`. */
  const onBoth = async (key: string | undefined) => {
    const v1 = key === undefined ? await anonymous(mail()) : await send(mail(), key);
    const legacy = await sendLegacy(mail({ SenderAPIKey: key }));
    return [v1.status, v1.json, legacy.status, legacy.json];
  };
  const refusedWith = (status: number, code: number) => [
    status,
    refusal(code),
    200,
    { Success: false, ErrorCode: code, ErrorText: expect.any(String) },
  ];

  it('answers 1 without a key', async () => {
    expect(await onBoth(undefined)).toEqual(refusedWith(401, 1));
  });
  it('answers 13 for an unknown key', async () => {
    expect(await onBoth('0000-0000')).toEqual(refusedWith(401, 13));
  });
  it('answers 13 for a user key', async () => {
    expect(await onBoth(user.APIKey)).toEqual(refusedWith(401, 13));
  });
  it('answers 13 when the header is wrong, although the parameter is right', async () => {
    const reply = await send(mail({ SenderAPIKey: domain.senderKey }), 'wrong');
    expect(reply.json).toEqual(refusal(13));
  });

  it('answers 32 when the domain is not Enabled', async () => {
    const stopped = await gateway.createDomain(user);
    for (const status of ['Approval Pending', 'Disabled', 'Suspended', 'Blocked']) {
      await gateway.operator('PUT', `/domains/${stopped.domainId}/status`, { status });
      expect(await onBoth(stopped.senderKey)).toEqual(refusedWith(403, 32));
    }
  });
  it('answers 12 when the owner is disabled or not trusted, and checks that before the mail', async () => {
    const owner = await gateway.createUser();
    const owned = await gateway.createDomain(owner);
    await gateway.operator('PATCH', `/users/${owner.UserID}`, { reputation: 'Untrusted' });
    expect(await onBoth(owned.senderKey)).toEqual(refusedWith(404, 12));
    await gateway.operator('PATCH', `/users/${owner.UserID}`, {
      reputation: 'Trusted',
      accountStatus: 'Disabled',
    });
    expect(await onBoth(owned.senderKey)).toEqual(refusedWith(404, 12));
    expect((await send({}, owned.senderKey)).json).toEqual(refusal(12));
  });
  it('answers 2 when the owner is gone, and 13 once the account was deleted with its keys', async () => {
    const owner = await gateway.createUser();
    const owned = await gateway.createDomain(owner);
    await gateway.database.execute('UPDATE oempro_eg_domains SET Status = ? WHERE DomainID = ?', [
      'Deleted',
      owned.domainId,
    ]);
    expect(await onBoth(owned.senderKey)).toEqual(refusedWith(404, 2));
    await gateway.database.execute('UPDATE oempro_eg_domains SET Status = ? WHERE DomainID = ?', [
      'Enabled',
      owned.domainId,
    ]);
    await gateway.operator('DELETE', `/users/${owner.UserID}`);
    expect(await onBoth(owned.senderKey)).toEqual(refusedWith(401, 13));
  });
});
