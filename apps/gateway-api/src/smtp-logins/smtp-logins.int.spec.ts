import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { verifyPassword } from '#platform/crypto/password';
import {
  startFeatureGateway,
  type FeatureGateway,
  type TestUser,
} from '../sender-domain/testing/feature-gateway.js';

let gateway: FeatureGateway;
let owner: TestUser;
let stranger: TestUser;
let limited: TestUser;
let domainId: number;
let deletedId: number;
beforeAll(async () => {
  gateway = await startFeatureGateway({ EG_SMTP_HOST: 'smtp.our.example', EG_SMTP_PORTS: '587,2525' });
  [owner, stranger] = [await gateway.user(), await gateway.user()];
  limited = await gateway.user({ privileges: 'EmailGateway.AddDomain' });
  domainId = await gateway.domain(owner.userId);
  deletedId = await gateway.domain(owner.userId);
  await gateway.deleteDomain(owner.userId, deletedId);
});
afterAll(() => gateway.stop());

const SERVER = { SMTPHost: 'smtp.our.example', SMTPPorts: [587, 2525] };
const NO_DOMAIN = { Success: false, ErrorCode: 2, ErrorText: 'Domain not found or access denied' };
const NO_LOGIN = { Success: false, ErrorCode: 2, ErrorText: 'SMTP credentials not found or access denied' };

interface Login {
  readonly SMTPID: number;
  readonly SMTPUsername: string;
  readonly SMTPPassword: string;
}
const loginOf = (reply: Record<string, unknown>) => reply['SMTP'] as Login;
const add = async (DomainID: number) => loginOf(await owner.call('emailgateway.addsmtp', { DomainID }));
const stored = async (smtpId: number) => {
  const [row] = await gateway.database.query<{ SMTPUsername: string; PasswordHash: string; Status: string }>(
    'SELECT UserID, DomainID, SMTPUsername, PasswordHash, Status FROM oempro_eg_smtp_credentials WHERE SMTPID = ?',
    [smtpId],
  );
  return row;
};
/** What mail servers ask: whether this login with this password is in force. */
const isValid = async ({ SMTPID, SMTPPassword }: Login) => {
  const row = await stored(SMTPID);
  return row?.Status === 'Enabled' && (await verifyPassword(SMTPPassword, row.PasswordHash));
};
/** Everything that the database, Kafka and the log are told. */
const told = async () => {
  const rows = await gateway.database.query<{ payload: Buffer }>(
    'SELECT payload FROM events UNION ALL SELECT value FROM outbox',
  );
  return (
    Buffer.concat(rows.map(({ payload }) => payload)).toString('latin1') + JSON.stringify(gateway.logged())
  );
};
const facts = async (ofDomain: number) => {
  const rows = await gateway.database.query<{ type: string }>(
    `SELECT headers->>'$."event-type"' AS type FROM outbox
     WHERE topic = 'eg.domain-events' AND message_key = ? ORDER BY id`,
    [Buffer.from(`${ofDomain}`)],
  );
  return rows.map(({ type }) => type).filter((type) => type.startsWith('Smtp'));
};

describe('emailgateway.addsmtp', () => {
  it('answers with a login and its password, and keeps a slow hash of it alone', async () => {
    const own = await gateway.domain(owner.userId);
    const reply = await owner.call('EmailGateway.AddSMTP', { DomainID: `${own}` });
    expect(reply).toEqual({
      Success: true,
      ErrorCode: 0,
      NewSMTPID: expect.any(Number),
      SMTP: {
        SMTPID: reply['NewSMTPID'],
        SMTPUsername: expect.stringMatching(/^smtp_[a-z2-9]{16}$/),
        SMTPPassword: expect.stringMatching(/^[a-z2-9]{32}$/),
        ...SERVER,
      },
    });
    const login = loginOf(reply);
    const row = await stored(login.SMTPID);
    expect(row).toMatchObject({ UserID: owner.userId, DomainID: own, SMTPUsername: login.SMTPUsername });
    expect(row?.PasswordHash).toMatch(/^\$scrypt\$/);
    expect(await isValid(login)).toBe(true);
    expect(await isValid({ ...login, SMTPPassword: `${login.SMTPPassword}x` })).toBe(false);
    expect(await facts(own)).toEqual(['SmtpLoginAdded']);
    expect(await told()).toContain(login.SMTPUsername);
    expect(await told()).not.toContain(login.SMTPPassword);
  });

  it('gives a domain as many logins as it asks for, each its own', async () => {
    const own = await gateway.domain(owner.userId);
    const logins = await Promise.all([1, 2, 3].map(() => add(own)));
    for (const key of ['SMTPID', 'SMTPUsername', 'SMTPPassword'] as const)
      expect(new Set(logins.map((login) => login[key])).size).toBe(3);
    expect(await facts(own)).toEqual(['SmtpLoginAdded', 'SmtpLoginAdded', 'SmtpLoginAdded']);
  });
});

describe('emailgateway.getsmtps', () => {
  it('shows every login of the domain without its password, and none of another domain', async () => {
    const [own, other] = [await gateway.domain(owner.userId), await gateway.domain(owner.userId)];
    const logins = [await add(own), await add(own), await add(own)];
    await add(other);
    await owner.call('emailgateway.deletesmtp', { SMTPID: logins[1]?.SMTPID });
    await gateway.database.execute(
      `UPDATE oempro_eg_smtp_credentials SET Status = 'Disabled' WHERE SMTPID = ?`,
      [logins[2]?.SMTPID ?? 0],
    );
    const shown = logins.map(({ SMTPID, SMTPUsername }) => ({ SMTPID, SMTPUsername, ...SERVER }));
    expect(await owner.call('EmailGateway.GetSMTPs', { DomainID: `${own}` })).toEqual({
      Success: true,
      ErrorCode: 0,
      SMTPs: [shown[0], shown[2]],
    });
  });

  it('is an empty list for a domain without logins', async () => {
    const own = await gateway.domain(owner.userId);
    expect(await owner.call('emailgateway.getsmtps', { DomainID: own })).toEqual({
      Success: true,
      ErrorCode: 0,
      SMTPs: [],
    });
  });
});

describe.each(['emailgateway.addsmtp', 'emailgateway.getsmtps'])('%s', (command) => {
  it.each([[{}], [{ DomainID: ' ' }]])('1: %j lacks what is required', async (parameters) => {
    expect(await owner.call(command, parameters)).toEqual({
      Success: false,
      ErrorCode: [1],
      ErrorText: ['Missing required parameter (DomainID)'],
    });
  });

  it('2: unknown, foreign, deleted and unreadable domains look alike', async () => {
    const replies = await Promise.all([
      owner.call(command, { DomainID: 4_000_000 }),
      owner.call(command, { DomainID: deletedId }),
      owner.call(command, { DomainID: `${domainId}abc` }),
      stranger.call(command, { DomainID: domainId }),
    ]);
    expect(replies).toEqual(replies.map(() => NO_DOMAIN));
    const rows = await gateway.database.query(
      'SELECT 1 FROM oempro_eg_smtp_credentials WHERE UserID = ? OR DomainID IN (?, 4000000)',
      [stranger.userId, deletedId],
    );
    expect(rows).toEqual([]);
  });
});

describe('emailgateway.deletesmtp', () => {
  it('ends the login at once, and no other one', async () => {
    const own = await gateway.domain(owner.userId);
    const [gone, kept] = [await add(own), await add(own)];
    expect(await owner.call('EmailGateway.DeleteSMTP', { smtpid: `${gone.SMTPID}` })).toEqual({
      Success: true,
      ErrorCode: 0,
    });
    expect([await isValid(gone), await isValid(kept)]).toEqual([false, true]);
    expect(await facts(own)).toEqual(['SmtpLoginAdded', 'SmtpLoginAdded', 'SmtpLoginDeleted']);
  });

  it('deletes once, however many ask at the same time', async () => {
    const own = await gateway.domain(owner.userId);
    const { SMTPID } = await add(own);
    const replies = await Promise.all([1, 2, 3].map(() => owner.call('emailgateway.deletesmtp', { SMTPID })));
    expect(replies.filter(({ Success }) => Success)).toHaveLength(1);
    expect(replies.filter(({ Success }) => !Success)).toEqual([NO_LOGIN, NO_LOGIN]);
    expect(await facts(own)).toEqual(['SmtpLoginAdded', 'SmtpLoginDeleted']);
  });
});

describe('emailgateway.resetsmtppassword', () => {
  it('answers with a new password under the old name; the old password stops working at once', async () => {
    const own = await gateway.domain(owner.userId);
    const [login, other] = [await add(own), await add(own)];
    const reply = await owner.call('EmailGateway.ResetSMTPPassword', { SMTPID: `${login.SMTPID}` });
    const reset = loginOf(reply);
    expect(reply).toEqual({
      Success: true,
      ErrorCode: 0,
      SMTP: {
        SMTPID: login.SMTPID,
        SMTPUsername: login.SMTPUsername,
        SMTPPassword: expect.stringMatching(/^[a-z2-9]{32}$/),
      },
    });
    expect([await isValid(login), await isValid(reset), await isValid(other)]).toEqual([false, true, true]);
    expect(await facts(own)).toEqual(['SmtpLoginAdded', 'SmtpLoginAdded', 'SmtpPasswordReset']);
    expect(await told()).not.toContain(reset.SMTPPassword);
  });

  it('of resets at the same time the last one counts, and it is one that a caller was told', async () => {
    const own = await gateway.domain(owner.userId);
    const login = await add(own);
    const replies = await Promise.all(
      [1, 2, 3, 4].map(() => owner.call('emailgateway.resetsmtppassword', { SMTPID: login.SMTPID })),
    );
    const valid = await Promise.all([login, ...replies.map(loginOf)].map(isValid));
    expect(valid[0]).toBe(false);
    expect(valid.filter(Boolean)).toHaveLength(1);
  });
});

describe.each(['emailgateway.deletesmtp', 'emailgateway.resetsmtppassword'])('%s', (command) => {
  it.each([[{}], [{ SMTPID: null }], [{ SMTPID: ' ' }]])(
    '1: %j lacks what is required',
    async (parameters) => {
      expect(await owner.call(command, parameters)).toEqual({
        Success: false,
        ErrorCode: [1],
        ErrorText: ['Missing required parameter (SMTPID)'],
      });
    },
  );

  it('2: unknown, foreign, deleted and unreadable logins look alike, and change nothing', async () => {
    const ended = await gateway.domain(owner.userId);
    const [login, deleted, withDomain] = [await add(domainId), await add(domainId), await add(ended)];
    await owner.call('emailgateway.deletesmtp', { SMTPID: deleted.SMTPID });
    await gateway.deleteDomain(owner.userId, ended);
    const before = await facts(domainId);
    const replies = await Promise.all([
      owner.call(command, { SMTPID: 4_000_000 }),
      owner.call(command, { SMTPID: deleted.SMTPID }),
      owner.call(command, { SMTPID: withDomain.SMTPID }),
      owner.call(command, { SMTPID: `${login.SMTPID}abc` }),
      stranger.call(command, { SMTPID: login.SMTPID }),
    ]);
    expect(replies).toEqual(replies.map(() => NO_LOGIN));
    expect(await isValid(login)).toBe(true);
    expect(await facts(domainId)).toEqual(before);
  });
});

it.each([
  'emailgateway.addsmtp',
  'emailgateway.getsmtps',
  'emailgateway.deletesmtp',
  'emailgateway.resetsmtppassword',
])('99998, 99999: %s needs a user who may manage domains', async (command) => {
  expect(await owner.call(command, { APIKey: 'nobody' })).toMatchObject({ Success: false, ErrorCode: 99998 });
  expect(await limited.call(command)).toMatchObject({ Success: false, ErrorCode: 99999 });
});
