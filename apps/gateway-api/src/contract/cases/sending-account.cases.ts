/* oxlint-disable jest/no-standalone-expect -- the suite calls `then` inside the test of its case */
import { expect } from '@jest/globals';
import type { ContractCase, Given } from '../contract-case.js';
import { FAULTY, unique, type Side, type World } from '../world.js';
import { disableOwner, FEW_REQUESTS, keyOf, removeDomain, removeOwner } from './public.cases.js';
import { mail, mailFrom, suppressed } from './sending.cases.js';

export const PHONE_GATE = { EG_PHONE_VERIFICATION_REQUIRED: 'true' };
const endpoint = 'emailgateway.sendemail';

/** A row of a tenant that the send command's ids point to; inserted as operators do. */
export async function contextOf(side: Side, userId: number): Promise<Record<string, number>> {
  const { insertId: TemplateID } = await side.sql(
    `INSERT INTO oempro_email_templates (UserID, Name, HTMLContent) VALUES (?, ?, '<p>From a template</p>')`,
    [userId, `template ${unique()}`],
  );
  const { insertId: ListID } = await side.sql(
    'INSERT INTO oempro_subscriber_lists (UserID, Name) VALUES (?, ?)',
    [userId, `list ${unique()}`],
  );
  const { insertId: SubscriberID } = await side.sql(
    `INSERT INTO oempro_subscribers (ListID, EmailAddress, Name, Fields) VALUES (?, ?, 'Joe', '{}')`,
    [ListID, `joe-${unique()}@example.org`],
  );
  const { insertId: JourneyID } = await side.sql('INSERT INTO oempro_journeys (UserID, Name) VALUES (?, ?)', [
    userId,
    `journey ${unique()}`,
  ]);
  const { insertId: ActionID } = await side.sql(
    'INSERT INTO oempro_journey_actions (JourneyID, Name) VALUES (?, ?)',
    [JourneyID, `action ${unique()}`],
  );
  return { TemplateID, TargetListID: ListID, ListID, SubscriberID, JourneyID, ActionID };
}
const own = ({ main }: World) => main.once('own context', () => contextOf(main, main.owner.UserID));
const foreign = ({ main }: World) =>
  main.once('foreign context', () => contextOf(main, main.stranger.UserID));

const CONTEXT = {
  TemplateID: 15,
  TargetListID: 16,
  ListID: 35,
  SubscriberID: 36,
  JourneyID: 37,
  ActionID: 38,
};
const context: readonly ContractCase[] = [
  {
    endpoint,
    code: 'success',
    name: 'a template stands in for the content; list, subscriber, journey and action are the context',
    given: async (world) => {
      const { TargetListID: _, ...ids } = await own(world);
      return mail({ HTMLContent: undefined, ...ids })(world);
    },
  },
  ...Object.entries(CONTEXT).flatMap(([parameter, code]): ContractCase[] => [
    ...[999_999_999, '7abc', -1].map((id) => ({
      endpoint,
      code,
      name: `${parameter} ${JSON.stringify(id)} is not found`,
      answers: [code],
      given: async (world: World) =>
        mail({ ...(await companions(world, parameter)), [parameter]: id })(world),
    })),
    {
      endpoint,
      code,
      name: `${parameter} of another user is not found`,
      answers: [code],
      given: async (world) =>
        mail({
          ...(await companions(world, parameter)),
          [parameter]: (await foreign(world))[parameter],
        })(world),
    },
  ]),
  {
    endpoint,
    code: 39,
    name: 'the recipients of the list cannot be read: nothing is queued',
    given: async (world) => {
      const side = await world.with(FAULTY);
      const { TargetListID } = await side.once('unreadable list', async () => {
        const ids = await contextOf(side, side.owner.UserID);
        await side.sql('RENAME TABLE oempro_subscribers TO contract_away');
        // Whoever reads the subscribers of this list gets an error of the database.
        await side.sql(
          `CREATE VIEW oempro_subscribers AS SELECT * FROM contract_away
           WHERE ListID <> ${ids['ListID']} OR JSON_EXTRACT(Fields, 'no path') = 1`,
        );
        return ids;
      });
      return { side, parameters: mailFrom(side.domain.name, { To: undefined, TargetListID }) };
    },
    async then(_reply, world, { side = world.main }) {
      const rows = await side.gateway.database.query('SELECT 1 FROM eg_send_queue LIMIT 1');
      expect(rows).toEqual([]);
    },
  },
];

/** An id is looked at together with those that it needs. */
async function companions(world: World, parameter: string): Promise<object> {
  const { ListID, JourneyID } = await own(world);
  return { SubscriberID: { ListID }, ActionID: { JourneyID } }[parameter] ?? {};
}

/** An account with a limit, and one mail that has used it up. */
const exhausted =
  (limit: string) =>
  async ({ main }: World): Promise<Given> => {
    const user = await main.newUser();
    await main.sql(`UPDATE oempro_users SET ${limit} WHERE UserID = ?`, [user.UserID]);
    const { name, senderKey: SenderAPIKey } = await main.newDomain(user);
    await main.call(endpoint, { APIKey: undefined, SenderAPIKey, ...mailFrom(name) });
    return { credential: { SenderAPIKey }, parameters: mailFrom(name) };
  };
const nothingQueued: ContractCase['then'] = async (_reply, { main }, { was: userId }) => {
  const rows = await main.gateway.database.query('SELECT id FROM eg_send_queue WHERE user_id = ?', [
    Number(userId),
  ]);
  expect(rows).toEqual([]);
};

const account: readonly ContractCase[] = [
  { endpoint, code: 2, name: "the key's domain is gone", given: removeDomain },
  { endpoint, code: 2, name: 'the owner of the key is gone', given: removeOwner },
  { endpoint, code: 12, name: 'the owner of the key is disabled', given: disableOwner },
  {
    endpoint,
    code: 12,
    name: 'the owner of the key is not trusted',
    given: ({ main }) =>
      keyOf(main, (_, UserID) => main.updateUser({ UserID, APIKey: '' }, { reputation: 'Untrusted' })),
  },
  ...['Approval Pending', 'Disabled', 'Suspended', 'Blocked'].map((status): ContractCase => ({
    endpoint,
    code: 32,
    name: `the domain is ${status}`,
    given: ({ main }) =>
      keyOf(main, (domainId) => main.gateway.operator('PUT', `/domains/${domainId}/status`, { status })),
  })),
  {
    endpoint,
    code: 34,
    name: 'the installation wants a verified phone, and the owner has none',
    given: async (world) => {
      const side = await world.with(PHONE_GATE);
      return { side, parameters: mailFrom(side.domain.name) };
    },
  },
  {
    endpoint,
    code: 14,
    name: 'the only recipient is suppressed, in whatever case',
    given: async ({ main }) => ({
      parameters: mailFrom(main.domain.name, { To: [{ name: '', email: await suppressed(main) }] }),
    }),
  },
  { endpoint, code: 17, name: 'the limit of a day is used up', given: exhausted('LimitEmailSendPerDay = 1') },
  {
    endpoint,
    code: 17,
    name: 'the limit of a month is used up',
    given: exhausted('LimitEmailSendPerPeriod = 1'),
  },
  {
    endpoint,
    code: 17,
    name: 'the limit of the account is used up',
    given: exhausted('LimitEmailSendLifetime = 1'),
  },
  {
    endpoint,
    code: 17,
    name: 'no credits are left',
    given: async ({ main }) => {
      const user = await main.newUser();
      await main.sql(`UPDATE oempro_users SET CreditSystem = 'Enabled' WHERE UserID = ?`, [user.UserID]);
      const { name, senderKey } = await main.newDomain(user);
      return { credential: { SenderAPIKey: senderKey }, parameters: mailFrom(name), was: user.UserID };
    },
    then: nothingQueued,
  },
  {
    endpoint,
    code: 429,
    name: 'the account sends faster than it may',
    given: exhausted(`RateLimits = '{"EmailGateway":{"Minute":1,"Hour":"-1"}}'`),
  },
  {
    endpoint,
    code: 429,
    name: 'more requests within a minute than the route allows',
    surfaces: ['v1'],
    given: async (world) => {
      const side = await world.with(FEW_REQUESTS);
      for (let sent = 0; sent < 2; sent += 1) {
        const json = mailFrom(side.domain.name);
        const reply = await side.gateway.request('POST', '/api/v1/email', {
          json,
          bearer: side.domain.senderKey,
        });
        expect(reply.status).toBe(200);
      }
      return { side };
    },
    then: ({ json }) =>
      expect(json).toEqual({ Errors: [{ Code: 429, Message: expect.stringMatching(/^Too many requests/) }] }),
  },
];

export const sendingAccountCases: readonly ContractCase[] = [...context, ...account];
