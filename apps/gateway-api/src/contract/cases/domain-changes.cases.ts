/* oxlint-disable jest/no-standalone-expect -- the suite calls `then` inside the test of its case */
import { expect } from '@jest/globals';
import type { ContractCase } from '../contract-case.js';
import { unique } from '../world.js';

const newName = () => `contract-${unique()}.example.com`;
const bad = (parameter: string, value: unknown, code: number): ContractCase => ({
  endpoint: 'emailgateway.adddomain',
  code,
  name: `${parameter} ${JSON.stringify(value)} is refused`,
  given: () => ({ parameters: { DomainName: newName(), [parameter]: value } }),
});

const badChange = (parameter: string, value: unknown): ContractCase => ({
  endpoint: 'emailgateway.updatedomain',
  code: 6,
  name: `${parameter} ${JSON.stringify(value)} is refused, and nothing changes`,
  given: async ({ main }) => {
    const { domainId: DomainID } = await main.once('bad change', () => main.newDomain());
    return { parameters: { DomainID, LinkTracking: 0, [parameter]: value } };
  },
  async then(_reply, { main }, { parameters }) {
    const { Domain } = await main.call('emailgateway.getdomain', { DomainID: parameters?.['DomainID'] });
    expect(Domain).toMatchObject({ Status: 'Enabled', Options: { LinkTracking: 1 } });
  },
});

const TOO_LONG = 'a'.repeat(33);
const BAD_LABELS: readonly unknown[] = ['-a', 'a-', 'a_b', 'a.b', 'a b', 'é', TOO_LONG, { a: 1 }];

export const domainChangeCases: readonly ContractCase[] = [
  {
    endpoint: 'emailgateway.adddomain',
    code: 'success',
    name: 'a new domain waits for its DNS records and keeps its own labels',
    given: () => ({
      parameters: { DomainName: newName(), Subdomain: 'outbound', TrackPrefix: 'links' },
    }),
    then({ json }, _world, { parameters }) {
      const { Domain, NewSenderDomainID } = json;
      expect(Domain).toMatchObject({
        DomainID: NewSenderDomainID,
        SenderDomain: parameters?.['DomainName'],
        Status: 'Approval Pending',
        Options: { CustomSubdomain: 'outbound', CustomTrackPrefix: 'links' },
      });
    },
  },
  {
    endpoint: 'emailgateway.adddomain',
    code: 'success',
    name: 'names are taken in any case, with a trailing dot and in any script',
    given: () => ({
      parameters: {
        DomainName: `Bücher-${unique()}.Example.COM.`,
        Subdomain: 'outbound',
        TrackPrefix: 'links',
      },
    }),
    then({ json }) {
      expect(json['Domain']).toMatchObject({
        SenderDomain: expect.stringMatching(/^xn--[a-z0-9-]+\.example\.com$/),
      });
    },
  },
  {
    endpoint: 'emailgateway.adddomain',
    code: 'success',
    name: 'two users may add the same name',
    given: ({ main }) => ({
      parameters: { DomainName: main.foreign.name, Subdomain: 'outbound', TrackPrefix: 'links' },
    }),
  },
  {
    endpoint: 'emailgateway.adddomain',
    code: 'success',
    name: 'an own deleted domain comes back under its id, to be verified again',
    given: async ({ main }) => {
      const { name, domainId } = await main.deletedDomain();
      return {
        parameters: { DomainName: name, Subdomain: 'outbound', TrackPrefix: 'links' },
        was: domainId,
      };
    },
    then({ json }, _world, { was }) {
      expect(json).toMatchObject({
        NewSenderDomainID: was,
        Domain: { Status: 'Approval Pending' },
      });
    },
  },
  ...[
    'localhost',
    'example',
    'exa mple.com',
    'a..example.com',
    '-a.example.com',
    'a_b.example.com',
    `${'a'.repeat(64)}.com`,
    'https://example.com',
    'jane@example.com',
    '192.0.2.1',
    '../example.com',
  ].map((name) => bad('DomainName', name, 2)),
  ...BAD_LABELS.flatMap((label) => [bad('Subdomain', label, 4), bad('TrackPrefix', label, 4)]),
  bad('TrackMerge', '!', 4),
  {
    endpoint: 'emailgateway.adddomain',
    code: 2,
    name: 'the name is judged before the labels',
    given: () => ({ parameters: { DomainName: 'no name', Subdomain: '!' } }),
  },
  {
    endpoint: 'emailgateway.adddomain',
    code: 3,
    name: "the group's number of domains is reached",
    given: ({ main }) =>
      main.once('limited user', async () => {
        const { APIKey, UserID } = await main.userWith({ privileges: '*', limitDomains: 1 });
        await main.call('emailgateway.adddomain', { DomainName: newName() }, { APIKey, UserID });
        return { credential: { APIKey }, parameters: { DomainName: newName() } };
      }),
  },
  {
    endpoint: 'emailgateway.adddomain',
    code: 4,
    name: 'labels are judged before the limit',
    given: async ({ main }) => {
      const { APIKey, UserID } = await main.userWith({ privileges: '*', limitDomains: 1 });
      await main.call('emailgateway.adddomain', { DomainName: newName() }, { APIKey, UserID });
      return { credential: { APIKey }, parameters: { DomainName: newName(), Subdomain: '!' } };
    },
  },
  {
    endpoint: 'emailgateway.updatedomain',
    code: 'success',
    name: 'another subdomain puts the domain back to be verified',
    given: async ({ main }) => ({
      parameters: {
        DomainID: (await main.newDomain()).domainId,
        LinkTracking: 1,
        OpenTracking: 1,
        Subdomain: 'outbound',
        TrackPrefixDisabled: 1,
      },
    }),
    then({ json }) {
      expect(json).toMatchObject({
        SubdomainChanged: true,
        Domain: {
          Status: 'Approval Pending',
          Options: {
            LinkTracking: 1,
            OpenTracking: 1,
            CustomSubdomain: 'outbound',
            TrackPrefixDisabled: true,
          },
        },
      });
    },
  },
  {
    endpoint: 'emailgateway.updatedomain',
    code: 'success',
    name: 'values already in force change nothing',
    given: async ({ main }) => {
      const { domainId: DomainID } = await main.newDomain();
      const same = { DomainID, Subdomain: 'outbound', TrackPrefixDisabled: 1 };
      await main.call('emailgateway.updatedomain', same);
      await main.gateway.operator('PUT', `/domains/${DomainID}/status`, { status: 'Enabled' });
      return { parameters: { ...same, LinkTracking: 1 } };
    },
    then({ json }) {
      expect(json).toMatchObject({ SubdomainChanged: false, Domain: { Status: 'Enabled' } });
    },
  },
  {
    endpoint: 'emailgateway.updatedomain',
    code: 'success',
    name: 'half a character is stored as the sign for one that is not known',
    given: async ({ main }) => ({
      parameters: {
        DomainID: (await main.newDomain()).domainId,
        HostingProvider: 'half \ud83d of one',
        Subdomain: 'outbound',
        TrackPrefixDisabled: 1,
      },
    }),
    then: ({ json }) =>
      expect(json['Domain']).toMatchObject({ Options: { HostingProvider: 'half \ufffd of one' } }),
  },
  ...BAD_LABELS.flatMap((label) => [badChange('Subdomain', label), badChange('TrackPrefix', label)]),
  badChange('TrackMerge', '!'),
];
