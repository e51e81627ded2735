/* oxlint-disable jest/no-standalone-expect -- the suite calls `then` inside the test of its case */
import { expect } from '@jest/globals';
import type { ContractCase, Given } from '../contract-case.js';
import { COUNTS } from '../seed/domains.js';
import { deviations } from '../seed/shape.js';
import { unique, type Side, type World } from '../world.js';

const newName = () => `contract-${unique()}.example.com`;
const ofDomain = ({ main }: World): Given => ({ parameters: { DomainID: main.domain.domainId } });

/** The records that the gateway asks for, in the zone of the world's name server. */
async function publish({ dns }: World, side: Side, DomainID: number): Promise<void> {
  const { Domain } = await side.call('emailgateway.getdomain', { DomainID });
  const { DNSRecords } = (Domain as { VerificationMeta: { DNSRecords: Record<string, [string, string]> } })
    .VerificationMeta;
  for (const [host, [type, value]] of Object.entries(DNSRecords)) {
    const answer = { name: host, type: type as 'CNAME', data: value };
    dns.zone.set(host.toLowerCase(), [answer]);
  }
}

export const domainCases: readonly ContractCase[] = [
  { endpoint: 'emailgateway.getdomain', code: 'success', name: 'an own domain', given: ofDomain },
  {
    endpoint: 'emailgateway.getdomain',
    code: 'success',
    name: 'the id may be a digit string',
    given: ({ main }) => ({ parameters: { DomainID: `${main.domain.domainId}` } }),
    then({ json }, { main }) {
      expect(json['Domain']).toMatchObject({
        DomainID: main.domain.domainId,
        SenderDomain: main.domain.name,
      });
    },
  },
  {
    endpoint: 'emailgateway.verifydomain',
    code: 'success',
    name: 'records that are missing are told, and the domain is not enabled',
    given: async ({ main }) => ({ parameters: { DomainID: (await main.newDomain()).domainId } }),
    then({ json }) {
      expect(json['Domain']).toMatchObject({ Status: 'Approval Pending' });
      const results = Object.values(
        json['DNSVerificationResults'] as Record<string, [string, string, boolean]>,
      );
      expect(results.length).toBeGreaterThan(0);
      expect(results.filter(([, , right]) => right)).toEqual([]);
    },
  },
  {
    endpoint: 'emailgateway.verifydomain',
    code: 'success',
    name: 'with every record in place the domain is enabled',
    given: async (world) => {
      const { main } = world;
      const { NewSenderDomainID } = await main.call('emailgateway.adddomain', { DomainName: newName() });
      await publish(world, main, Number(NewSenderDomainID));
      return { parameters: { DomainID: NewSenderDomainID } };
    },
    then({ json }) {
      expect(json['Domain']).toMatchObject({ Status: 'Enabled' });
      const results = Object.values(
        json['DNSVerificationResults'] as Record<string, [string, string, boolean]>,
      );
      expect(results.filter(([, , right]) => !right)).toEqual([]);
    },
  },
  {
    endpoint: 'emailgateway.getdomains',
    code: 'success',
    name: 'every own domain and no other, without counts',
    then({ json }, { main }) {
      const rows = json['Domains'] as Record<string, unknown>[];
      const ids = rows.map(({ DomainID }) => DomainID);
      expect(ids).toContain(`${main.domain.domainId}`);
      expect(ids).not.toContain(`${main.foreign.domainId}`);
      for (const row of rows) {
        expect(row['Status']).not.toBe('Deleted');
        expect(Object.keys(row).filter((key) => Object.hasOwn(COUNTS, key))).toEqual([]);
      }
    },
  },
  ...[1, '1', 'true', 'yes', true].map((WithCounts): ContractCase => ({
    endpoint: 'emailgateway.getdomains',
    code: 'success',
    name: `WithCounts ${JSON.stringify(WithCounts)} counts`,
    given: () => ({ parameters: { WithCounts } }),
    then({ json }) {
      for (const row of json['Domains'] as unknown[]) expect(deviations(COUNTS, row)).toEqual([]);
    },
  })),
  ...[0, '0', 'false', '', 'garbage', 'on', 2, [1], { a: 1 }, null].map((WithCounts): ContractCase => ({
    endpoint: 'emailgateway.getdomains',
    code: 'success',
    name: `WithCounts ${JSON.stringify(WithCounts)} does not count`,
    given: () => ({ parameters: { WithCounts } }),
    then({ json }) {
      for (const row of json['Domains'] as object[])
        expect(Object.keys(row).filter((key) => Object.hasOwn(COUNTS, key))).toEqual([]);
    },
  })),
  {
    endpoint: 'emailgateway.deletedomain',
    code: 'success',
    name: 'a deleted domain is in no listing',
    given: async ({ main }) => ({ parameters: { DomainID: (await main.newDomain()).domainId } }),
    async then(reply, { main }, { parameters }) {
      expect(reply.json).toEqual({ Success: true, ErrorCode: 0 });
      const { Domains } = await main.call('emailgateway.getdomains');
      expect((Domains as { DomainID: string }[]).map(({ DomainID }) => DomainID)).not.toContain(
        `${String(parameters?.['DomainID'])}`,
      );
    },
  },
  {
    endpoint: 'emailgateway.cleardomainqueue',
    code: 'success',
    name: 'mails that wait are failed, those of the future too; the other domains wait on',
    given: async ({ main }) => {
      const domain = await main.newDomain();
      for (const from of [domain, main.domain]) {
        for (const SendAt of [0, 4_000_000_000]) {
          await main.call('emailgateway.sendemail', {
            SenderAPIKey: from.senderKey,
            Subject: 'Waits',
            ContentType: 'plain',
            PlainContent: 'Hi',
            From: { name: 'John', email: `john@${from.name}` },
            To: [{ name: 'Jane', email: 'jane@example.org' }],
            SendAt,
          });
        }
      }
      return { parameters: { DomainID: domain.domainId } };
    },
    async then(reply, { main }, { parameters }) {
      expect(reply.json).toEqual({ Success: true, ErrorCode: 0 });
      const states = async (domainId: unknown) => {
        const rows = await main.gateway.database.query<{ state: string }>(
          'SELECT DISTINCT state FROM eg_send_queue WHERE domain_id = ?',
          [Number(domainId)],
        );
        return rows.map(({ state }) => state);
      };
      expect(await states(parameters?.['DomainID'])).toEqual(['failed']);
      expect(await states(main.domain.domainId)).toContain('queued');
    },
  },
  {
    endpoint: 'emailgateway.cleardomainqueue',
    code: 'success',
    name: 'an empty queue is cleared as well',
    given: async ({ main }) => ({ parameters: { DomainID: (await main.newDomain()).domainId } }),
  },
  {
    endpoint: 'emailgateway.regeneratesigningkey',
    code: 'success',
    name: 'the new key is what getwebhooks shows from then on',
    given: async ({ main }) => ({ parameters: { DomainID: (await main.newDomain()).domainId } }),
    async then({ json }, { main }, { parameters }) {
      expect(json['SigningKey']).toMatch(/^[0-9A-F]{64}$/);
      const shown = await main.call('emailgateway.getwebhooks', { DomainID: parameters?.['DomainID'] });
      expect(shown['SigningKey']).toBe(json['SigningKey']);
    },
  },
  {
    endpoint: 'emailgateway.regeneratesigningkey',
    code: 3,
    name: "the domain's row is gone when the key is to be written",
    given: async ({ main }) => {
      const { domainId: DomainID } = await main.newDomain();
      await main.sql('DELETE FROM oempro_eg_domains WHERE DomainID = ?', [DomainID]);
      return { parameters: { DomainID } };
    },
  },
];
