import { describe, expect, it } from '@jest/globals';
import { relayLoginRefusal, type RelayLogin } from './relay-login.js';

const good = {
  domain: { status: 'Enabled' },
  owner: { accountStatus: 'Enabled', reputationLevel: 'Trusted', phoneVerified: false },
};
const refusal = (login: RelayLogin, phoneVerificationRequired = false) =>
  relayLoginRefusal(login, { phoneVerificationRequired });

describe('an SMTP login', () => {
  it('relays for an Enabled domain of a trusted account', () => {
    expect(refusal(good)).toBeUndefined();
  });

  it.each(['Approval Pending', 'Disabled', 'Suspended', 'Blocked'])(
    'does not for a domain that is %s',
    (status) => {
      expect(refusal({ ...good, domain: { status } })).toBe('sender-domain-not-active');
    },
  );

  it('does not without domain, owner or trust, and says the first of these', () => {
    const { domain, owner } = good;
    expect(refusal({ owner })).toBe('sender-domain-invalid');
    expect(refusal({ domain: { status: 'Deleted' } })).toBe('sender-domain-invalid');
    expect(refusal({ domain: { status: 'Disabled' } })).toBe('sender-domain-not-active');
    expect(refusal({ domain })).toBe('user-invalid');
    expect(refusal({ domain, owner: { ...owner, accountStatus: 'Disabled' } })).toBe('user-not-trusted');
    expect(refusal({ domain, owner: { ...owner, reputationLevel: 'Untrusted' } }, true)).toBe(
      'user-not-trusted',
    );
  });

  it('needs a verified phone where the installation asks for one', () => {
    expect(refusal(good, true)).toBe('user-not-verified');
    expect(refusal({ ...good, owner: { ...good.owner, phoneVerified: true } }, true)).toBeUndefined();
  });
});
