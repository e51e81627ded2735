import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  startFeatureGateway,
  type FeatureGateway,
  type GroupWish,
  type TestUser,
} from '../sender-domain/testing/feature-gateway.js';

let gateway: FeatureGateway;
beforeAll(async () => {
  gateway = await startFeatureGateway();
});
afterAll(() => gateway.stop());

const OPTIONS = { LinkTracking: 1, OpenTracking: 1, UnsubscribeLink: 0 };
const NOT_FOUND = { Success: false, ErrorCode: 5, ErrorText: 'Domain not found or access denied' };
const INVALID = { Success: false, ErrorCode: 6, ErrorText: 'Invalid subdomain or track prefix value' };

interface Shown {
  DomainID: number;
  Status: string;
  Options: object;
  VerificationMeta: { DNSRecords: Record<string, unknown[]> };
}

/** A user with a domain, and the ways to ask about it. */
async function owner(group: GroupWish = {}, naming: object = {}) {
  const user = await gateway.user(group);
  const added = await user.call('emailgateway.adddomain', { DomainName: 'example.com', ...naming });
  const DomainID = Number(added['NewSenderDomainID']);
  return {
    user,
    DomainID,
    added: added['Domain'] as Shown,
    update: (changes: object) => user.call('emailgateway.updatedomain', { DomainID, ...changes }),
    shown: async () => (await user.call('emailgateway.getdomain', { DomainID }))['Domain'] as Shown,
  };
}
const hosts = ({ VerificationMeta }: Shown) => Object.keys(VerificationMeta.DNSRecords);

describe('emailgateway.updatedomain', () => {
  it('answers with the domain, its new records and that the hosts changed', async () => {
    const { DomainID, update, shown, added } = await owner();
    await gateway.setStatus(DomainID, 'Enabled');
    const reply = await update({
      LinkTracking: 1,
      OpenTracking: 1,
      Subdomain: 'Outbound',
      TrackPrefixDisabled: 1,
    });
    expect(reply).toEqual({
      Success: true,
      ErrorCode: 0,
      Domain: {
        ...added,
        Status: 'Approval Pending',
        VerificationMeta: { DNSRecords: expect.any(Object) },
        Options: { ...OPTIONS, CustomSubdomain: 'outbound', TrackPrefixDisabled: true },
      },
      SubdomainChanged: true,
    });
    const after = await shown();
    expect(reply['Domain']).toEqual(after);
    expect(after.VerificationMeta.DNSRecords).toEqual({
      'outbound.example.com': ['CNAME', 'mailer.example.net'],
      'key1._domainkey.outbound.example.com': ['CNAME', 'key1._domainkey.mailer.example.net'],
      '_dmarc.outbound.example.com': ['CNAME', '_dmarc.mailer.example.net'],
      [String(hosts(after).find((host) => /^[0-9a-f]{16}\./.test(host)))]: ['TXT', expect.any(String)],
    });
    const ownership = (domain: Shown) =>
      Object.entries(domain.VerificationMeta.DNSRecords).find(([, [type]]) => type === 'TXT');
    expect(ownership(after)?.[0].split('.')[0]).not.toBe(ownership(added)?.[0].split('.')[0]);
    expect(ownership(after)?.[1]).not.toEqual(ownership(added)?.[1]);
  });

  it('changes only what is given, and keeps records and status then', async () => {
    const { DomainID, update, shown } = await owner();
    await gateway.setStatus(DomainID, 'Enabled');
    const before = await shown();
    expect(await update({ UnsubscribeLink: '1', LinkTracking: 'false' })).toMatchObject({
      SubdomainChanged: false,
    });
    expect(await update({ HostingProvider: ' Example Hosting ' })).toMatchObject({ SubdomainChanged: false });
    const Options = {
      LinkTracking: 0,
      OpenTracking: 1,
      UnsubscribeLink: 1,
      HostingProvider: 'Example Hosting',
    };
    expect(await shown()).toEqual({ ...before, Options });
    expect(await update({})).toEqual({
      Success: true,
      ErrorCode: 0,
      Domain: { ...before, Options },
      SubdomainChanged: false,
    });
    await update({ HostingProvider: '', OpenTracking: 'perhaps', UnsubscribeLink: '' });
    expect((await shown()).Options).toEqual({ LinkTracking: 0, OpenTracking: 1, UnsubscribeLink: 1 });
  });

  it('resets custom names that are empty, and lists tracking records again with TrackPrefixDisabled 0', async () => {
    const naming = { Subdomain: 'out', TrackPrefix: 'links', TrackMerge: '.', TrackPrefixDisabled: 1 };
    const { update, shown } = await owner({}, naming);
    expect(await update({ Subdomain: '', TrackPrefixDisabled: 0 })).toMatchObject({ SubdomainChanged: true });
    expect((await shown()).Options).toEqual({
      ...OPTIONS,
      CustomTrackPrefix: 'links',
      CustomTrackMerge: '.',
    });
    expect(hosts(await shown())).toContain('links.sl.example.com');
    expect(await update({ TrackPrefix: ' ', TrackMerge: '-' })).toMatchObject({ SubdomainChanged: true });
    expect((await shown()).Options).toEqual({ ...OPTIONS, CustomTrackMerge: '-' });
    expect(hosts(await shown())).toContain('track-sl.example.com');
  });

  it.each<[object, object]>([
    [{}, { Subdomain: 'SL' }],
    [{}, { Subdomain: '', TrackPrefix: '', TrackPrefixDisabled: 0 }],
    [{}, { TrackMerge: '-', TrackPrefix: 'track' }],
    [{ Subdomain: 'out' }, { Subdomain: 'out' }],
    [{ Subdomain: 'sl' }, { Subdomain: '' }],
    [{ TrackPrefixDisabled: 1 }, { TrackPrefixDisabled: 1, TrackPrefix: 'links' }],
  ])('after %j a value in force, %j, is no change of hosts', async (naming, changes) => {
    const { DomainID, update, shown } = await owner({}, naming);
    await gateway.setStatus(DomainID, 'Enabled');
    const before = await shown();
    expect(await update(changes)).toMatchObject({ SubdomainChanged: false, Domain: { Status: 'Enabled' } });
    expect((await shown()).VerificationMeta).toEqual(before.VerificationMeta);
  });

  it.each(['Disabled', 'Suspended', 'Blocked'])('never lifts %s', async (Status) => {
    const { DomainID, update } = await owner();
    await gateway.setStatus(DomainID, Status);
    expect(await update({ Subdomain: 'out' })).toMatchObject({ Domain: { Status }, SubdomainChanged: true });
  });

  it('leaves a domain enabled of which nothing is asked', async () => {
    const { update } = await owner({ dnsTemplate: '' });
    expect(await update({ Subdomain: 'out' })).toMatchObject({
      Domain: { Status: 'Enabled', VerificationMeta: { DNSRecords: [] } },
      SubdomainChanged: true,
    });
  });

  it('tells consumers of domain events', async () => {
    const { DomainID, update } = await owner();
    await update({ OpenTracking: 0 });
    await update({ OpenTracking: 0 });
    const rows = await gateway.database.query<{ headers: Record<string, string> }>(
      `SELECT headers FROM outbox WHERE topic = 'eg.domain-events' AND message_key = ? ORDER BY id`,
      [Buffer.from(String(DomainID))],
    );
    expect(rows.map(({ headers }) => headers['event-type'])).toEqual(['DomainAdded', 'DomainOptionsChanged']);
  });

  it('1: lacks DomainID', async () => {
    const { user } = await owner();
    expect(await user.call('emailgateway.updatedomain', { Subdomain: '-' })).toEqual({
      Success: false,
      ErrorCode: [1],
      ErrorText: ['Missing required parameter (DomainID)'],
    });
  });

  it('5: unknown, foreign and deleted domains look alike, and come before 6', async () => {
    const { user, DomainID, update } = await owner();
    const stranger = await gateway.user();
    const of = (who: TestUser, id: unknown) =>
      who.call('emailgateway.updatedomain', { DomainID: id, Subdomain: ['-'] });
    expect(await of(stranger, DomainID)).toEqual(NOT_FOUND);
    expect(await of(user, 4_000_000)).toEqual(NOT_FOUND);
    expect(await of(user, `${DomainID}x`)).toEqual(NOT_FOUND);
    await gateway.deleteDomain(user.userId, DomainID);
    expect(await update({ Subdomain: '-' })).toEqual(NOT_FOUND);
  });

  it.each([
    { Subdomain: 'a.b' },
    { Subdomain: '-a' },
    { TrackPrefix: 'a'.repeat(33) },
    { TrackMerge: '+' },
    { TrackMerge: ' ' },
    { Subdomain: ['a'] },
    { TrackPrefix: {} },
    { Subdomain: 's'.repeat(32), TrackPrefix: 't'.repeat(32) },
  ])('6: %j changes nothing', async (changes) => {
    const { update, shown, added } = await owner();
    expect(await update({ OpenTracking: 0, ...changes })).toEqual(INVALID);
    expect(await shown()).toEqual(added);
  });

  it('99998 and 99999: needs a credential and the privilege, before anything else', async () => {
    const { update } = await owner();
    expect(await update({ APIKey: 'unknown' })).toMatchObject({ Success: false, ErrorCode: 99998 });
    const user = await gateway.user({ privileges: 'EmailGateway.AddDomain' });
    expect(await user.call('emailgateway.updatedomain')).toMatchObject({ Success: false, ErrorCode: 99999 });
  });
});
