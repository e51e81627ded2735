/* oxlint-disable jest/no-standalone-expect -- the suite calls `then` inside the test of its case */
import { expect } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { ContractCase, Given } from '../contract-case.js';
import { unique, type Side, type SmtpLogin, type World } from '../world.js';
import { PHONE_GATE } from './sending-account.cases.js';

const endpoint = 'emailgateway.smtprelay';
const AUTH_ERROR = '500 5.0.0 AUTH ERROR';

/** A refusal of the relay always says what to tell the SMTP client, and never tells the password to a log. */
const tells =
  (response: RegExp): ContractCase['then'] =>
  ({ json }) =>
    expect(json['SMTPResponse']).toMatch(response);

const login = (side: Side) => side.once('relay login', () => side.smtpLogin());
const credentials = ({ username, password }: SmtpLogin) => ({
  SMTPUsername: username,
  SMTPPassword: password,
});

export const rawMail = (from: string, recipients: string, more = ''): Record<string, unknown> => ({
  UUID: randomUUID(),
  MailFrom: from,
  RcptTo: recipients,
  Subject: 'Test Email',
  RawEmail: `From: ${from}\r\nTo: ${recipients}\r\n${more}Subject: Test Email\r\n\r\nHello\r\n`,
});

const sends =
  (recipients: string, more = '') =>
  async ({ main }: World): Promise<Given> => ({
    parameters: {
      ...credentials(await login(main)),
      ...rawMail(`john@${main.domain.name}`, recipients, more),
    },
  });

/** A login of an owner and domain in a state that the case names. */
const loginOf =
  (change: (side: Side, userId: number, domainId: number) => Promise<unknown>, message = false) =>
  async ({ main }: World): Promise<Given> => {
    const user = await main.newUser();
    const domain = await main.newDomain(user);
    const made = await main.smtpLogin(domain, user);
    await change(main, user.UserID, domain.domainId);
    const mail = message ? rawMail(`john@${domain.name}`, 'jane@example.org') : {};
    return { parameters: { ...credentials(made), ...mail } };
  };
const setStatus =
  (status: string): Parameters<typeof loginOf>[0] =>
  (side, _, domainId) =>
    side.gateway.operator('PUT', `/domains/${domainId}/status`, { status });
const sql =
  (statement: string): Parameters<typeof loginOf>[0] =>
  (side, userId) =>
    side.sql(statement, [userId]);
const addresses = (count: number) => Array.from({ length: count }, (_, at) => `r${at}@example.org`).join(',');

/** Each state of the account, as the authentication and as the mail meet it. */
const refusedBoth = (
  code: number,
  name: string,
  response: RegExp,
  change: Parameters<typeof loginOf>[0],
): ContractCase[] =>
  [false, true].map((message) => ({
    endpoint,
    code,
    name: `${name} (${message ? 'mail' : 'authentication'})`,
    // One login for both: a password hash is slow on purpose.
    given: async (world) => {
      const { parameters = {} } = await world.main.once(name, () => loginOf(change)(world));
      const mail = message ? rawMail('john@example.com', 'jane@example.org') : {};
      return { parameters: { ...parameters, ...mail } };
    },
    then: tells(response),
  }));

export const relayCases: readonly ContractCase[] = [
  {
    endpoint,
    code: 'success',
    name: 'a mail is queued for each recipient of the envelope',
    given: sends('jane@example.org,joe@example.net'),
    async then({ json }, { main }, { parameters }) {
      expect(json['SMTPResponse']).toBe('250 2.0.0 Ok: queued');
      const rows = await main.gateway.database.query(
        'SELECT recipient FROM eg_send_queue WHERE message_id = ? ORDER BY recipient_no',
        [String(parameters?.['UUID'])],
      );
      expect(rows.map(({ recipient }) => recipient)).toEqual(['jane@example.org', 'joe@example.net']);
    },
  },
  {
    endpoint,
    code: 'success',
    name: 'credentials alone are only checked',
    like: { SMTPUsername: 'smtp_user_xxx', SMTPPassword: 'smtp_password' },
    given: async ({ main }) => ({ parameters: credentials(await login(main)) }),
    then: ({ json }, _world, { parameters }) =>
      expect(json).toEqual({ Success: true, ErrorCode: 0, ...parameters }),
  },
  {
    endpoint,
    code: 'success',
    name: 'the same UUID is accepted twice and queued once',
    given: async (world) => {
      const given = await sends('jane@example.org')(world);
      await world.main.call(endpoint, { AdminAPIKey: world.main.gateway.adminKey, ...given.parameters });
      return given;
    },
    async then(_reply, { main }, { parameters }) {
      const rows = await main.gateway.database.query('SELECT 1 FROM eg_send_queue WHERE message_id = ?', [
        String(parameters?.['UUID']),
      ]);
      expect(rows).toHaveLength(1);
    },
  },
  {
    endpoint,
    code: 3,
    name: 'a user name that nobody has',
    given: () => ({ parameters: { SMTPUsername: unique(), SMTPPassword: 'x' } }),
    then: tells(new RegExp(`^${AUTH_ERROR}$`)),
  },
  {
    endpoint,
    code: 3,
    name: 'a wrong password',
    given: async ({ main }) => ({
      parameters: { ...credentials(await login(main)), SMTPPassword: 'wrong' },
    }),
    then: tells(new RegExp(`^${AUTH_ERROR}$`)),
  },
  {
    endpoint,
    code: 3,
    name: 'a login that was deleted',
    given: async ({ main }) => {
      const made = await main.smtpLogin();
      await main.call('emailgateway.deletesmtp', { SMTPID: made.id });
      return { parameters: credentials(made) };
    },
    then: tells(new RegExp(`^${AUTH_ERROR}$`)),
  },
  ...refusedBoth(4, "the login's domain is gone", /^550 /, (side, _, domainId) =>
    side.sql(`UPDATE oempro_eg_domains SET Status = 'Deleted' WHERE DomainID = ?`, [domainId]),
  ),
  {
    endpoint,
    code: 4,
    name: 'a From on a domain that is not the one of the login',
    given: async ({ main }) => ({
      parameters: {
        ...credentials(await login(main)),
        ...rawMail('john@elsewhere.example', 'jane@example.org'),
      },
    }),
    then: tells(/^550 /),
  },
  ...['Approval Pending', 'Disabled', 'Suspended', 'Blocked'].flatMap((status) =>
    refusedBoth(5, `the domain is ${status}`, /^550 /, setStatus(status)),
  ),
  ...refusedBoth(6, 'the owner is gone', /^550 /, sql('DELETE FROM oempro_users WHERE UserID = ?')),
  ...refusedBoth(
    7,
    'the owner is disabled',
    /^550 /,
    sql(`UPDATE oempro_users SET AccountStatus = 'Disabled' WHERE UserID = ?`),
  ),
  ...refusedBoth(
    7,
    'the owner is not trusted',
    /^550 /,
    sql(`UPDATE oempro_users SET ReputationLevel = 'Untrusted' WHERE UserID = ?`),
  ),
  {
    endpoint,
    code: 8,
    name: 'the installation wants a verified phone, and the owner has none',
    given: async (world) => {
      const side = await world.with(PHONE_GATE);
      return { side, parameters: credentials(await login(side)) };
    },
    then: tells(/^5/),
  },
  {
    endpoint,
    code: 8,
    name: 'every recipient is suppressed',
    given: async (world) => {
      const email = `suppressed-${unique()}@example.org`;
      await world.main.sql('INSERT INTO oempro_suppression_list (UserID, EmailAddress) VALUES (0, ?)', [
        email,
      ]);
      return sends(email.toUpperCase())(world);
    },
    then: tells(/^550 /),
  },
  ...[undefined, '', 'jane', 'jane@example.org,,x', ['jane@example.org']].map((RcptTo): ContractCase => ({
    endpoint,
    code: 14,
    name: `RcptTo ${JSON.stringify(RcptTo)} is refused`,
    given: async (world) => {
      const { parameters } = await sends('jane@example.org')(world);
      return { parameters: { ...parameters, RcptTo } };
    },
    then: tells(/^5/),
  })),
  ...[{ UUID: 'no-uuid' }, { UUID: ['a'] }, { RawEmail: 'no header at all' }].map((change): ContractCase => ({
    endpoint,
    code: 15,
    name: `${JSON.stringify(change)} is refused`,
    given: async (world) => {
      const { parameters } = await sends('jane@example.org')(world);
      return { parameters: { ...parameters, ...change } };
    },
    then: tells(/^5/),
  })),
  { endpoint, code: 9, name: 'To is over its limit', given: sends(addresses(4)), then: tells(/^452 /) },
  {
    endpoint,
    code: 10,
    name: 'CC is over its limit',
    given: async (world) => {
      const { parameters = {} } = await sends('jane@example.org', `Cc: ${addresses(3)}\r\n`)(world);
      return { parameters: { ...parameters, RcptTo: `jane@example.org,${addresses(3)}` } };
    },
    then: tells(/^452 /),
  },
  {
    endpoint,
    code: 11,
    name: 'recipients that no header names are BCC, and over its limit',
    given: async (world) => {
      const { parameters = {} } = await sends('jane@example.org')(world);
      return { parameters: { ...parameters, RcptTo: `jane@example.org,${addresses(3)}` } };
    },
    then: tells(/^452 /),
  },
  {
    endpoint,
    code: 12,
    name: 'the account sends faster than it may',
    given: async (world) => {
      const rates = '{"EmailGateway":{"Minute":1}}';
      const limit = sql(`UPDATE oempro_users SET RateLimits = '${rates}' WHERE UserID = ?`);
      const { parameters = {} } = await loginOf(limit, true)(world);
      const { main } = world;
      await main.call(endpoint, { AdminAPIKey: main.gateway.adminKey, ...parameters });
      return { parameters: { ...parameters, UUID: randomUUID() } };
    },
    then: tells(/^451 /),
  },
  {
    endpoint,
    code: 13,
    name: 'no credits are left',
    given: loginOf(sql(`UPDATE oempro_users SET CreditSystem = 'Enabled' WHERE UserID = ?`), true),
    then: tells(/^452 /),
  },
];
