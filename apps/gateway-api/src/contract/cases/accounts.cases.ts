/* oxlint-disable jest/no-standalone-expect -- the suite calls `then` inside the test of its case */
import { expect } from '@jest/globals';
import type { ContractCase, Given } from '../contract-case.js';
import { unique, type World } from '../world.js';

const endpoint = 'user.login';

const account = ({ main }: World) =>
  main.once('login', async () => {
    const given = { username: `jane-${unique()}`, password: unique() };
    const user = await main.gateway.createUser(given);
    return { ...user, Username: given.username, Password: given.password };
  });
const login = async (world: World): Promise<Given> => {
  const { Username, Password } = await account(world);
  return { parameters: { Username, Password } };
};

export const accountCases: readonly ContractCase[] = [
  {
    endpoint,
    code: 'success',
    name: 'the session speaks for the user, and nothing secret is told',
    given: login,
    async then({ json, text }, world) {
      const { UserID, APIKey, Password } = await account(world);
      const { SessionID } = json;
      expect(json['UserInfo']).toMatchObject({ UserID });
      expect(text).not.toContain(Password);
      expect(text).not.toContain(APIKey);
      const reply = await world.main.gateway.command('emailgateway.getdomains', { SessionID });
      expect(reply.json).toMatchObject({ Success: true });
    },
  },
  {
    endpoint,
    code: 'success',
    name: "the user's key stands for name and password",
    given: async (world) => ({ parameters: { APIKey: (await account(world)).APIKey } }),
  },
  ...[{ Password: 'wrong' }, { Password: '  ' }, { Username: 'nobody' }].map((change): ContractCase => ({
    endpoint,
    code: 3,
    name: `${JSON.stringify(change)} is wrong`,
    answers: [3],
    given: async (world) => ({ parameters: { ...(await login(world)).parameters, ...change } }),
  })),
  {
    endpoint,
    code: 429,
    name: 'ten wrong passwords for one name, and no more is looked at',
    answers: [429],
    given: async ({ main }) => {
      const parameters = { Username: `guessed-${unique()}`, Password: 'wrong' };
      for (let tried = 0; tried < 10; tried += 1) await main.gateway.command(endpoint, parameters);
      return { parameters };
    },
  },
  {
    endpoint,
    code: 3,
    name: 'the account is disabled',
    answers: [3],
    given: async ({ main }) => {
      const given = { username: `off-${unique()}`, password: unique() };
      await main.updateUser(await main.gateway.createUser(given), { accountStatus: 'Disabled' });
      return { parameters: { Username: given.username, Password: given.password } };
    },
  },
];
