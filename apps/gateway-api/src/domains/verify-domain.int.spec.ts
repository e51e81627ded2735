import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  startFeatureGateway,
  type FeatureGateway,
  type TestUser,
} from '../sender-domain/testing/feature-gateway.js';
import { startDnsServer, type TestDnsServer } from '../sender-domain/testing/dns-server.js';

type Records = Record<string, [type: string, value: string, found?: boolean]>;

let dns: TestDnsServer;
let gateway: FeatureGateway;
beforeAll(async () => {
  dns = await startDnsServer();
  gateway = await startFeatureGateway({
    EG_DNS_SERVERS: dns.address,
    EG_DNS_TIMEOUT_MS: '200',
    EG_DNS_CACHE_MS: '0',
  });
});
afterAll(async () => {
  await gateway.stop();
  await dns.stop();
});
beforeEach(() => {
  dns.zone.clear();
  dns.silent = false;
});

async function addDomain(user: TestUser): Promise<{ id: number; records: Records }> {
  const reply = await user.call('emailgateway.adddomain', { DomainName: 'example.com' });
  const { VerificationMeta } = reply['Domain'] as { VerificationMeta: { DNSRecords: Records } };
  return { id: Number(reply['NewSenderDomainID']), records: VerificationMeta.DNSRecords };
}

/** Names in other letters, TXT in pieces: as the DNS may answer. */
function publish(records: Records): void {
  for (const [host, [type, value]] of Object.entries(records))
    dns.zone.set(host.toLowerCase(), [
      type === 'TXT'
        ? { name: host, type: 'TXT', data: [value.slice(0, 10), value.slice(10)] }
        : { name: host, type: 'CNAME', data: value.toUpperCase() },
    ]);
}

const verify = (user: TestUser, DomainID: unknown) => user.call('emailgateway.verifydomain', { DomainID });
const flags = (records: Records, found: (host: string) => boolean): Records =>
  Object.fromEntries(
    Object.entries(records).map(([host, [type, value]]) => [host, [type, value, found(host)]]),
  );

describe('emailgateway.verifydomain', () => {
  it('enables the domain when every record is found, and remembers it', async () => {
    const user = await gateway.user();
    const { id, records } = await addDomain(user);
    publish(records);
    const results = flags(records, () => true);
    expect(await verify(user, id)).toEqual({
      Success: true,
      ErrorCode: 0,
      Domain: { DomainID: id, SenderDomain: 'example.com', Status: 'Enabled' },
      DNSVerificationResults: results,
    });
    expect(await user.call('emailgateway.getdomain', { DomainID: id })).toMatchObject({
      Domain: { Status: 'Enabled', VerificationMeta: { DNSRecords: results } },
    });
  });

  it('says which record is missing or wrong, and keeps the domain pending', async () => {
    const user = await gateway.user();
    const { id, records } = await addDomain(user);
    publish(records);
    dns.zone.delete('sl.example.com');
    dns.zone.set('track-sl.example.com', [
      { name: 'track-sl.example.com', type: 'CNAME', data: 'other.example.net' },
    ]);
    expect(await verify(user, id)).toEqual({
      Success: true,
      ErrorCode: 0,
      Domain: { DomainID: id, SenderDomain: 'example.com', Status: 'Approval Pending' },
      DNSVerificationResults: flags(
        records,
        (host) => !['sl.example.com', 'track-sl.example.com'].includes(host),
      ),
    });
  });

  it('takes silence of the DNS as not found, in bounded time, and demotes', async () => {
    const user = await gateway.user();
    const { id, records } = await addDomain(user);
    publish(records);
    expect(await verify(user, id)).toMatchObject({ Domain: { Status: 'Enabled' } });
    dns.silent = true;
    const before = performance.now();
    expect(await verify(user, id)).toMatchObject({
      Success: true,
      Domain: { Status: 'Approval Pending' },
      DNSVerificationResults: flags(records, () => false),
    });
    expect(performance.now() - before).toBeLessThan(2000);
  });

  it('leaves the approval to an operator when the group says so', async () => {
    const user = await gateway.user({ manualApproval: true });
    const { id, records } = await addDomain(user);
    publish(records);
    const pending = await verify(user, id);
    expect(pending).toMatchObject({
      Domain: { Status: 'Approval Pending' },
      DNSVerificationResults: flags(records, () => true),
    });
    await gateway.setStatus(id, 'Enabled');
    expect(await verify(user, id)).toMatchObject({ Domain: { Status: 'Enabled' } });
    dns.zone.clear();
    expect(await verify(user, id)).toMatchObject({ Domain: { Status: 'Approval Pending' } });
    publish(records);
    expect(await verify(user, id)).toMatchObject({ Domain: { Status: 'Enabled' } });
  });

  it('checks the records of today: those of hosts that were changed do not count', async () => {
    const user = await gateway.user();
    const { id, records } = await addDomain(user);
    publish(records);
    await verify(user, id);
    const { Domain } = await user.call('emailgateway.updatedomain', { DomainID: id, Subdomain: 'out' });
    const wanted = (Domain as { VerificationMeta: { DNSRecords: Records } }).VerificationMeta.DNSRecords;
    expect(Object.keys(wanted)).toContain('out.example.com');
    expect(await verify(user, id)).toMatchObject({
      Domain: { Status: 'Approval Pending' },
      DNSVerificationResults: flags(wanted, () => false),
    });
    publish(wanted);
    expect(await verify(user, id)).toMatchObject({
      Domain: { Status: 'Enabled' },
      DNSVerificationResults: flags(wanted, () => true),
    });
  });

  it('has nothing to say where nothing is asked of the DNS', async () => {
    const user = await gateway.user({ dnsTemplate: '' });
    const { NewSenderDomainID: DomainID } = await user.call('emailgateway.adddomain', {
      DomainName: 'example.com',
    });
    expect(await verify(user, DomainID)).toMatchObject({
      Domain: { Status: 'Enabled' },
      DNSVerificationResults: {},
    });
    expect(dns.asked).not.toContain('example.com');
  });

  it('99998 and 99999: needs a credential and the privilege', async () => {
    const user = await gateway.user({ privileges: 'EmailGateway.AddDomain' });
    const { id } = await addDomain(user);
    expect(await verify(user, id)).toMatchObject({ Success: false, ErrorCode: 99999 });
    expect(await user.call('emailgateway.verifydomain', { APIKey: 'unknown', DomainID: id })).toMatchObject({
      Success: false,
      ErrorCode: 99998,
    });
  });

  it.each(['Disabled', 'Suspended', 'Blocked'])('never lifts %s', async (status) => {
    const user = await gateway.user();
    const { id, records } = await addDomain(user);
    await gateway.setStatus(id, status);
    publish(records);
    expect(await verify(user, id)).toMatchObject({
      Domain: { Status: status },
      DNSVerificationResults: flags(records, () => true),
    });
  });

  it('1: lacks DomainID', async () => {
    const user = await gateway.user();
    expect(await user.call('emailgateway.verifydomain')).toMatchObject({ Success: false, ErrorCode: [1] });
  });

  it('2: unknown, foreign and deleted domains look alike', async () => {
    const [owner, stranger] = [await gateway.user(), await gateway.user()];
    const { id } = await addDomain(owner);
    const foreign = await verify(stranger, id);
    await gateway.deleteDomain(owner.userId, id);
    const replies = [foreign, await verify(owner, id), await verify(owner, 4_000_000)];
    const ErrorText = 'Domain not found or access denied';
    expect(replies).toEqual(replies.map(() => ({ Success: false, ErrorCode: 2, ErrorText })));
  });
});

describe('an answer of the DNS', () => {
  it('that everything is there is believed for a while; that something is missing never is', async () => {
    const believing = await startFeatureGateway({ EG_DNS_SERVERS: dns.address, EG_DNS_TIMEOUT_MS: '200' });
    try {
      const user = await believing.user();
      const { id, records } = await addDomain(user);
      expect(await verify(user, id)).toMatchObject({ Domain: { Status: 'Approval Pending' } });
      publish(records);
      expect(await verify(user, id)).toMatchObject({ Domain: { Status: 'Enabled' } });
      dns.zone.clear();
      expect(await verify(user, id)).toMatchObject({ Domain: { Status: 'Enabled' } });

      const changed = await user.call('emailgateway.updatedomain', { DomainID: id, TrackPrefix: 'links' });
      expect(changed).toMatchObject({ SubdomainChanged: true });
      expect(await verify(user, id)).toMatchObject({ Domain: { Status: 'Approval Pending' } });
    } finally {
      await believing.stop();
    }
  });
});

describe('an operator setting the status of a domain', () => {
  it('changes it, or says why not', async () => {
    const user = await gateway.user();
    const { id } = await addDomain(user);
    expect(await gateway.setStatus(id, 'Suspended')).toBe(200);
    expect(await user.call('emailgateway.getdomain', { DomainID: id })).toMatchObject({
      Domain: { Status: 'Suspended' },
    });
    expect(await gateway.setStatus(id, 'Deleted')).toBe(400);
    expect(await gateway.setStatus(4_000_000, 'Enabled')).toBe(404);
  });
});
