import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestGateway, type TestGateway } from '../http/testing/test-gateway.js';
import { refused, relayTesting } from './testing/smtp-logins.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.close());

const { addLogin, ask, newLogin, relay, set } = relayTesting(() => gateway);

describe('a login', () => {
  let login: Awaited<ReturnType<typeof addLogin>>;
  beforeAll(async () => {
    login = await addLogin();
  });
  const CREDENTIALS_INVALID = refused(3, '500 5.0.0 AUTH ERROR', 'Invalid SMTP credentials');

  it('is good: its credentials come back, and nothing else', async () => {
    const reply = await relay(login.credentials);
    expect([reply.status, reply.contentType]).toEqual([200, 'application/json; charset=utf-8']);
    expect(reply.json).toEqual({ Success: true, ErrorCode: 0, ...login.credentials });
    expect(
      await ask({ ...login.credentials, RawEmail: '', RcptTo: '', UUID: '', MailFrom: 'x@y.example' }),
    ).toEqual({
      Success: true,
      ErrorCode: 0,
      ...login.credentials,
    });
  });

  it.each([
    [{}, 1, 'Missing SMTPUsername'],
    [{ SMTPPassword: 'x' }, 1, 'Missing SMTPUsername'],
    [{ SMTPUsername: ' ', SMTPPassword: 'x' }, 1, 'Missing SMTPUsername'],
    [{ SMTPUsername: ['x'], SMTPPassword: 'x' }, 1, 'Missing SMTPUsername'],
    [{ SMTPUsername: 'x' }, 2, 'Missing SMTPPassword'],
    [{ SMTPUsername: 'x', SMTPPassword: null }, 2, 'Missing SMTPPassword'],
  ])('1, 2: %j lacks what is required, and the code is no list', async (parameters, code, text) => {
    expect(await ask(parameters)).toEqual(refused(code, '500 5.0.0 AUTH ERROR', text));
  });

  it('3: unknown names and wrong passwords answer alike', async () => {
    const other = await newLogin();
    const { SMTPUsername, SMTPPassword } = login.credentials;
    const wrong = [
      { SMTPUsername: 'smtp_nobody', SMTPPassword },
      { SMTPUsername: SMTPUsername.toUpperCase(), SMTPPassword },
      { SMTPUsername: `${SMTPUsername}\u00e9`, SMTPPassword },
      { SMTPUsername: 'x'.repeat(100_000), SMTPPassword },
      { SMTPUsername, SMTPPassword: `${SMTPPassword}x` },
      { SMTPUsername, SMTPPassword: SMTPPassword.toUpperCase() },
      { SMTPUsername, SMTPPassword: 'x'.repeat(1_000_000) },
      { SMTPUsername, SMTPPassword: other.credentials.SMTPPassword },
      { SMTPUsername: other.credentials.SMTPUsername, SMTPPassword },
    ];
    for (const credentials of wrong) expect(await ask(credentials)).toEqual(CREDENTIALS_INVALID);
  });

  it('3: a password that was reset stops at once, though it was just used', async () => {
    const { apiKey: APIKey, smtpId, credentials } = await addLogin();
    for (const _ of [1, 2]) expect(await ask(credentials)).toMatchObject({ Success: true });
    const { json } = await gateway.command('emailgateway.resetsmtppassword', {
      APIKey,
      SMTPID: smtpId,
    });
    const { SMTPPassword } = json['SMTP'] as { SMTPPassword: string };
    expect(await ask(credentials)).toEqual(CREDENTIALS_INVALID);
    expect(await ask({ ...credentials, SMTPPassword })).toMatchObject({ Success: true, SMTPPassword });
  });

  it('3: a login that was disabled or deleted stops at once', async () => {
    const { apiKey: APIKey, smtpId, credentials } = await addLogin();
    expect(await ask(credentials)).toMatchObject({ Success: true });
    await set('oempro_eg_smtp_credentials', `Status = 'Disabled'`, 'SMTPID', smtpId);
    expect(await ask(credentials)).toEqual(CREDENTIALS_INVALID);
    await set('oempro_eg_smtp_credentials', `Status = 'Enabled'`, 'SMTPID', smtpId);
    expect(await ask(credentials)).toMatchObject({ Success: true });
    await gateway.command('emailgateway.deletesmtp', { APIKey, SMTPID: smtpId });
    expect(await ask(credentials)).toEqual(CREDENTIALS_INVALID);
  });

  it('is taken for many at the same time, first and later', async () => {
    const { credentials } = await addLogin();
    for (const _ of [1, 2]) {
      const replies = await Promise.all(Array.from({ length: 20 }, () => ask(credentials)));
      for (const reply of replies) expect(reply).toMatchObject({ Success: true });
    }
  });

  it('4: its domain is gone', async () => {
    const { domainId, credentials } = await newLogin();
    const gone = refused(4, '550 5.7.1 Invalid sender domain', 'Invalid sender domain');
    await set('oempro_eg_domains', `Status = 'Deleted'`, 'DomainID', domainId);
    expect(await ask(credentials)).toEqual(gone);
    await gateway.database.execute('DELETE FROM oempro_eg_domains WHERE DomainID = ?', [domainId]);
    expect(await ask(credentials)).toEqual(gone);
  });

  it('5: its domain may not send', async () => {
    const { domainId, credentials } = await newLogin();
    for (const status of ['Disabled', 'Suspended', 'Blocked', 'Approval Pending']) {
      await set('oempro_eg_domains', `Status = '${status}'`, 'DomainID', domainId);
      expect(await ask(credentials)).toEqual(
        refused(5, '550 5.7.1 Sender domain is not active', 'Sender domain is not active'),
      );
    }
  });

  it('6: its owner is gone', async () => {
    const { userId, credentials } = await newLogin();
    await gateway.database.execute('DELETE FROM oempro_users WHERE UserID = ?', [userId]);
    expect(await ask(credentials)).toEqual(
      refused(6, '550 5.7.1 Invalid user account', 'Invalid user account'),
    );
  });

  it.each(["AccountStatus = 'Disabled'", "ReputationLevel = 'Untrusted'"])(
    '7: its owner has %s',
    async (changes) => {
      const { userId, credentials } = await newLogin();
      await set('oempro_users', changes, 'UserID', userId);
      const text = 'User is not trusted or not enabled';
      expect(await ask(credentials)).toEqual(refused(7, `550 5.7.1 ${text}`, text));
    },
  );

  it('says what else is wrong to nobody who does not know the password', async () => {
    const { domainId, userId, credentials } = await newLogin();
    await set('oempro_eg_domains', `Status = 'Suspended'`, 'DomainID', domainId);
    await set('oempro_users', `AccountStatus = 'Disabled'`, 'UserID', userId);
    expect(await ask({ ...credentials, SMTPPassword: 'wrong' })).toEqual(CREDENTIALS_INVALID);
  });

  it('99998: is checked for nobody without the admin key, whatever else is wrong', async () => {
    const unauthenticated = {
      Success: false,
      ErrorCode: 99998,
      ErrorText: 'Authentication failure or session expired',
    };
    for (const AdminAPIKey of ['', 'nonsense', login.apiKey, undefined])
      for (const parameters of [login.credentials, {}, { ...login.credentials, RawEmail: 'x' }])
        expect(await ask({ AdminAPIKey, APIKey: login.apiKey, ...parameters })).toEqual(unauthenticated);
  });

  it('is checked on /api.php alone', async () => {
    const options = { json: login.credentials, bearer: gateway.adminKey };
    const reply = await gateway.request('POST', '/api/v1/emailgateway.smtprelay', options);
    expect([reply.status, reply.json['ErrorCode']]).toEqual([400, 100001]);
    const json = { Command: 'EmailGateway.SMTPRelay', ...login.credentials };
    const legacy = await gateway.request('POST', '/api.php', { ...options, json });
    expect(legacy.json).toMatchObject({ Success: true });
  });

  it('is answered in XML when that is asked for', async () => {
    const { text } = await relay({ ...login.credentials, SMTPPassword: 'wrong', ResponseFormat: 'XML' });
    expect(text).toContain(
      '<SMTPResponse><![CDATA[500 5.0.0 AUTH ERROR]]></SMTPResponse><ErrorCode><![CDATA[3]]>',
    );
  });
});

describe('where phones must be verified', () => {
  let strict: TestGateway;
  beforeAll(async () => {
    strict = await startTestGateway({ EG_PHONE_VERIFICATION_REQUIRED: 'true' });
  });
  afterAll(() => strict.close());

  it('8: a login of an owner without is refused, checked or sending', async () => {
    const { userId, domain, credentials } = await addLogin(strict);
    const mail = { RcptTo: 'a@x.example', RawEmail: `From: me@${domain}\r\n\r\nx` };
    const text = 'User account is not verified';
    for (const parameters of [credentials, { ...credentials, ...mail }])
      expect(await ask(parameters, strict)).toEqual(refused(8, `550 5.7.1 ${text}`, text));
    await strict.database.execute('UPDATE oempro_users SET PhoneVerified = 1 WHERE UserID = ?', [userId]);
    for (const parameters of [credentials, { ...credentials, ...mail }])
      expect(await ask(parameters, strict)).toMatchObject({ Success: true });
  });
});

describe('MySQL away', () => {
  it('answers 100004 and HTTP 500, and says nothing about the login', async () => {
    const away = await startTestGateway({ EG_MYSQL_HOST: '127.0.0.1', EG_MYSQL_PORT: '1' });
    try {
      const reply = await relay({ SMTPUsername: 'x', SMTPPassword: 'y' }, away);
      expect([reply.status, reply.json['ErrorCode'], reply.json['SMTPResponse']]).toEqual([
        500,
        100004,
        undefined,
      ]);
    } finally {
      await away.close();
    }
  });
});
