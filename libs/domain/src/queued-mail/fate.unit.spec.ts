import { describe, expect, it } from '@jest/globals';
import { fateOfMail, fateOfSender, type QueueSender } from './fate.js';

const owner = { accountStatus: 'Enabled', reputationLevel: 'Trusted' };
const domain = { status: 'Enabled' };
const good: QueueSender = { domain, owner };
const held = (reason: string) => ({ do: 'hold', reason });
const dropped = (reason: string) => ({ do: 'drop', reason });

describe('mail in the queue', () => {
  it('of an Enabled domain of a trusted account is sent', () => {
    expect(fateOfMail(good, false)).toEqual({ do: 'send' });
  });

  it.each(['Approval Pending', 'Disabled', 'Suspended', 'Blocked'])(
    'of a domain that is %s waits',
    (status) => {
      expect(fateOfMail({ domain: { status }, owner }, false)).toEqual(held('domain not enabled'));
    },
  );

  it('of an account that may not send waits', () => {
    expect(fateOfSender({ domain, owner: { ...owner, accountStatus: 'Disabled' } })).toEqual(
      held('account disabled'),
    );
    expect(fateOfSender({ domain, owner: { ...owner, reputationLevel: 'Untrusted' } })).toEqual(
      held('account not trusted'),
    );
  });

  it('of a deleted domain or account is dropped, whatever else stops it', () => {
    const disabled = { ...owner, accountStatus: 'Disabled' };
    expect(fateOfSender({ domain: { status: 'Deleted' }, owner: disabled })).toEqual(
      dropped('domain deleted'),
    );
    expect(fateOfSender({ owner })).toEqual(dropped('domain deleted'));
    expect(fateOfSender({ domain: { status: 'Suspended' } })).toEqual(dropped('account deleted'));
    expect(fateOfSender({ domain: { status: 'Deleted' } })).toEqual(dropped('account deleted'));
  });

  it('to an address that was suppressed since is dropped, once it would be sent', () => {
    expect(fateOfMail(good, true)).toEqual(dropped('suppressed'));
    expect(fateOfMail({ domain: { status: 'Suspended' }, owner }, true)).toEqual(held('domain not enabled'));
    expect(fateOfMail({ domain: { status: 'Deleted' }, owner }, true)).toEqual(dropped('domain deleted'));
  });
});
