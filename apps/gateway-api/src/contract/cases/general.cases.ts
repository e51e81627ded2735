import type { ContractCase, Given } from '../contract-case.js';
import { CONTRACT } from '../seed-contract.js';
import type { SeedEndpoint } from '../seed/seed-endpoint.js';
import { unique, type World } from '../world.js';

type Rules = (endpoint: SeedEndpoint, valid: ValidGiven) => readonly ContractCase[];
type ValidGiven = (world: World) => Given | Promise<Given>;

/** Required parameters are looked at together and answered as a list in check order; the relay alone answers one code. */
const required: Rules = ({ command: endpoint, credential, required: inOrder, missingIsScalar }, valid) => {
  const without = (names: readonly string[], value: unknown) => async (world: World) => {
    const given = await valid(world);
    const emptied = Object.fromEntries(names.map((name) => [name, value]));
    return { ...given, parameters: { ...given.parameters, ...emptied } };
  };
  const names = inOrder.map(([name]) => name);
  const codes = [...new Set(inOrder.map(([, code]) => code))];
  const [first = 0] = codes;
  // The last characters of a password may be blanks, so that blanks are one.
  const empties =
    credential === 'user' || credential === 'sender' ? [undefined, null, '', '  '] : [undefined, null, ''];
  const together = (missingIsScalar === undefined ? codes : codes.slice(0, 1)).map((code) => ({
    endpoint,
    code,
    name: `nothing of ${names.join(', ')}: ${missingIsScalar === undefined ? 'every code, in check order' : 'the first code'}`,
    answers: missingIsScalar === undefined ? codes : first,
    given: without(names, undefined),
  }));
  const alone = inOrder.flatMap(([name, code]) =>
    empties.map((value) => ({
      endpoint,
      code,
      name: `${name} ${JSON.stringify(value)} is missing`,
      answers: missingIsScalar === undefined ? [code] : code,
      given: without([name], value),
    })),
  );
  return [...together, ...alone];
};

/** An id that is not the caller's looks like one that never was, whatever it is. */
const owned: Rules = ({ command: endpoint, owned: ids }, valid) =>
  ids.flatMap(({ parameter, kind, code }): ContractCase[] => {
    const withId = (id: unknown) => async (world: World) => {
      const given = await valid(world);
      return { ...given, parameters: { ...given.parameters, [parameter]: id } };
    };
    return [
      ...[999_999_999, '9007199254740991', '7abc', '1e3', -1, '-1', 1.5, [1], { a: 1 }, true].map((id) => ({
        endpoint,
        code,
        name: `${parameter} ${JSON.stringify(id)} is no ${kind}`,
        given: withId(id),
      })),
      {
        endpoint,
        code,
        name: `a ${kind} of another user is not found`,
        given: async (world) => withId((await world.main.notOwn(kind)).foreign)(world),
      },
      {
        endpoint,
        code,
        name: `a deleted ${kind} is not found`,
        given: async (world) => withId((await world.main.notOwn(kind)).deleted)(world),
      },
    ];
  });

const userCredential: Rules = ({ command: endpoint, credential, privilege = '' }, valid) => {
  if (credential !== 'user') return [];
  const refused = (name: string, given: ContractCase['given'], code = 99998): ContractCase => ({
    endpoint,
    code,
    name,
    ...(given === undefined ? {} : { given }),
  });
  const other =
    privilege === 'EmailGateway.AddDomain' ? 'EmailGateway.ManageDomain' : 'EmailGateway.AddDomain';
  const without = (world: World) =>
    world.main.once(`without ${privilege}`, () => world.main.userWith({ privileges: other }));
  return [
    refused('no credential', async (world) => ({ ...(await valid(world)), credential: {} })),
    refused('an unknown key, before what is missing is told', () => ({ credential: { APIKey: 'nobody' } })),
    refused('an unknown session', async (world) => ({
      ...(await valid(world)),
      credential: { SessionID: unique() },
    })),
    ...[{ a: 1 }, [1], 7, true, 'x'.repeat(5000)].map((APIKey) =>
      refused(`a key that is ${JSON.stringify(APIKey).slice(0, 20)}`, () => ({ credential: { APIKey } })),
    ),
    refused("a sender's key is no user's key", ({ main }) => ({
      credential: { APIKey: main.domain.senderKey },
    })),
    refused("the admin's key is no user's key", ({ main }) => ({
      credential: { APIKey: main.gateway.adminKey },
    })),
    refused('the account is disabled', ({ main }) =>
      main.once('disabled user', async () => {
        const user = await main.newUser();
        await main.updateUser(user, { accountStatus: 'Disabled' });
        return { credential: { APIKey: user.APIKey } };
      }),
    ),
    refused(
      `without ${privilege}, before what is missing is told`,
      async (world) => ({ credential: { APIKey: (await without(world)).APIKey } }),
      99999,
    ),
    refused(
      `without ${privilege}, before whose it is`,
      async (world) => ({
        ...(await valid(world)),
        credential: { APIKey: (await without(world)).APIKey },
      }),
      99999,
    ),
  ];
};

const senderCredential: Rules = ({ command: endpoint, credential, codes }) => {
  if (credential !== 'sender') return [];
  const missing = codes.some(({ code, text }) => code === 1 && text === 'Missing SenderAPIKey') ? 1 : 13;
  const refused = (name: string, given: ContractCase['given'], code = 13): ContractCase => ({
    endpoint,
    code,
    name,
    ...(given === undefined ? {} : { given }),
  });
  return [
    refused('no key, before what is missing is told', () => ({ credential: {} }), missing),
    refused('an unknown key', () => ({
      credential: { SenderAPIKey: '00000000-00000000-00000000-00000000' },
    })),
    refused('a key that is far too long', () => ({ credential: { SenderAPIKey: 'x'.repeat(5000) } })),
    refused("a user's key is no sender's key", ({ main }) => ({
      credential: { SenderAPIKey: main.owner.APIKey },
    })),
    refused("the admin's key is no sender's key", ({ main }) => ({
      credential: { SenderAPIKey: main.gateway.adminKey },
    })),
    refused('a deleted key', ({ main }) =>
      main.once('deleted key', async () => {
        const { id, key } = await main.apiKey();
        await main.call('emailgateway.deleteapi', { APIKeyID: id });
        return { credential: { SenderAPIKey: key } };
      }),
    ),
    refused('a replaced key', ({ main }) =>
      main.once('replaced key', async () => {
        const { domainId, senderKey } = await main.newDomain();
        await main.call('emailgateway.replaceapi', { DomainID: domainId, Description: 'new' });
        return { credential: { SenderAPIKey: senderKey } };
      }),
    ),
    refused('the key of a domain that its owner deleted', ({ main }) =>
      main.once('key of a deleted domain', async () => ({
        credential: { SenderAPIKey: (await main.deletedDomain()).senderKey },
      })),
    ),
  ];
};

const adminCredential: Rules = ({ command: endpoint, credential }) => {
  if (credential !== 'admin') return [];
  const code = endpoint === 'inbound-relay-domain-check' ? 1 : 99998;
  const refused = (name: string, given: NonNullable<ContractCase['given']>): ContractCase => ({
    endpoint,
    code,
    name,
    given,
  });
  return [
    refused('no key, before what is missing is told', () => ({ credential: {} })),
    refused('an unknown key', () => ({ credential: { AdminAPIKey: 'nobody' } })),
    refused("a user's key is not the admin's", ({ main }) => ({
      credential: { AdminAPIKey: main.owner.APIKey },
    })),
    refused("a sender's key is not the admin's", ({ main }) => ({
      credential: { AdminAPIKey: main.domain.senderKey },
    })),
  ];
};

const RULES = [required, owned, userCredential, senderCredential, adminCredential];

/**
 * What holds for every endpoint of a kind, made from the table of the contract.
 * @param validRequest a request that succeeds, by command; none of these cases uses it up, so it is made once
 */
export function generalCases(validRequest: (command: string) => ValidGiven): readonly ContractCase[] {
  return CONTRACT.flatMap((endpoint) => {
    const valid: ValidGiven = (world) =>
      world.main.once(`valid ${endpoint.command}`, async () => validRequest(endpoint.command)(world));
    return RULES.flatMap((rule) => rule(endpoint, valid));
  });
}
