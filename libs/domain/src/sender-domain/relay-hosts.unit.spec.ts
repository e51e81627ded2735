import { describe, expect, it } from '@jest/globals';
import { isRelayHost, relayCandidates, takesBounces } from './relay-hosts.js';

const naming = {
  subdomain: 'sl',
  trackPrefix: 'track',
  trackMerge: '-',
  trackPrefixDisabled: false,
} as const;

describe('bounces', () => {
  const [found, missing, unchecked] = [{ verified: true }, { verified: false }, {}];

  it.each([
    ['Enabled', [missing], true],
    ['Enabled', [], true],
    ['Disabled', [found, found], true],
    ['Blocked', [found], true],
    ['Disabled', [found, missing], false],
    ['Disabled', [found, unchecked], false],
    ['Approval Pending', [], false],
    ['Deleted', [found], false],
  ])('of a domain that is %s with the records %j: %p', (status, records, taken) => {
    expect(takesBounces({ status, records })).toBe(taken);
  });
});

describe('the hosts of a domain', () => {
  it('are its root name and its return path host', () => {
    const domain = { name: 'example.com', naming: { ...naming, subdomain: 'Out' } };
    const hosts = ['example.com', 'out.example.com', 'sl.example.com', 'a.out.example.com', 'com', ''];
    expect(hosts.filter((host) => isRelayHost(host, domain))).toEqual(['example.com', 'out.example.com']);
  });

  it('lead back to the names that the domain can have', () => {
    expect(relayCandidates('sl.a.example.com', naming)).toEqual(['sl.a.example.com', 'a.example.com']);
    expect(relayCandidates('example.com', naming)).toEqual(['example.com']);
    expect(relayCandidates('a.b.c.example.com', { subdomain: 'x.y' })).toEqual([
      'a.b.c.example.com',
      'b.c.example.com',
      'c.example.com',
    ]);
  });

  it.each(['', 'com', 'a..example.com', 'a b.example.com', `${'a.'.repeat(200)}com`])(
    'lead nowhere from %j',
    (host) => {
      expect(relayCandidates(host, naming).every((name) => name.length <= 253 && !/\s|\.\./.test(name))).toBe(
        true,
      );
    },
  );
});
