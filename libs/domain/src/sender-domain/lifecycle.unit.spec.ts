import { describe, expect, it } from '@jest/globals';
import {
  OWNER,
  STRANGER,
  added,
  checked,
  deleted,
  given,
  records,
  revived,
  set,
  verified,
} from '../testing/sender-domain.given.js';
import { deleteDomain, setDomainStatus, verifyDomain } from './lifecycle.decisions.js';
import { initialSenderDomain } from './sender-domain.js';

const verify = { userId: OWNER, results: checked(true, true), manualApproval: false };
const fail = { ...verify, results: checked(true, false) };

describe('verifying a sender domain', () => {
  it('enables it when every record was found', () => {
    expect(given(added).when(verifyDomain, verify)).toEqual([verified]);
  });

  it('keeps it pending when one record is missing, and says which', () => {
    expect(given(added).when(verifyDomain, fail)).toEqual([
      { type: 'DomainVerificationFailed', status: 'Approval Pending', records: checked(true, false) },
    ]);
  });

  it('demotes an enabled domain when a record has gone', () => {
    expect(given(added, verified).when(verifyDomain, fail)).toEqual([
      { type: 'DomainVerificationFailed', status: 'Approval Pending', records: checked(true, false) },
    ]);
  });

  it('changes nothing when the DNS says what it said before', () => {
    expect(given(added, verified).when(verifyDomain, verify)).toEqual([]);
    const failed = {
      type: 'DomainVerificationFailed',
      status: 'Approval Pending',
      records: checked(true, false),
    } as const;
    expect(given(added, failed).when(verifyDomain, fail)).toEqual([]);
  });

  it('leaves the approval to an operator when the group says so', () => {
    const manual = { ...verify, manualApproval: true };
    expect(given(added).when(verifyDomain, manual)).toEqual([
      { type: 'DomainVerified', status: 'Approval Pending', records: checked(true, true) },
    ]);
    expect(given(added, set('Enabled')).when(verifyDomain, manual)).toEqual([
      { type: 'DomainVerified', status: 'Enabled', records: checked(true, true) },
    ]);
  });

  it('needs the approval of an operator once, until the operator takes it back', () => {
    const manual = { ...verify, manualApproval: true };
    const lost = {
      type: 'DomainVerificationFailed',
      status: 'Approval Pending',
      records: checked(true, false),
    } as const;
    const approved = [added, set('Enabled'), lost];
    expect(given(...approved).when(verifyDomain, manual)).toEqual([verified]);
    expect(given(...approved, set('Disabled'), set('Approval Pending')).when(verifyDomain, manual)).toEqual([
      { ...verified, status: 'Approval Pending' },
    ]);
    expect(given(added, set('Enabled'), set('Suspended')).state).toMatchObject({ approved: true });
    expect(given(added, set('Suspended')).state).toMatchObject({ approved: false });
    expect(given(added, verified).state).toMatchObject({ approved: false });
  });

  it.each(['Disabled', 'Suspended', 'Blocked'] as const)(
    'never lifts %s, but refreshes the flags',
    (stop) => {
      expect(given(added, set(stop)).when(verifyDomain, verify)).toEqual([
        { type: 'DomainVerified', status: stop, records: checked(true, true) },
      ]);
      expect(given(added, set(stop)).when(verifyDomain, fail)).toEqual([
        { type: 'DomainVerificationFailed', status: stop, records: checked(true, false) },
      ]);
    },
  );

  it('does not count a look-up of an older record set', () => {
    const stale = { ...verify, results: checked(true, true).map((record) => ({ ...record, value: 'old' })) };
    expect(given(added).when(verifyDomain, stale)).toEqual([
      { type: 'DomainVerificationFailed', status: 'Approval Pending', records: checked(false, false) },
    ]);
  });

  it('enables a domain that has nothing to check', () => {
    const bare = { ...added, records: [] };
    expect(given(bare).when(verifyDomain, { ...verify, results: [] })).toEqual([
      { type: 'DomainVerified', status: 'Enabled', records: [] },
    ]);
  });

  it.each([
    ['unknown', [], OWNER],
    ['foreign', [added], STRANGER],
    ['deleted', [added, deleted], OWNER],
  ])('refuses a domain that is %s', (_, history, userId) => {
    expect(given(...history).when(verifyDomain, { ...verify, userId })).toEqual({
      refused: 'domain-not-found',
    });
  });
});

describe('an operator setting the status', () => {
  it.each(['Enabled', 'Disabled', 'Suspended', 'Blocked'] as const)('may set %s', (status) => {
    expect(given(added).when(setDomainStatus, { status })).toEqual([set(status)]);
  });

  it('may send it back to Approval Pending', () => {
    expect(given(added, verified).when(setDomainStatus, { status: 'Approval Pending' })).toEqual([
      set('Approval Pending'),
    ]);
  });

  it('changes nothing when it is so already', () => {
    expect(given(added, verified).when(setDomainStatus, { status: 'Enabled' })).toEqual([]);
  });

  it.each(['Deleted', 'enabled', ''])('is refused the status %j', (status) => {
    expect(given(added).when(setDomainStatus, { status })).toEqual({ refused: 'status-invalid' });
  });

  it.each([
    ['unknown', []],
    ['deleted', [added, deleted]],
  ])('is refused on a domain that is %s', (_, history) => {
    expect(given(...history).when(setDomainStatus, { status: 'Enabled' })).toEqual({
      refused: 'domain-not-found',
    });
  });
});

describe('deleting a sender domain', () => {
  it('ends it and everything that hangs on it', () => {
    expect(given(added, verified).when(deleteDomain, { userId: OWNER })).toEqual([deleted]);
    const key = { type: 'ApiKeyAdded', apiKeyId: 3, description: 'x' } as const;
    expect(given(added, key, deleted).state).toEqual({
      status: 'Deleted',
      domainId: 12,
      userId: OWNER,
      name: 'example.com',
    });
    expect(given(added, key, deleted, revived).state).toMatchObject({ apiKeys: [], ownSigningKey: false });
  });

  it.each([
    ['unknown', [], OWNER],
    ['foreign', [added], STRANGER],
    ['deleted', [added, deleted], OWNER],
  ])('refuses a domain that is %s', (_, history, userId) => {
    expect(given(...history).when(deleteDomain, { userId })).toEqual({ refused: 'domain-not-found' });
  });
});

describe('facts that find no place', () => {
  it('change nothing', () => {
    expect(given(verified, revived, deleted).state).toBe(initialSenderDomain);
    expect(given(added, deleted, verified).state).toEqual(given(added, deleted).state);
    expect(given(added).state).toMatchObject({ records });
  });
});
