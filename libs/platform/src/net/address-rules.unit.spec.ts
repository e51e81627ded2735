import { describe, expect, it } from '@jest/globals';
import { addressRules } from './address-rules.js';

const REFUSED: [address: string, range: string][] = [
  ['127.0.0.1', 'loopback'],
  ['127.255.255.254', 'loopback'],
  ['0.0.0.0', 'unspecified'],
  ['10.0.0.1', 'private'],
  ['10.255.255.255', 'private'],
  ['172.16.0.1', 'private'],
  ['172.31.255.255', 'private'],
  ['192.168.1.1', 'private'],
  ['169.254.169.254', 'linkLocal'],
  ['100.64.0.1', 'carrierGradeNat'],
  ['192.0.2.1', 'reserved'],
  ['198.18.0.1', 'reserved'],
  ['224.0.0.1', 'multicast'],
  ['240.0.0.1', 'reserved'],
  ['255.255.255.255', 'broadcast'],
  ['::', 'unspecified'],
  ['::1', 'loopback'],
  ['fc00::1', 'uniqueLocal'],
  ['fd12:3456::1', 'uniqueLocal'],
  ['fe80::1', 'linkLocal'],
  ['fec0::1', 'deprecatedSiteLocal'],
  ['ff02::1', 'multicast'],
  ['2001:db8::1', 'reserved'],
  ['::ffff:127.0.0.1', 'ipv4Mapped'],
  ['::ffff:8.8.8.8', 'ipv4Mapped'],
  ['::7f00:1', 'not global unicast'],
  ['4000::1', 'not global unicast'],
  ['64:ff9b::7f00:1', 'rfc6052'],
  ['64:ff9b:1::1', 'rfc6052'],
  ['2002:7f00:1::', '6to4'],
  ['2001::1', 'teredo'],
  ['localhost', 'not an address'],
];

describe('address rules', () => {
  it.each(REFUSED)('refuse %s as %s', (address, range) => {
    expect(addressRules([]).judge(address)).toEqual({ allowed: false, range });
  });

  it.each([
    '8.8.8.8',
    '1.1.1.1',
    '172.15.255.255',
    '172.32.0.1',
    '100.63.255.255',
    '2606:4700::1111',
    '2a00:1450::5',
  ])('allow %s, which is global unicast', (address) => {
    expect(addressRules([]).judge(address)).toEqual({ allowed: true });
  });

  it('allow what the list names and nothing beside it', () => {
    const rules = addressRules(['127.0.0.1/32', '10.1.0.0/16', 'fd00::/8']);
    expect(rules.judge('127.0.0.1').allowed).toBe(true);
    expect(rules.judge('127.0.0.2').allowed).toBe(false);
    expect(rules.judge('10.1.255.9').allowed).toBe(true);
    expect(rules.judge('10.2.0.1').allowed).toBe(false);
    expect(rules.judge('fd00::1').allowed).toBe(true);
    expect(rules.judge('fc00::1').allowed).toBe(false);
    expect(rules.judge('8.8.8.8').allowed).toBe(true);
  });

  it('an allowed IPv4 block does not allow the mapped form of its addresses', () => {
    expect(addressRules(['127.0.0.0/8']).judge('::ffff:127.0.0.1').allowed).toBe(false);
  });

  it.each(['127.0.0.1', '127.0.0.1/33', 'internal', ''])(
    '"%s" is no block, and the error says so',
    (cidr) => {
      expect(() => addressRules([cidr])).toThrow(`"${cidr}" is not a CIDR block`);
    },
  );
});
