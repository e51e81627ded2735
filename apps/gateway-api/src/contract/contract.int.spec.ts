/* oxlint-disable jest/expect-expect -- expectSuccess and expectRefusal assert */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { allEndpoints } from '../app.module.js';
import type { Surface } from '../http/reply.js';
import { CASES, validRequest } from './all-cases.js';
import type { GivenCredential } from './contract-case.js';
import { exchange, type Encoding } from './exchange.js';
import { expectRefusal, expectSuccess } from './expectations.js';
import { storyOf } from './fixtures.js';
import { CONTRACT, seedEndpoint } from './seed-contract.js';
import type { SeedEndpoint } from './seed/seed-endpoint.js';
import { World } from './world.js';
import { readXml } from './xml-reader.js';

let world: World;
beforeAll(async () => {
  world = await World.start();
  const { gateway, owner, stranger, domain, foreign } = world.main;
  await gateway.index([...storyOf(owner.UserID, domain), ...storyOf(stranger.UserID, foreign)]);
});
afterAll(() => world.close());

const surfacesOf = ({ v1 }: SeedEndpoint): readonly Surface[] =>
  v1 === undefined ? ['legacy'] : ['legacy', 'v1'];
const declared = (command: string) => allEndpoints.find((endpoint) => endpoint.command === command);

describe.each(CONTRACT.map((endpoint) => [endpoint.command, endpoint] as const))('%s', (command, seed) => {
  const cases = CASES.filter(({ endpoint }) => endpoint === command).flatMap((one) =>
    (one.surfaces ?? surfacesOf(seed)).map((surface) => ({ ...one, surface })),
  );

  it.each(cases)('$code on $surface: $name', async (one) => {
    const { surface, code, answers, like, then } = one;
    const given = (await one.given?.(world)) ?? {};
    const reply = await exchange(world, command, surface, given);
    if (code === 'success') expectSuccess(seed, declared(command), surface, reply, like);
    else expectRefusal(seed, surface, reply, answers ?? code);
    await then?.(reply, world, given);
  });
});

const LEGACY_ENCODINGS: readonly Encoding[] = [
  'json in any case',
  'form',
  'multipart',
  'query',
  'json labelled as form',
  'get with a body',
];
const v1Encodings = (method: string): readonly Encoding[] =>
  method === 'GET'
    ? ['query', 'get with a body']
    : ['json in any case', 'form', 'multipart', 'query', 'json labelled as form'];

describe('every encoding of a request means the same', () => {
  const requests = CONTRACT.flatMap((seed) =>
    surfacesOf(seed).flatMap((surface) => {
      const encodings = surface === 'legacy' ? LEGACY_ENCODINGS : v1Encodings(seed.v1?.method ?? '');
      return encodings.map((encoding) => ({ command: seed.command, surface, encoding }));
    }),
  );
  it.each(requests)('$command on $surface as $encoding', async ({ command, surface, encoding }) => {
    const given = await validRequest(command)(world);
    const reply = await exchange(world, command, surface, given, encoding);
    expectSuccess(seedEndpoint(command), declared(command), surface, reply);
  });
});

describe('ResponseFormat', () => {
  it.each(CONTRACT.filter(({ reply }) => reply !== 'text').map(({ command }) => command))(
    'XML: a success of %s',
    async (command) => {
      const given = await validRequest(command)(world);
      const parameters = { ...given.parameters, ResponseFormat: 'XML' };
      const reply = await exchange(world, command, 'legacy', { ...given, parameters });
      expect(reply).toMatchObject({ status: 200, contentType: expect.stringMatching(/^text\/xml\b/) });
      const tree = readXml(reply.text);
      expect(tree).toMatchObject({ Success: 'true', ErrorCode: '0' });
      expect(Object.keys(tree)).toEqual(expect.arrayContaining(Object.keys(seedEndpoint(command).reply)));
    },
  );
  it.each(CONTRACT.filter(({ credential }) => credential !== 'anonymous').map(({ command }) => command))(
    'XML: a refusal of %s',
    async (command) => {
      const parameters = { ResponseFormat: 'XML' };
      const reply = await exchange(world, command, 'legacy', { parameters, credential: {} });
      expect(reply).toMatchObject({ status: 200, contentType: expect.stringMatching(/^text\/xml\b/) });
      expect(readXml(reply.text)).toMatchObject({ Success: 'false', ErrorText: expect.stringMatching(/./) });
    },
  );
  it.each(['xml', 'Xml', 'JSON', 'yaml'])('%s is JSON', async (ResponseFormat) => {
    const reply = await exchange(world, 'emailgateway.getdomains', 'legacy', {
      parameters: { ResponseFormat },
    });
    expect(reply.json).toMatchObject({ Success: true });
  });
});

describe('a session', () => {
  it.each(CONTRACT.filter(({ credential }) => credential === 'user').map(({ command }) => command))(
    'speaks for its user in %s',
    async (command) => {
      const SessionID = await world.main.once('session', async () => {
        const { APIKey } = world.main.owner;
        return (await world.main.call('user.login', { APIKey }))['SessionID'];
      });
      const given = await validRequest(command)(world);
      const reply = await exchange(world, command, 'legacy', { ...given, credential: { SessionID } });
      expectSuccess(seedEndpoint(command), undefined, 'legacy', reply);
    },
  );
});

describe('a session and a key together', () => {
  const getDomains = async (credential: GivenCredential) =>
    (await exchange(world, 'emailgateway.getdomains', 'legacy', { credential })).json;
  const session = async () =>
    String((await world.main.call('user.login', { APIKey: world.main.owner.APIKey }))['SessionID']);

  it('the key is tried first, then the session', async () => {
    const { owner, stranger, domain, foreign } = world.main;
    const SessionID = await session();
    const names = async (credential: GivenCredential) =>
      ((await getDomains(credential))['Domains'] as { SenderDomain: string }[]).map(
        (row) => row.SenderDomain,
      );
    expect(await names({ APIKey: stranger.APIKey, SessionID })).toContain(foreign.name);
    expect(await names({ APIKey: 'nobody', SessionID })).toContain(domain.name);
    expect(await names({ APIKey: owner.APIKey, SessionID: 'nothing' })).toContain(domain.name);
  });
  it('a session that has expired is none', async () => {
    const SessionID = await session();
    expect(await getDomains({ SessionID })).toMatchObject({ Success: true });
    await world.main.sql('UPDATE eg_sessions SET expires_at = UTC_TIMESTAMP(6) WHERE user_id = ?', [
      world.main.owner.UserID,
    ]);
    expect(await getDomains({ SessionID })).toMatchObject({ Success: false, ErrorCode: 99998 });
  });
});

describe.each(CONTRACT.filter(({ credential, v1 }) => credential === 'sender' && v1 !== undefined))(
  "a sender's key on v1, for $command",
  ({ command, v1 = { method: 'GET', path: '' } }) => {
    const send = async (SenderAPIKey: string | undefined, authorization?: string) => {
      const { parameters } = await validRequest(command)(world);
      const all = { ...parameters, ...(SenderAPIKey === undefined ? {} : { SenderAPIKey }) };
      const query =
        v1.method === 'GET' ? `?${new URLSearchParams(all as Record<string, string>).toString()}` : '';
      const { gateway } = world.main;
      return gateway.request(v1.method, v1.path + query, {
        ...(v1.method === 'GET' ? {} : { json: all }),
        headers: authorization === undefined ? {} : { authorization },
      });
    };
    const invalid = { status: 401, json: { Errors: [{ Code: 13 }] } };

    it('stands in the header in any case, or among the parameters; the header wins', async () => {
      const { senderKey } = world.main.domain;
      for (const reply of [
        await send(undefined, `Bearer ${senderKey}`),
        await send(undefined, `bearer  ${senderKey}`),
        await send(senderKey),
        await send('nobody', `Bearer ${senderKey}`),
      ])
        expect([reply.text, reply.status]).toEqual([reply.text, 200]);
      expect(await send(senderKey, 'Bearer nobody')).toMatchObject(invalid);
    });
    it.each(['Basic', 'Bearer', 'Token x', ''])('%j is no key', async (authorization) => {
      const reply = await send(undefined, authorization);
      expect(reply).toMatchObject({ status: 401, json: { Errors: [{ Code: expect.any(Number) }] } });
    });
  },
);

describe('the privilege', () => {
  it.each(CONTRACT.filter(({ privilege }) => privilege !== undefined))(
    '$privilege alone is enough for $command',
    async ({ command, privilege, owned }) => {
      const user = await world.main.once(`only ${privilege}`, () =>
        world.main.userWith({ privileges: privilege }),
      );
      const { parameters } = await validRequest(command)(world);
      const reply = await exchange(world, command, 'legacy', {
        ...(parameters === undefined ? {} : { parameters }),
        credential: { APIKey: user.APIKey },
      });
      // Whoever owns nothing gets as far as the rows.
      const notFound = owned[0]?.code;
      const { ErrorCode } = reply.json;
      expect([ErrorCode, reply.text]).toEqual([notFound ?? 0, reply.text]);
    },
  );
});

describe('the relay check', () => {
  const check = (query: string) =>
    world.main.gateway.request('GET', `/api/v1/inbound-relay-domain-check${query}`, {
      bearer: world.main.gateway.adminKey,
    });
  it.each([
    '',
    '?domain=',
    '?domain=nobody.example',
    '?domain=jane@nobody.example',
    '?domain=@',
    '?domain=%00',
    `?domain=${'a'.repeat(3000)}`,
    '?domain[]=example.com',
    '?Domain=../../etc',
  ])('denies %j with 500 and an empty object', async (query) => {
    expect(await check(query)).toMatchObject({ status: 500, text: '{}' });
  });
  it('knows neither pending nor deleted domains', async () => {
    const { main } = world;
    const { NewSenderDomainID, Domain } = await main.call('emailgateway.adddomain', {
      DomainName: `pending-${Date.now()}.example.com`,
    });
    expect(NewSenderDomainID).toBeGreaterThan(0);
    const deleted = await main.deletedDomain();
    for (const name of [String((Domain as Record<string, unknown>)['SenderDomain']), deleted.name])
      expect(await check(`?domain=${name}`)).toMatchObject({ status: 500, text: '{}' });
  });
});

describe('hard failures', () => {
  const hard = (code: number) => ({
    Success: false,
    ErrorCode: code,
    ErrorText: expect.stringMatching(/./),
    Errors: [{ Code: code, Message: expect.stringMatching(/./) }],
  });
  const routes = CONTRACT.flatMap(({ v1 }) => (v1 === undefined ? [] : [v1]));
  const paths = ['/api.php', ...new Set(routes.map(({ path }) => path))];

  it.each([{ method: 'POST', path: '/api.php' }, ...routes.filter(({ method }) => method !== 'GET')])(
    '100000: $method $path refuses JSON that does not parse, in JSON',
    async ({ method, path }) => {
      const reply = await world.main.gateway.request(method, `${path}?ResponseFormat=XML`, {
        body: '{"Command": ',
        headers: { 'content-type': 'application/json' },
      });
      expect(reply).toMatchObject({ status: 400, json: hard(100000) });
    },
  );
  it.each(paths)('100001: %s refuses methods that it has not', async (path) => {
    for (const method of ['PUT', 'PATCH'])
      expect(await world.main.gateway.request(method, `${path}?ResponseFormat=XML`)).toMatchObject({
        status: 400,
        json: hard(100001),
      });
  });
  it.each(['emailgateway.nothing', '', 'getdomains', 'constructor', '__proto__'])(
    '100003: there is no command %j',
    async (Command) => {
      const reply = await world.main.gateway.request('POST', '/api.php', { json: { Command } });
      expect(reply).toMatchObject({ status: 400, json: hard(100003) });
    },
  );
  it('100003 names the command', async () => {
    const reply = await world.main.gateway.command('emailgateway.nothing');
    expect(reply.json['ErrorText']).toContain('emailgateway.nothing');
  });
});
