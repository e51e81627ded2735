/* oxlint-disable jest/no-standalone-expect -- the suite calls `then` inside the test of its case */
import { expect } from '@jest/globals';
import type { ContractCase } from '../contract-case.js';
import { tooManyRequests } from './public.cases.js';

const senderDomains: readonly ContractCase[] = [
  {
    endpoint: 'sender.domains',
    code: 'success',
    name: 'the Enabled domains of every user, sorted, as JSON unless told otherwise',
    then({ json }, { main }) {
      const names = json['Domains'] as string[];
      expect(names).toEqual([...new Set(names)].sort());
      expect(names).toEqual(expect.arrayContaining([main.domain.name, main.foreign.name]));
    },
  },
  {
    endpoint: 'sender.domains',
    code: 'success',
    name: 'json in any case',
    given: () => ({ parameters: { DomainsResponseFormat: 'JSON' } }),
  },
  ...['xml', 'powermta', 7, ['json']].map((DomainsResponseFormat): ContractCase => ({
    endpoint: 'sender.domains',
    code: 1,
    name: `DomainsResponseFormat ${JSON.stringify(DomainsResponseFormat)} is refused`,
    given: () => ({ parameters: { DomainsResponseFormat } }),
    then: ({ status, json }) => {
      expect(status).toBe(200);
      expect(json).toEqual({ Success: false, ErrorCode: 1, ErrorText: expect.any(String) });
    },
  })),
  tooManyRequests('sender.domains', ({ gateway }) =>
    gateway.request('POST', '/api/v1/sender.domains', { bearer: gateway.adminKey }),
  ),
];

const relayCheck: readonly ContractCase[] = [
  {
    endpoint: 'inbound-relay-domain-check',
    code: 'success',
    name: 'the return path host of a domain is ours',
    given: ({ main }) => ({ parameters: { Domain: `sl.${main.domain.name}` } }),
    then: ({ json }, { main }) => expect(json['RelayDomain']).toBe(`sl.${main.domain.name}`),
  },
  {
    endpoint: 'inbound-relay-domain-check',
    code: 'success',
    name: 'an address means its domain, in any case and with a trailing dot',
    given: ({ main }) => ({ parameters: { domain: `bounce 1@${main.domain.name.toUpperCase()}.` } }),
    then: ({ json }, { main }) => expect(json['RelayDomain']).toBe(main.domain.name),
  },
];

const DENIED = [
  undefined,
  '',
  'nobody.example',
  'jane@nobody.example',
  '@',
  '\u0000',
  'a'.repeat(3000),
  ['example.com'],
  '../../etc',
];
const denials: readonly ContractCase[] = [
  ...DENIED.map((Domain): ContractCase => ({
    endpoint: 'inbound-relay-domain-check',
    code: 2,
    name: `${JSON.stringify(Domain)?.slice(0, 30)} is denied`,
    surfaces: ['legacy'],
    given: () => ({ parameters: { Domain } }),
  })),
  {
    endpoint: 'inbound-relay-domain-check',
    code: 3,
    name: 'a fault of ours is no denial: mail servers take a 5xx for one that is for good',
    given: async (world) => {
      const side = await world.with({ EG_LEGACY_KEY_SALT: 'domains that cannot be read' });
      await side.once('unreadable domains', () =>
        side.sql('RENAME TABLE oempro_eg_domains TO contract_away'),
      );
      return { side, parameters: { Domain: side.domain.name } };
    },
  },
];

export const adminCases: readonly ContractCase[] = [...senderDomains, ...relayCheck, ...denials];
