import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startDnsServer, type TestDnsServer } from '../sender-domain/testing/dns-server.js';
import { startTestGateway, type TestGateway } from '../http/testing/test-gateway.js';

const STRICT = [
  { host: '{mfrom}', type: 'MX', value: '10 mx.{infrastructure}' },
  { host: '{tracking}', type: 'A', value: '192.0.2.10' },
  { host: '{domain}', type: 'TXT', value: 'v=spf1 include:{infrastructure} ~all' },
  { host: 'mail.{domain}', type: 'CNAME', value: '{infrastructure}' },
];

let dns: TestDnsServer;
let gateway: TestGateway;
beforeAll(async () => {
  dns = await startDnsServer();
  gateway = await startTestGateway({
    EG_DNS_SERVERS: dns.address,
    EG_DNS_TIMEOUT_MS: '300',
    EG_DNS_TEMPLATES: JSON.stringify({ Strict: STRICT, 'Asks nothing': [] }),
  });
});
afterAll(async () => {
  await gateway.close();
  await dns.stop();
});

/** A user in a new group that has the template. */
async function userOf(dnsTemplate: string) {
  const group = `group of ${dnsTemplate} ${Math.random()}`;
  const { status } = await gateway.operator('POST', '/groups', { name: group, dnsTemplate });
  if (status !== 201) throw new Error(`HTTP ${status}`);
  const { APIKey } = await gateway.createUser({ group });
  const call = async (command: string, parameters: object) =>
    (await gateway.command(command, { APIKey, ...parameters })).json;
  return { group, call };
}

describe('a DNS template of the installation', () => {
  it('says which records a domain of the group needs, of each type', async () => {
    const { call } = await userOf('Strict');
    const added = await call('emailgateway.adddomain', { DomainName: 'example.com' });
    const asked = {
      'sl.example.com': ['MX', '10 mx.mailer.example.net'],
      'track-sl.example.com': ['A', '192.0.2.10'],
      'example.com': ['TXT', 'v=spf1 include:mailer.example.net ~all'],
      'mail.example.com': ['CNAME', 'mailer.example.net'],
    };
    expect(added).toMatchObject({
      Domain: { Status: 'Approval Pending', VerificationMeta: { DNSRecords: asked } },
    });
    const DomainID = added['NewSenderDomainID'];
    const answers = (txt: string) => {
      dns.zone.set('sl.example.com', [
        { name: 'sl.example.com', type: 'MX', data: { preference: 20, exchange: 'other.example.net' } },
        { name: 'sl.example.com', type: 'MX', data: { preference: 10, exchange: 'MX.mailer.example.net' } },
      ]);
      dns.zone.set('track-sl.example.com', [{ name: 'track-sl.example.com', type: 'A', data: '192.0.2.10' }]);
      dns.zone.set('example.com', [
        { name: 'example.com', type: 'TXT', data: 'another text' },
        { name: 'example.com', type: 'TXT', data: [txt.slice(0, 9), txt.slice(9)] },
      ]);
      dns.zone.set('mail.example.com', [
        { name: 'mail.example.com', type: 'CNAME', data: 'mailer.example.net' },
      ]);
    };
    answers('v=spf1 include:mailer.example.net -all');
    expect(await call('emailgateway.verifydomain', { DomainID })).toMatchObject({
      Domain: { Status: 'Approval Pending' },
      DNSVerificationResults: {
        'sl.example.com': [...asked['sl.example.com'], true],
        'track-sl.example.com': [...asked['track-sl.example.com'], true],
        'example.com': [...asked['example.com'], false],
        'mail.example.com': [...asked['mail.example.com'], true],
      },
    });
    answers('v=spf1 include:mailer.example.net ~all');
    expect(await call('emailgateway.verifydomain', { DomainID })).toMatchObject({
      Domain: { Status: 'Enabled' },
    });
  });

  it('never asks for two records of one host: a custom name that would lead there is refused', async () => {
    const { call } = await userOf('Strict');
    const wish = { DomainName: 'example.org', Subdomain: 'mail' };
    expect(await call('emailgateway.adddomain', wish)).toMatchObject({ ErrorCode: 4 });
    const { NewSenderDomainID: DomainID } = await call('emailgateway.adddomain', {
      DomainName: 'example.org',
    });
    expect(await call('emailgateway.updatedomain', { DomainID, Subdomain: 'mail' })).toMatchObject({
      ErrorCode: 6,
    });
  });

  it('may ask nothing: then a domain is enabled at once', async () => {
    const { call } = await userOf('Asks nothing');
    expect(await call('emailgateway.adddomain', { DomainName: 'example.com' })).toMatchObject({
      Domain: { Status: 'Enabled', VerificationMeta: { DNSRecords: [] } },
    });
  });

  it('is named by a group in exactly its spelling, or the group is refused', async () => {
    for (const dnsTemplate of ['strict', 'Other']) {
      const { status, text } = await gateway.operator('POST', '/groups', { name: dnsTemplate, dnsTemplate });
      expect(status).toBe(400);
      expect(text).toContain(`There is no DNS template ${dnsTemplate}`);
    }
    expect(
      (await gateway.operator('POST', '/groups', { name: 'default', dnsTemplate: 'Default' })).status,
    ).toBe(201);
  });

  it('applies from the next set of records on, when the group changes to it', async () => {
    const { group, call } = await userOf('Default');
    const { NewSenderDomainID: DomainID } = await call('emailgateway.adddomain', {
      DomainName: 'example.net',
    });
    await gateway.operator('PATCH', `/groups/${encodeURIComponent(group)}`, { dnsTemplate: 'Strict' });
    const records = async (command: string, parameters: object) => {
      const { Domain } = await call(command, parameters);
      return Object.keys(
        (Domain as { VerificationMeta: { DNSRecords: object } }).VerificationMeta.DNSRecords,
      );
    };
    expect(await records('emailgateway.getdomain', { DomainID })).toHaveLength(5);
    expect(await records('emailgateway.updatedomain', { DomainID, OpenTracking: 0 })).toHaveLength(5);
    expect(await records('emailgateway.adddomain', { DomainName: 'example.net' })).toHaveLength(4);
  });
});
