import { describe, expect, it } from '@jest/globals';

import { fateOf, stepsOf, type Fate } from './fate.js';

describe('the fate of a recipient', () => {
  it.each<[string, Fate]>([
    ['bounce@x.test', 'bounce'],
    ['Bounce+17@x.test', 'bounce'],
    ['full3@x.test', 'full'],
    ['SPAM.trap@x.test', 'spam'],
    ['defer-1@x.test', 'defer'],
    ['late@x.test', 'late'],
    ['complain_2@x.test', 'complain'],
    ['reject9@x.test', 'reject'],
    ['tempfail@x.test', 'tempfail'],
    ['ana@bounce.test', 'deliver'],
    ['no-bounce@x.test', 'deliver'],
    ['postmaster', 'deliver'],
  ])('%s: %s', (address, fate) => {
    expect(fateOf(address)).toBe(fate);
  });

  it.each<[Exclude<Fate, 'reject'>, string[]]>([
    ['deliver', ['received', 'delivered']],
    ['tempfail', ['received', 'delivered']],
    ['bounce', ['received', 'unknown-mailbox']],
    ['spam', ['received', 'spam-refused']],
    ['full', ['received', 'mailbox-full-yet', 'mailbox-full-yet', 'mailbox-full']],
    ['defer', ['received', 'queue-down', 'greylisted', 'greylisted', 'delivered']],
    ['late', ['received', 'delivered', 'bounced-later']],
    ['complain', ['received', 'delivered', 'complained']],
  ])('%s goes through %j, each later than the one before', (fate, outcomes) => {
    const steps = stepsOf(fate, 100, 0.5);
    expect(steps.map(({ outcome }) => outcome)).toEqual(outcomes);
    const times = steps.map(({ afterMs }) => afterMs);
    expect(times[0]).toBe(0);
    expect(times).toEqual([...new Set(times)].toSorted((a, b) => a - b));
  });

  it('spreads a delivery over 0.7 to 3.3 units', () => {
    expect(stepsOf('deliver', 100, 0).at(-1)?.afterMs).toBe(70);
    expect(stepsOf('deliver', 100, 0.999).at(-1)?.afterMs).toBe(330);
  });
});
