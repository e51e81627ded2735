import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DnsRecord } from '#domain/sender-domain/dns-records';
import { DnsLookup } from './dns-lookup.js';
import { startDnsServer, type TestDnsServer } from '../sender-domain/testing/dns-server.js';

let dns: TestDnsServer;
let lookup: DnsLookup;
beforeAll(async () => {
  dns = await startDnsServer();
  lookup = new DnsLookup({ dnsServers: [dns.address], dnsTimeoutMs: 300, dnsCacheMs: 0 });
});
afterAll(() => dns.stop());

const found = async (record: DnsRecord) => (await lookup.check([record]))[0]?.verified;

describe('looking records up', () => {
  it('finds each type of record among several answers', async () => {
    const name = 'a.example';
    dns.zone.set(name, [
      { name, type: 'A', data: '192.0.2.1' },
      { name, type: 'A', data: '192.0.2.2' },
      { name, type: 'MX', data: { preference: 10, exchange: 'MX.example.net' } },
      { name, type: 'TXT', data: 'other' },
      { name, type: 'TXT', data: ['v=spf1 ', 'include:example.net ~all'] },
    ]);
    expect(await found({ host: name, type: 'A', value: '192.0.2.2' })).toBe(true);
    expect(await found({ host: name, type: 'A', value: '192.0.2.3' })).toBe(false);
    expect(await found({ host: name, type: 'MX', value: '10 mx.example.net.' })).toBe(true);
    expect(await found({ host: name, type: 'MX', value: '20 mx.example.net' })).toBe(false);
    expect(await found({ host: name, type: 'TXT', value: 'v=spf1 include:example.net ~all' })).toBe(true);
    expect(await found({ host: name, type: 'TXT', value: 'v=spf1 ' })).toBe(false);
    expect(await found({ host: name, type: 'CNAME', value: 'example.net' })).toBe(false);
    expect(await found({ host: 'unknown.example', type: 'A', value: '192.0.2.1' })).toBe(false);
  });

  it('keeps the order of a set that takes several rounds', async () => {
    const records: DnsRecord[] = Array.from({ length: 19 }, (_, no) => {
      const name = `n${no}.example`;
      if (no % 2 === 0) dns.zone.set(name, [{ name, type: 'CNAME', data: `t${no}.example.net` }]);
      return { host: name, type: 'CNAME', value: `t${no}.example.net` };
    });
    expect(await lookup.check(records)).toEqual(
      records.map((record, no) => ({ ...record, verified: no % 2 === 0 })),
    );
  });

  it('gives up on a server that says nothing', async () => {
    dns.silent = true;
    const before = performance.now();
    expect(await found({ host: 'a.example', type: 'A', value: '192.0.2.1' })).toBe(false);
    expect(performance.now() - before).toBeLessThan(1500);
    dns.silent = false;
  });

  it('refuses servers that are no addresses', () => {
    expect(
      () => new DnsLookup({ dnsServers: ['resolver.example'], dnsTimeoutMs: 300, dnsCacheMs: 0 }),
    ).toThrow('Invalid IP address');
  });
});
