import { describe, expect, it } from '@jest/globals';
import {
  OWNER,
  STRANGER,
  addExampleDomain,
  added,
  deleted,
  given,
  revived,
  set,
  verified,
} from '../testing/sender-domain.given.js';
import { DEFAULT_TEMPLATE } from './dns-records.js';
import { addDomain } from './lifecycle.decisions.js';

describe('adding a sender domain', () => {
  it('asks for its records and waits for approval', () => {
    expect(given().when(addDomain, addExampleDomain)).toEqual([added]);
  });

  it('enables it at once when nothing is asked of the DNS', () => {
    expect(given().when(addDomain, { ...addExampleDomain, template: [] })).toEqual([
      { ...added, status: 'Enabled', records: [] },
    ]);
  });

  it('waits for an operator when the group says so, even with nothing to check', () => {
    expect(given().when(addDomain, { ...addExampleDomain, template: [], manualApproval: true })).toEqual([
      { ...added, status: 'Approval Pending', records: [] },
    ]);
  });

  it('keeps what the customer named, in lower case', () => {
    const command = {
      ...addExampleDomain,
      subdomain: 'Outbound',
      trackPrefix: 'Links',
      trackMerge: '.',
      trackPrefixDisabled: true,
    };
    expect(given().when(addDomain, command)).toEqual([
      expect.objectContaining({
        options: {
          linkTracking: true,
          openTracking: true,
          unsubscribeLink: false,
          subdomain: 'outbound',
          trackPrefix: 'links',
          trackMerge: '.',
          trackPrefixDisabled: true,
        },
        records: [
          { host: 'outbound.example.com', type: 'CNAME', value: 'mailer.example.net' },
          { host: 'k3j9.outbound.example.com', type: 'TXT', value: 'aGFzaA==' },
        ],
      }),
    ]);
  });

  it('takes empty overrides as the defaults', () => {
    const command = { ...addExampleDomain, subdomain: '', trackPrefix: '', trackPrefixDisabled: false };
    expect(given().when(addDomain, command)).toEqual([added]);
  });

  it('brings a deleted domain back as new', () => {
    expect(given(added, verified, deleted).when(addDomain, addExampleDomain)).toEqual([revived]);
  });

  it.each(['Disabled', 'Suspended', 'Blocked'] as const)(
    'does not lift %s by deleting and adding again',
    (stop) => {
      const command = { ...addExampleDomain, template: [] };
      expect(given(added, set(stop), deleted).when(addDomain, command)).toEqual([
        { ...revived, status: stop, records: [] },
      ]);
      const revivedStopped = { ...revived, status: stop };
      expect(given(added, set(stop), deleted, revivedStopped, deleted).when(addDomain, command)).toEqual([
        { ...revived, status: stop, records: [] },
      ]);
    },
  );

  it('refuses what is no domain name', () => {
    const command = { ...addExampleDomain, name: 'localhost' };
    expect(given().when(addDomain, command)).toEqual({ refused: 'domain-name-invalid' });
  });

  it('refuses a name whose records would not fit into DNS', () => {
    const name = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(53)}.com`;
    expect(name).toHaveLength(249);
    const command = { ...addExampleDomain, name, template: DEFAULT_TEMPLATE };
    expect(given().when(addDomain, command)).toEqual({ refused: 'domain-name-invalid' });
  });

  it.each([
    { subdomain: '-out' },
    { subdomain: 'a.b' },
    { trackPrefix: 'links-' },
    { trackPrefix: 'a'.repeat(33) },
    { trackMerge: '_' },
    { trackPrefix: 'p'.repeat(32), subdomain: 's'.repeat(32) },
  ])('refuses %j', (overrides) => {
    expect(given().when(addDomain, { ...addExampleDomain, ...overrides })).toEqual({
      refused: 'subdomain-invalid',
    });
  });

  it('refuses one more than the group allows, also to bring one back', () => {
    const full = { ...addExampleDomain, domainCount: 3, domainLimit: 3 };
    expect(given().when(addDomain, full)).toEqual({ refused: 'domain-limit-reached' });
    expect(given(added, deleted).when(addDomain, full)).toEqual({ refused: 'domain-limit-reached' });
    expect(given().when(addDomain, { ...full, domainCount: 2 })).toEqual([added]);
  });

  it('names the first of several faults: name, overrides, limit', () => {
    const faults = { ...addExampleDomain, name: 'com', subdomain: '-', domainCount: 1, domainLimit: 1 };
    expect(given().when(addDomain, faults)).toEqual({ refused: 'domain-name-invalid' });
    expect(given().when(addDomain, { ...faults, name: 'example.com' })).toEqual({
      refused: 'subdomain-invalid',
    });
  });

  it('never touches a stream of another owner or name', () => {
    expect(() => given(added).when(addDomain, { ...addExampleDomain, userId: STRANGER })).toThrow(
      'not example.com of user 8',
    );
    expect(() => given(added).when(addDomain, { ...addExampleDomain, name: 'example.org' })).toThrow(
      'not example.org of user 7',
    );
    expect(given(added).state).toMatchObject({ userId: OWNER, name: 'example.com' });
  });
});
