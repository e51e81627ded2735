import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { userIndexPattern } from '#contracts/search/event-index';
import { elasticsearchRequest } from '#platform/testing/test-search';
import { allEndpoints } from '../app.module.js';
import type { Endpoint } from '../http/endpoint.js';
import type { Surface } from '../http/reply.js';
import { exchange } from './exchange.js';
import { referencesOf, request, setsOf } from './tenancy/attacks.js';
import { checksums } from './tenancy/belongings.js';
import { fiveTenants, NOTHING, type Reference, type Tenant } from './tenancy/tenants.js';
import { World } from './world.js';

let world: World;
let tenants: readonly Tenant[];
beforeAll(async () => {
  world = await World.start();
  tenants = await fiveTenants(world.main);
});
afterAll(() => world.close());

const surfacesOf = ({ v1 }: Endpoint): readonly Surface[] =>
  v1 === undefined ? ['legacy'] : ['legacy', 'v1'];
const othersThan = (attacker: Tenant) => tenants.filter((tenant) => tenant !== attacker);

/** What each tenant has in MySQL and how many events in Elasticsearch. */
async function everythingOf(owners: readonly Tenant[]): Promise<unknown[]> {
  const sums = await checksums(world.main.gateway.database);
  return Promise.all(
    owners.map(async ({ user: { UserID } }) => {
      const found = (await elasticsearchRequest('GET', `/${userIndexPattern(UserID)}/_count`)) as {
        count: number;
      };
      return [UserID, sums.get(UserID), found.count];
    }),
  );
}

/** Words of a reply that belong to somebody else and were not in the request. */
function leaks(text: string, sent: unknown, attacker: Tenant): string[] {
  const asked = JSON.stringify(sent);
  return othersThan(attacker)
    .flatMap(({ secrets }) => secrets)
    .filter((secret) => text.includes(secret) && !asked.includes(secret));
}

/** What a reference of a victim can be: a living row, and where it is a domain, a deleted one. */
function variants(victim: Tenant, replaced: readonly (readonly [string, Reference])[]) {
  const { references } = victim;
  const deleted = { ...references, domain: references['deleted domain'] };
  return replaced.some(([, reference]) => reference === 'domain') ? [references, deleted] : [references];
}

const requests = allEndpoints.flatMap((endpoint) =>
  surfacesOf(endpoint).map((surface) => ({ command: endpoint.command, surface, endpoint })),
);

/** Compute the slow hash of a password whomever they name: each tenant tries one other, not all. */
const SLOW = ['emailgateway.addsmtp', 'emailgateway.smtprelay', 'user.login'];
function victimsOf(attacker: Tenant, command: string): readonly Tenant[] {
  const others = othersThan(attacker);
  return SLOW.includes(command) ? [others[tenants.indexOf(attacker) % others.length] ?? attacker] : others;
}

describe("another user's is as good as nothing, alone and mixed with the caller's own", () => {
  it.each(requests.filter(({ endpoint }) => referencesOf(endpoint).length > 0))(
    '$command on $surface',
    async ({ command, surface, endpoint }) => {
      for (const attacker of tenants) {
        const victims = othersThan(attacker);
        const before = await everythingOf(victims);
        for (const replaced of setsOf(referencesOf(endpoint))) {
          const send = async (from: Tenant['references']) => {
            const given = request(endpoint, attacker, replaced, from);
            const { status, contentType, text } = await exchange(world, command, surface, given);
            expect(leaks(text, given, attacker)).toEqual([]);
            return { status, contentType, text };
          };
          const asIfNothing = await send(NOTHING);
          for (const theirs of victimsOf(attacker, command).flatMap((victim) => variants(victim, replaced)))
            expect([replaced, await send(theirs)]).toEqual([replaced, asIfNothing]);
        }
        expect(await everythingOf(victims)).toEqual(before);
      }
    },
  );
});

/** Lists of the installation: they name every tenant's domains, and only the admin's key opens them. */
const OF_EVERYBODY = ['sender.domains', 'inbound-relay-domain-check'];
/** Use up what later requests need, and so come last, in this order. */
const USE_UP = [
  'emailgateway.verifydomain',
  'emailgateway.cleardomainqueue',
  'emailgateway.resetsmtppassword',
  'emailgateway.updatedomain',
  'emailgateway.replaceapi',
  'emailgateway.deletewebhook.public',
  'emailgateway.deletewebhook',
  'emailgateway.deleteapi',
  'emailgateway.deletesmtp',
  'emailgateway.deletedomain',
];
const rank = ({ command }: { command: string }) => USE_UP.indexOf(command);

describe("a user's own request shows and changes nothing of the others", () => {
  it.each(
    requests
      .filter(({ command }) => !OF_EVERYBODY.includes(command))
      .sort((one, other) => rank(one) - rank(other)),
  )('$command on $surface', async ({ command, surface, endpoint }) => {
    for (const attacker of tenants) {
      const victims = othersThan(attacker);
      const before = await everythingOf(victims);
      const given = request(endpoint, attacker, [], NOTHING);
      const { text, status } = await exchange(world, command, surface, given);
      expect(leaks(text, given, attacker)).toEqual([]);
      expect([text, USE_UP.includes(command) || status === 200]).toEqual([text, true]);
      expect(await everythingOf(victims)).toEqual(before);
    }
  });
});

describe('the same name', () => {
  it("is another domain when another user adds it, and the first one's stays as it is", async () => {
    for (const attacker of tenants) {
      const victims = othersThan(attacker);
      const before = await everythingOf(victims);
      for (const { domain, references } of victims) {
        const { json } = await exchange(world, 'emailgateway.adddomain', 'legacy', {
          parameters: { DomainName: domain.name },
          credential: { APIKey: attacker.user.APIKey },
        });
        expect(json).toMatchObject({ Success: true, Domain: { Status: 'Approval Pending' } });
        expect(json['NewSenderDomainID']).not.toBe(references.domain);
      }
      expect(await everythingOf(victims)).toEqual(before);
    }
  });
});

describe('the identities', () => {
  it('are such that patterns would mix them up', () => {
    const ids = tenants.map(({ user }) => `${user.UserID}`);
    const prefixes = ids.filter((id) => ids.some((other) => other !== id && other.startsWith(id)));
    expect(prefixes).toHaveLength(2);
  });
  it('have rows in every table of tenants, so that a missing filter shows', async () => {
    const database = world.main.gateway.database;
    for (const table of [
      'oempro_eg_domains',
      'oempro_eg_api_keys',
      'oempro_eg_smtp_credentials',
      'oempro_eg_webhooks',
      'eg_messages',
      'eg_send_queue',
      'oempro_suppression_list',
      'oempro_email_templates',
      'oempro_subscriber_lists',
      'oempro_journeys',
    ]) {
      const column = table.startsWith('eg_') ? 'user_id' : 'UserID';
      const rows = await database.query(`SELECT DISTINCT ${column} AS id FROM ${table}`);
      const ids = rows.map(({ id }) => Number(id));
      expect([table, ids]).toEqual([table, expect.arrayContaining(tenants.map(({ user }) => user.UserID))]);
    }
  });
});
