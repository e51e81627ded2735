import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { hashPassword } from '#platform/crypto/password';
import { SecretBox } from '#platform/crypto/secret-box';
import { eventually } from '#platform/testing/eventually';
import { startTestGateway, type TestGateway } from '../http/testing/test-gateway.js';
import { accountsEndpoints } from './accounts.edge.js';

const PASSWORD = 'correct horse';
const SESSION_ID = /^[A-Za-z0-9,-]{43}$/;
const BAD_LOGIN = { Success: false, ErrorCode: [3], ErrorText: ['Invalid login information'] };
const UNAUTHENTICATED = { Success: false, ErrorCode: 99998 };

const MASTER_KEY = '5a'.repeat(32);
const secrets = new SecretBox(MASTER_KEY);

let gateway: TestGateway;
let passwordHash: string;
let groupId: number;
beforeAll(async () => {
  gateway = await startTestGateway({ EG_MASTER_KEY: MASTER_KEY });
  passwordHash = await hashPassword(PASSWORD);
  const group = await gateway.operator('POST', '/groups', { name: 'Holders', limitDay: 5 });
  groupId = Number(group.json['GroupID']);
});
afterAll(() => gateway.close());

const login = async (parameters: object) => {
  const { status, json } = await gateway.command('user.login', parameters);
  expect(status).toBe(200);
  return json;
};
const domainsOf = async (SessionID: unknown) =>
  (await gateway.command('emailgateway.getevents', { SessionID, StartFrom: 0, RetrieveCount: 1 })).json;

/** An account with a name of its own and the password above; straight into the table, because hashing is slow on purpose. */
async function account() {
  const [Username, APIKey] = [`Login-${randomBytes(6).toString('hex')}`, randomBytes(8).toString('hex')];
  const { insertId: UserID } = await gateway.database.execute(
    `INSERT INTO oempro_users (GroupID, Username, PasswordHash, EmailAddress, APIKeyHash, APIKeyCipher)
     VALUES (?, ?, ?, 'owner@example.com', ?, ?)`,
    [groupId, Username, passwordHash, secrets.lookup(APIKey), secrets.seal(APIKey)],
  );
  return { UserID, APIKey, Username };
}
const change = (UserID: number, body: object) => gateway.operator('PATCH', `/users/${UserID}`, body);
const sessionOf = async (Username: string, Password = PASSWORD) =>
  (await login({ Username, Password }))['SessionID'];

describe('user.login', () => {
  it('answers with a session that works, and with no secret', async () => {
    const { UserID, APIKey, Username } = await account();
    const reply = await login({ Username, Password: PASSWORD });
    expect(reply).toEqual({
      Success: true,
      ErrorCode: 0,
      ErrorText: '',
      SessionID: expect.stringMatching(SESSION_ID),
      UserInfo: {
        UserID,
        Username,
        EmailAddress: 'owner@example.com',
        FirstName: '',
        LastName: '',
        AccountStatus: 'Enabled',
        ReputationLevel: 'Trusted',
        PhoneVerified: 0,
      },
      GroupInformation: {
        UserGroupID: groupId,
        GroupName: 'Holders',
        Permissions: '*',
        LimitEmailGatewaySenderDomains: 0,
        LimitEmailSendPerDay: 5,
        LimitEmailSendPerPeriod: 0,
        LimitEmailSendLifetime: 0,
      },
    });
    const text = JSON.stringify(reply);
    for (const secret of [PASSWORD, APIKey, 'scrypt']) expect(text).not.toContain(secret);
    expect(await domainsOf(reply['SessionID'])).toMatchObject({ Success: true });
    expect(JSON.stringify(gateway.logged())).not.toContain(String(reply['SessionID']));
  });

  it('has the shape that its description shows', async () => {
    const [endpoint] = accountsEndpoints;
    const { Username } = await account();
    const example = endpoint?.docs?.example.reply;
    const shape = (value: unknown): unknown =>
      typeof value === 'object' && value !== null
        ? Object.fromEntries(Object.entries(value).map(([key, member]) => [key, shape(member)]))
        : typeof value;
    expect(shape(await login({ Username, Password: PASSWORD }))).toEqual(shape(example));
  });

  it('takes the name in any letter case, the command in any, and GET', async () => {
    const { UserID, Username } = await account();
    const query = new URLSearchParams({
      Command: 'User.Login',
      username: Username.toUpperCase(),
      password: PASSWORD,
    });
    const { json } = await gateway.request('GET', `/api.php?${query.toString()}`);
    expect(json).toMatchObject({ Success: true, UserInfo: { UserID, Username } });
  });

  it('takes an API key instead, whatever else is sent', async () => {
    const { UserID, APIKey } = await account();
    const reply = await login({ APIKey, Username: 'x', Password: 'y' });
    expect(reply).toMatchObject({ Success: true, UserInfo: { UserID } });
    expect(await domainsOf(reply['SessionID'])).toMatchObject({ Success: true });
  });

  it('gives every login a session of its own, also to who brings one', async () => {
    const { Username } = await account();
    const first = await sessionOf(Username);
    const { SessionID } = await login({ Username, Password: PASSWORD, SessionID: first });
    expect(SessionID).not.toBe(first);
    for (const session of [first, SessionID])
      expect(await domainsOf(session)).toMatchObject({ Success: true });
  });

  it('keeps a keyed hash of the session and nothing else', async () => {
    const { UserID, Username } = await account();
    const SessionID = String(await sessionOf(Username));
    const rows = await gateway.database.query('SELECT * FROM eg_sessions WHERE user_id = ?', [UserID]);
    expect(rows).toHaveLength(1);
    const hash = rows[0]?.['token_hash'];
    expect(Buffer.isBuffer(hash) && !hash.includes(SessionID.slice(0, 8))).toBe(true);
    const bytes = Buffer.isBuffer(hash) ? hash.toString('base64') : '';
    expect(await domainsOf(bytes)).toMatchObject(UNAUTHENTICATED);
  });

  it.each<[object, number[], string[]]>([
    [{}, [1, 2], ['Missing required parameter (Username)', 'Missing required parameter (Password)']],
    [{ Username: ' ', Password: 'x' }, [1], ['Missing required parameter (Username)']],
    [{ Username: 'x', Password: '' }, [2], ['Missing required parameter (Password)']],
    [
      { Username: ['x'], Password: {}, APIKey: ' ' },
      [1, 2],
      ['Missing required parameter (Username)', 'Missing required parameter (Password)'],
    ],
  ])('1, 2: %j lacks what is required', async (parameters, ErrorCode, ErrorText) => {
    expect(await login(parameters)).toEqual({ Success: false, ErrorCode, ErrorText });
  });

  it('3: a name nobody has, a wrong password and a disabled account look alike', async () => {
    const { UserID, APIKey, Username } = await account();
    const replies = [
      await login({ Username: 'nobody', Password: PASSWORD }),
      await login({ Username: 'x'.repeat(100_000), Password: PASSWORD }),
      await login({ Username, Password: `${PASSWORD} ` }),
      await login({ Username, Password: PASSWORD.repeat(10_000) }),
      await login({ Username: Username.replace('L', 'Ĺ'), Password: PASSWORD }),
      await login({ APIKey: 'no-key', Username, Password: PASSWORD }),
    ];
    await change(UserID, { accountStatus: 'Disabled' });
    replies.push(await login({ Username, Password: PASSWORD }), await login({ APIKey }));
    expect(replies).toEqual(replies.map(() => BAD_LOGIN));
    const rows = await gateway.database.query('SELECT 1 FROM eg_sessions WHERE user_id = ?', [UserID]);
    expect(rows).toEqual([]);
  });

  it('3: takes as long for a name nobody has as for a wrong password', async () => {
    const { Username } = await account();
    const timed = async (name: string) => {
      const times: number[] = [];
      for (let no = 0; no < 3; no += 1) {
        const startedAt = performance.now();
        await login({ Username: name, Password: 'wrong' });
        times.push(performance.now() - startedAt);
      }
      return Math.min(...times);
    };
    const known = await timed(Username);
    // Without the work of a comparison it would be a hundredth.
    expect(await timed(`nobody-${Username}`)).toBeGreaterThan(known / 4);
  });

  it('429: ten wrong passwords for a name, and no more is looked at, not even the right one', async () => {
    const { Username } = await account();
    for (let no = 0; no < 10; no += 1) {
      const name = no % 2 === 0 ? Username : Username.toLowerCase();
      expect(await login({ Username: name, Password: `wrong ${no}` })).toEqual(BAD_LOGIN);
    }
    const tooMany = {
      Success: false,
      ErrorCode: [429],
      ErrorText: [expect.stringMatching(/^Too many login attempts, try again in \d{1,3} seconds$/)],
    };
    expect(await login({ Username, Password: PASSWORD })).toEqual(tooMany);
    const query = new URLSearchParams({ Command: 'user.login', Username, Password: PASSWORD });
    const { headers } = await fetch(`${gateway.api}/api.php?${query.toString()}`);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(200);
    const other = await account();
    expect(await sessionOf(other.Username)).toEqual(expect.stringMatching(SESSION_ID));
  });

  it('429: no more passwords wait than can soon be looked at, and each that waited is answered', async () => {
    const names = Array.from({ length: 50 }, (_, no) => `crowd-${no}`);
    const replies = await Promise.all(names.map((Username) => login({ Username, Password: 'x' })));
    const codes = replies.map(({ ErrorCode }) => JSON.stringify(ErrorCode));
    expect([...new Set(codes)].toSorted()).toEqual(['[3]', '[429]']);
    expect(codes.filter((code) => code === '[3]').length).toBeGreaterThanOrEqual(22);
    const { Username } = await account();
    expect(await login({ Username, Password: PASSWORD })).toMatchObject({ Success: true });
  });
});

describe('a session', () => {
  it('ends when its time is over, and its row goes with a later login', async () => {
    const short = await startTestGateway({ EG_SESSION_LIFETIME_S: '1' });
    try {
      const { UserID, APIKey } = await short.createUser();
      await short.database.execute(
        `INSERT INTO eg_sessions (token_hash, user_id, created_at, expires_at)
         VALUES (?, ?, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) - INTERVAL 1 SECOND)`,
        [randomBytes(32), UserID],
      );
      const { json } = await short.command('user.login', { APIKey });
      const call = () =>
        short.command('emailgateway.getevents', {
          SessionID: json['SessionID'],
          StartFrom: 0,
          RetrieveCount: 1,
        });
      expect((await call()).json).toMatchObject({ Success: true });
      await eventually(async () => expect((await call()).json).toMatchObject(UNAUTHENTICATED));
      const rows = await short.database.query(
        'SELECT TIMESTAMPDIFF(MICROSECOND, created_at, expires_at) AS life FROM eg_sessions WHERE user_id = ?',
        [UserID],
      );
      expect(rows).toEqual([{ life: 1_000_000 }]);
    } finally {
      await short.close();
    }
  });

  it('ends at once with another password, which works from then on', async () => {
    const { UserID, Username } = await account();
    const SessionID = await sessionOf(Username);
    expect(await change(UserID, { password: 'new password' })).toMatchObject({ status: 200 });
    expect(await domainsOf(SessionID)).toMatchObject(UNAUTHENTICATED);
    expect(await login({ Username, Password: PASSWORD })).toEqual(BAD_LOGIN);
    expect(await domainsOf(await sessionOf(Username, 'new password'))).toMatchObject({ Success: true });
  });

  it('ends for good when the account is disabled, also when that is taken back', async () => {
    const { UserID, Username } = await account();
    const SessionID = await sessionOf(Username);
    await change(UserID, { accountStatus: 'Disabled' });
    expect(await domainsOf(SessionID)).toMatchObject(UNAUTHENTICATED);
    await change(UserID, { accountStatus: 'Enabled' });
    expect(await domainsOf(SessionID)).toMatchObject(UNAUTHENTICATED);
  });

  it('outlives every other change of the account', async () => {
    const { UserID, Username } = await account();
    const SessionID = await sessionOf(Username);
    await change(UserID, { reputation: 'Untrusted', accountStatus: 'Enabled' });
    expect(await domainsOf(SessionID)).toMatchObject({ Success: true });
  });

  it('ends with the account', async () => {
    const { UserID, Username } = await account();
    const SessionID = await sessionOf(Username);
    await gateway.operator('DELETE', `/users/${UserID}`);
    expect(await domainsOf(SessionID)).toMatchObject(UNAUTHENTICATED);
    const rows = await gateway.database.query('SELECT 1 FROM eg_sessions WHERE user_id = ?', [UserID]);
    expect(rows).toEqual([]);
  });

  it('is not opened for a password that was changed while it was looked at', async () => {
    const { UserID, Username } = await account();
    const tryLogin = async () => (await login({ Username, Password: PASSWORD }))['SessionID'];
    const changed = hashPassword('other').then((hash) =>
      gateway.database.transaction(async (tx) => {
        await tx.execute('UPDATE oempro_users SET PasswordHash = ? WHERE UserID = ?', [hash, UserID]);
        const logins = Promise.all([tryLogin(), tryLogin()]);
        // The logins have read the old hash and wait for the row.
        const waitForBoth = async () => {
          const waiting = await gateway.database.query(
            "SELECT 1 FROM information_schema.INNODB_TRX WHERE trx_state = 'LOCK WAIT' AND trx_query LIKE '%eg_sessions%'",
          );
          return waiting.length === 2;
        };
        // MySQL renews that table only when nobody looked for a tenth of a second.
        await eventually(waitForBoth, { everyMs: 150 });
        await tx.execute('DELETE FROM eg_sessions WHERE user_id = ?', [UserID]);
        return { logins };
      }),
    );
    expect(await (await changed).logins).toEqual([undefined, undefined]);
    const rows = await gateway.database.query('SELECT 1 FROM eg_sessions WHERE user_id = ?', [UserID]);
    expect(rows).toEqual([]);
  });
});
