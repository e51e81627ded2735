import { describe, expect, it } from '@jest/globals';
import {
  OWNER,
  STRANGER,
  addExampleDomain,
  added,
  checked,
  deleted,
  given,
  records,
  set,
  verified,
} from '../testing/sender-domain.given.js';
import { verifyDomain } from './lifecycle.decisions.js';
import { type UpdateDomain, updateDomain } from './options.decisions.js';
import { type SenderDomainEvent } from './sender-domain.js';

const { defaults, template, infrastructure } = addExampleDomain;
const update: UpdateDomain = {
  userId: OWNER,
  defaults,
  template,
  infrastructure,
  label: 'x7w2',
  hash: 'bmV3',
  manualApproval: false,
};
const options = { linkTracking: true, openTracking: true, unsubscribeLink: false };
const outbound = [
  { host: 'out.example.com', type: 'CNAME', value: 'mailer.example.net' },
  { host: 'x7w2.out.example.com', type: 'TXT', value: 'bmV3' },
] as const;

type Changed = Extract<SenderDomainEvent, { type: 'DomainOptionsChanged' }>;
const changed = (fact: Partial<Changed>): Changed => ({
  type: 'DomainOptionsChanged',
  status: 'Approval Pending',
  options,
  records,
  ...fact,
});

describe('changing what a domain does with its mails', () => {
  it('changes what is given and leaves the rest, the records and the status', () => {
    const enabled = { status: 'Enabled', records: checked(true, true) } as const;
    expect(given(added, verified).when(updateDomain, { ...update, linkTracking: false })).toEqual([
      changed({ ...enabled, options: { ...options, linkTracking: false } }),
    ]);
    expect(given(added, verified).when(updateDomain, { ...update, openTracking: false })).toEqual([
      changed({ ...enabled, options: { ...options, openTracking: false } }),
    ]);
    expect(given(added, verified).when(updateDomain, { ...update, unsubscribeLink: true })).toEqual([
      changed({ ...enabled, options: { ...options, unsubscribeLink: true } }),
    ]);
  });

  it('keeps the name of the hosting provider, at most 255 characters, until it is emptied', () => {
    const named = changed({ options: { ...options, hostingProvider: 'Example Hosting' } });
    expect(given(added).when(updateDomain, { ...update, hostingProvider: ' Example Hosting ' })).toEqual([
      named,
    ]);
    expect(given(added).when(updateDomain, { ...update, hostingProvider: '😀'.repeat(256) })).toEqual([
      changed({ options: { ...options, hostingProvider: '😀'.repeat(255) } }),
    ]);
    expect(given(added, named).when(updateDomain, { ...update, linkTracking: false })).toEqual([
      changed({ options: { ...named.options, linkTracking: false } }),
    ]);
    expect(given(added, named).when(updateDomain, { ...update, hostingProvider: '' })).toEqual([changed({})]);
  });

  it('changes nothing when all that is given holds already', () => {
    const same = { linkTracking: true, subdomain: '', trackPrefixDisabled: false, hostingProvider: ' ' };
    expect(given(added, verified).when(updateDomain, { ...update, ...same })).toEqual([]);
    expect(given(added, verified).when(updateDomain, update)).toEqual([]);
  });
});

describe('changing the hosts of a domain', () => {
  it('asks for new records, with a label and a hash of their own, and waits for them', () => {
    expect(given(added, verified).when(updateDomain, { ...update, subdomain: 'Out' })).toEqual([
      changed({ options: { ...options, subdomain: 'out' }, records: outbound }),
    ]);
  });

  it('drops the flags with the records: an older look-up does not count', () => {
    const moved = changed({ options: { ...options, subdomain: 'out' }, records: outbound });
    const stale = { userId: OWNER, results: checked(true, true), manualApproval: false };
    expect(given(added, verified, moved).when(verifyDomain, stale)).toMatchObject([
      { type: 'DomainVerificationFailed', records: [{ verified: false }, { verified: false }] },
    ]);
  });

  it.each([
    [{ trackPrefix: 'links' }],
    [{ trackMerge: '.' }],
    [{ trackMerge: '' }],
    [{ trackPrefixDisabled: true }],
  ] as const)('is what %j does too', (wish) => {
    expect(given(added, verified).when(updateDomain, { ...update, ...wish })).toMatchObject([
      { status: 'Approval Pending', records: [{}, { host: 'x7w2.sl.example.com' }] },
    ]);
  });

  it('does not happen when the default is spelt out, or the tracking host does not show', () => {
    const status = { status: 'Enabled', records: checked(true, true) } as const;
    expect(given(added, verified).when(updateDomain, { ...update, subdomain: 'sl' })).toEqual([
      changed({ ...status, options: { ...options, subdomain: 'sl' } }),
    ]);
    const spelt = changed({ ...status, options: { ...options, subdomain: 'sl' } });
    expect(given(added, verified, spelt).when(updateDomain, { ...update, subdomain: '' })).toEqual([
      changed(status),
    ]);
    const disabled = changed({ ...status, options: { ...options, trackPrefixDisabled: true } });
    expect(given(added, disabled).when(updateDomain, { ...update, trackPrefix: 'links' })).toEqual([
      changed({ ...status, options: { ...options, trackPrefixDisabled: true, trackPrefix: 'links' } }),
    ]);
  });

  it('goes back to the default with empty text, and on with TrackPrefixDisabled off', () => {
    const named = { subdomain: 'out', trackPrefix: 'links', trackPrefixDisabled: true } as const;
    const moved = changed({ options: { ...options, ...named }, records: outbound });
    expect(given(added, moved).when(updateDomain, { ...update, subdomain: '' })).toMatchObject([
      {
        options: { trackPrefix: 'links', trackPrefixDisabled: true },
        records: [{ host: 'sl.example.com' }, {}],
      },
    ]);
    expect(given(added, moved).when(updateDomain, { ...update, trackPrefixDisabled: false })).toEqual([
      changed({ options: { ...options, subdomain: 'out', trackPrefix: 'links' }, records: outbound }),
    ]);
  });

  it.each(['Disabled', 'Suspended', 'Blocked'] as const)('never lifts %s', (stop) => {
    expect(given(added, set(stop)).when(updateDomain, { ...update, subdomain: 'out' })).toEqual([
      changed({ status: stop, options: { ...options, subdomain: 'out' }, records: outbound }),
    ]);
  });

  it('leaves a domain enabled of which nothing is asked', () => {
    const bare = { ...update, template: [], subdomain: 'out' };
    const enabled = changed({ status: 'Enabled', options: { ...options, subdomain: 'out' }, records: [] });
    expect(given(added, verified).when(updateDomain, bare)).toEqual([enabled]);
    expect(given(added, verified).when(updateDomain, { ...bare, manualApproval: true })).toEqual([enabled]);
  });

  it('enables a domain that only waited for records, but not one that waits for an operator', () => {
    const bare = { ...update, template: [], subdomain: 'out' };
    expect(given(added).when(updateDomain, bare)).toMatchObject([{ status: 'Enabled' }]);
    expect(given(added).when(updateDomain, { ...bare, manualApproval: true })).toMatchObject([
      { status: 'Approval Pending' },
    ]);
  });

  it('needs no second approval of an operator', () => {
    const moved = changed({ options: { ...options, subdomain: 'out' }, records: outbound });
    const found = {
      userId: OWNER,
      results: outbound.map((record) => ({ ...record, verified: true })),
      manualApproval: true,
    };
    expect(given(added, set('Enabled'), moved).when(verifyDomain, found)).toMatchObject([
      { type: 'DomainVerified', status: 'Enabled' },
    ]);
    expect(given(added, moved).when(verifyDomain, found)).toMatchObject([{ status: 'Approval Pending' }]);
  });

  it.each([
    { subdomain: '-out' },
    { subdomain: ' ' },
    { trackPrefix: 'a_b' },
    { trackMerge: '--' },
    { trackPrefix: 'p'.repeat(32), subdomain: 's'.repeat(32) },
  ])('refuses %j', (wish) => {
    expect(given(added).when(updateDomain, { ...update, ...wish })).toEqual({ refused: 'subdomain-invalid' });
  });

  it('refuses a name under which two records would share a host, or not fit into DNS', () => {
    const shared = [...template, { host: 'mail.{domain}', type: 'A', value: '192.0.2.1' }] as const;
    const command = { ...update, template: shared };
    expect(given(added).when(updateDomain, { ...command, subdomain: 'mail' })).toEqual({
      refused: 'subdomain-invalid',
    });
    expect(given(added).when(updateDomain, { ...command, subdomain: 'out' })).toHaveLength(1);
    const long = {
      ...added,
      name: `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(48)}`,
    };
    expect(given(long).when(updateDomain, { ...update, subdomain: 'outbound-mail' })).toEqual({
      refused: 'subdomain-invalid',
    });
  });

  it.each([
    ['unknown', [], OWNER],
    ['foreign', [added], STRANGER],
    ['deleted', [added, deleted], OWNER],
  ])('refuses a domain that is %s, before it looks at the names', (_, history, userId) => {
    expect(given(...history).when(updateDomain, { ...update, userId, subdomain: '-' })).toEqual({
      refused: 'domain-not-found',
    });
  });
});
