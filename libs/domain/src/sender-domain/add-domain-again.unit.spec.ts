import { describe, expect, it } from '@jest/globals';
import {
  OWNER,
  addExampleDomain,
  added,
  addedAgain,
  checked,
  deleted,
  given,
  records,
  set,
  verified,
} from '../testing/sender-domain.given.js';
import { addDomain, verifyDomain } from './lifecycle.decisions.js';

/** The next call comes with a random label and hash of its own. */
const again = { ...addExampleDomain, label: 'x7w2', hash: 'bmV3' };
const { options } = addedAgain;
const outbound = [
  { host: 'out.example.com', type: 'CNAME', value: 'mailer.example.net' },
  { host: 'x7w2.out.example.com', type: 'TXT', value: 'bmV3' },
] as const;

describe('adding a domain again that is there', () => {
  it('changes nothing while it waits for approval: the call may be a repetition', () => {
    expect(given(added).when(addDomain, again)).toEqual([]);
    const failed = {
      type: 'DomainVerificationFailed',
      status: 'Approval Pending',
      records: checked(true, false),
    } as const;
    expect(given(added, failed).when(addDomain, again)).toEqual([]);
  });

  it('asks for approval anew, and keeps the records that the customer has published', () => {
    expect(given(added, verified).when(addDomain, again)).toEqual([addedAgain]);
    const verify = { userId: OWNER, results: checked(true, true), manualApproval: false };
    expect(given(added, verified, addedAgain).when(verifyDomain, verify)).toEqual([verified]);
  });

  it('is not counted against the limit', () => {
    const full = { ...again, domainCount: 1, domainLimit: 1 };
    expect(given(added, verified).when(addDomain, full)).toEqual([addedAgain]);
  });

  it('takes over what the call names, with a new record set', () => {
    expect(given(added, verified).when(addDomain, { ...again, subdomain: 'OUT', trackMerge: '.' })).toEqual([
      { ...addedAgain, options: { ...options, subdomain: 'out', trackMerge: '.' }, records: outbound },
    ]);
  });

  it('leaves what the call does not name, also what has nothing to do with hosts', () => {
    const named = {
      type: 'DomainOptionsChanged',
      status: 'Approval Pending',
      options: { ...options, unsubscribeLink: true, hostingProvider: 'Example', subdomain: 'out' },
      records: outbound,
    } as const;
    expect(given(added, named).when(addDomain, again)).toEqual([]);
    expect(given(added, named).when(addDomain, { ...again, trackPrefix: 'links' })).toEqual([
      { ...named, type: 'DomainAddedAgain', options: { ...named.options, trackPrefix: 'links' } },
    ]);
    expect(given(added, named).when(addDomain, { ...again, subdomain: '' })).toEqual([
      {
        ...addedAgain,
        options: { ...options, unsubscribeLink: true, hostingProvider: 'Example' },
        records: [
          { host: 'sl.example.com', type: 'CNAME', value: 'mailer.example.net' },
          { host: 'x7w2.sl.example.com', type: 'TXT', value: 'bmV3' },
        ],
      },
    ]);
  });

  it('asks for what the installation asks now', () => {
    const command = { ...again, infrastructure: 'mx.example.org' };
    expect(given(added).when(addDomain, command)).toEqual([
      {
        ...addedAgain,
        records: [
          { host: 'sl.example.com', type: 'CNAME', value: 'mx.example.org' },
          { host: 'x7w2.sl.example.com', type: 'TXT', value: 'bmV3' },
        ],
      },
    ]);
  });

  it('leaves a domain enabled of which nothing is asked', () => {
    const bare = { ...added, status: 'Enabled', records: [] } as const;
    expect(given(bare).when(addDomain, { ...again, template: [] })).toEqual([]);
    expect(given(added).when(addDomain, { ...again, template: [] })).toEqual([
      { ...addedAgain, status: 'Enabled', records: [] },
    ]);
  });

  it.each(['Disabled', 'Suspended', 'Blocked'] as const)('never lifts %s', (stop) => {
    expect(given(added, verified, set(stop)).when(addDomain, again)).toEqual([]);
    expect(given(added, verified, set(stop)).when(addDomain, { ...again, subdomain: 'out' })).toEqual([
      { ...addedAgain, status: stop, options: { ...options, subdomain: 'out' }, records: outbound },
    ]);
  });

  it('does not ask an operator again who has approved it; deleting does', () => {
    const manual = { ...again, template: [], manualApproval: true };
    const bare = { ...added, records: [] };
    expect(given(bare).when(addDomain, manual)).toEqual([]);
    expect(given(bare, set('Enabled')).when(addDomain, manual)).toEqual([]);
    expect(given(bare, set('Enabled'), deleted).when(addDomain, manual)).toMatchObject([
      { type: 'DomainRevived', status: 'Approval Pending' },
    ]);
  });

  it('keeps what hangs on the domain', () => {
    const key = { type: 'ApiKeyAdded', apiKeyId: 3, description: 'x' } as const;
    expect(given(added, key, verified, addedAgain).state).toMatchObject({
      status: 'Approval Pending',
      records,
      apiKeys: [{ apiKeyId: 3, description: 'x' }],
    });
  });

  it('refuses names that cannot be, and changes nothing then', () => {
    for (const wish of [{ subdomain: '-' }, { trackPrefix: 'a.b' }, { trackMerge: '_' }])
      expect(given(added, verified).when(addDomain, { ...again, ...wish })).toEqual({
        refused: 'subdomain-invalid',
      });
  });
});
