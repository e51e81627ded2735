import { describe, expect, it } from '@jest/globals';
import { RATE_PERIODS } from '../account/rate-limits.js';
import {
  countRecipients,
  isLimited,
  limitsOf,
  type SendingLimits,
  type SendUsage,
  type StoredLimits,
} from './sending-limits.js';
import { windowEnd, windowStart, type Window } from './windows.js';

/** A Tuesday. */
const NOW = Date.UTC(2026, 10, 24, 16, 20, 48, 123);
const none: StoredLimits = { perDay: null, perMonth: null, lifetime: null, rates: null };
const unlimited: SendingLimits = { quota: {}, rate: {}, usesCredits: false };
const fresh: SendUsage = { credits: 0, windows: {} };
const count = (limits: Partial<SendingLimits>, usage: SendUsage, recipients: number, now = NOW) =>
  countRecipients({ ...unlimited, ...limits }, usage, { recipients, now });
/** The usage after mails that were all taken. */
const after = (limits: Partial<SendingLimits>, ...mails: (readonly [recipients: number, now: number])[]) =>
  mails.reduce((usage, [recipients, now]) => {
    const decision = count(limits, usage, recipients, now);
    if (decision.refused !== undefined) throw new Error(decision.refused);
    return decision.usage;
  }, fresh);

describe('the windows of the calendar', () => {
  it.each<[Window, number, number]>([
    ['Minute', Date.UTC(2026, 10, 24, 16, 20), Date.UTC(2026, 10, 24, 16, 21)],
    ['Hour', Date.UTC(2026, 10, 24, 16), Date.UTC(2026, 10, 24, 17)],
    ['Day', Date.UTC(2026, 10, 24), Date.UTC(2026, 10, 25)],
    ['Week', Date.UTC(2026, 10, 23), Date.UTC(2026, 10, 30)],
    ['Month', Date.UTC(2026, 10, 1), Date.UTC(2026, 11, 1)],
    ['Year', Date.UTC(2026, 0, 1), Date.UTC(2027, 0, 1)],
    ['Lifetime', 0, Infinity],
  ])('%s', (window, start, end) => {
    expect(windowStart(window, NOW)).toBe(start);
    expect(windowEnd(window, start)).toBe(end);
    expect(windowStart(window, start)).toBe(start);
  });

  it.each(RATE_PERIODS)('a %s ends when the next begins', (window) => {
    const start = windowStart(window, NOW);
    const end = windowEnd(window, start);
    expect(windowStart(window, start - 1)).toBeLessThan(start);
    expect(windowStart(window, end - 1)).toBe(start);
    expect(windowStart(window, end)).toBe(end);
  });

  it('a week begins on Monday, also on a Sunday and across a year', () => {
    expect(windowStart('Week', Date.UTC(2026, 10, 29, 23, 59))).toBe(Date.UTC(2026, 10, 23));
    expect(windowStart('Week', Date.UTC(2027, 0, 1))).toBe(Date.UTC(2026, 11, 28));
    expect(windowStart('Month', Date.UTC(2024, 1, 29, 5))).toBe(Date.UTC(2024, 1, 1));
    expect(windowEnd('Month', Date.UTC(2026, 11, 1))).toBe(Date.UTC(2027, 0, 1));
  });
});

describe('the limits in force', () => {
  it('are the group’s where the user has none, and the user’s where there is one', () => {
    const group = { perDay: 10, perMonth: 20, lifetime: 30, rates: { EmailGateway: { Minute: 1, Hour: 2 } } };
    expect(limitsOf(none, group, false)).toEqual({
      quota: { Day: 10, Month: 20, Lifetime: 30 },
      rate: { Minute: 1, Hour: 2 },
      usesCredits: false,
    });
    const user = { perDay: 5, perMonth: null, lifetime: 0, rates: { EmailGateway: { Day: 7 } } };
    expect(limitsOf(user, group, true)).toEqual({
      quota: { Day: 5, Month: 20 },
      rate: { Day: 7 },
      usesCredits: true,
    });
  });

  it.each([
    ['nothing is set', none],
    ['quotas are 0', { ...none, perDay: 0, perMonth: 0, lifetime: 0 }],
    ['rates are -1, as number or text', { ...none, rates: { EmailGateway: { Minute: -1, Hour: '-1' } } }],
    ['rates are empty', { ...none, rates: { EmailGateway: {} } }],
  ])('are none when %s', (_what, group) => {
    expect(isLimited(limitsOf(none, group, false))).toBe(false);
  });

  it.each<[string, Partial<SendingLimits>]>([
    ['a quota', { quota: { Day: 1 } }],
    ['a rate', { rate: { Year: 1 } }],
    ['credits', { usesCredits: true }],
  ])('are some with %s', (_what, limits) => {
    expect(isLimited({ ...unlimited, ...limits })).toBe(true);
  });

  it('reads digits, and never takes what it cannot read for unlimited', () => {
    const rates = (EmailGateway: object) => limitsOf(none, { ...none, rates: { EmailGateway } }, false).rate;
    expect(rates({ Minute: '60', Day: -1 })).toEqual({ Minute: 60 });
    expect(rates({ Minute: 0 })).toEqual({ Minute: 0 });
    expect(() => rates({ Minute: 'sixty' })).toThrow('cannot be read');
  });
});

describe('counting recipients', () => {
  it('takes a mail that just fits, and none that does not, for each limit', () => {
    const quotas = ['Day', 'Month', 'Lifetime'] as const;
    for (const window of quotas) {
      const limits = { quota: { [window]: 5 } };
      const used = after(limits, [3, NOW]);
      expect(count(limits, used, 2).refused).toBeUndefined();
      expect(count(limits, used, 3)).toEqual({ refused: 'sending-limit-reached' });
    }
    const periods = ['Minute', 'Hour', 'Day', 'Week', 'Month', 'Year'] as const;
    for (const period of periods) {
      const limits = { rate: { [period]: 5 } };
      const used = after(limits, [3, NOW]);
      expect(count(limits, used, 2).refused).toBeUndefined();
      expect(count(limits, used, 3)).toEqual({
        refused: 'rate-limit-exceeded',
        retryAfterMs: windowEnd(period, windowStart(period, NOW)) - NOW,
      });
    }
  });

  it('begins anew with each window, and goes on in the longer ones', () => {
    const limits = { rate: { Minute: 5 }, quota: { Day: 8 } };
    const used = after(limits, [5, NOW]);
    const nextMinute = NOW + 60_000;
    expect(count(limits, used, 1).refused).toBe('rate-limit-exceeded');
    expect(count(limits, used, 3, nextMinute).refused).toBeUndefined();
    expect(count(limits, used, 4, nextMinute).refused).toBe('sending-limit-reached');
    expect(count(limits, used, 5, NOW + 86_400_000).refused).toBeUndefined();
  });

  it('counts in every window, so that a limit that is set later knows what was sent before', () => {
    const used = after({ rate: { Minute: 100 } }, [4, NOW]);
    expect(count({ quota: { Lifetime: 4 } }, used, 1).refused).toBe('sending-limit-reached');
    expect(count({ rate: { Week: 4 } }, used, 1).refused).toBe('rate-limit-exceeded');
  });

  it('says when the last of the exceeded windows ends, and nothing when the mail can never fit', () => {
    const limits = { rate: { Minute: 2, Hour: 2 } };
    const used = after(limits, [2, NOW]);
    expect(count(limits, used, 1)).toEqual({
      refused: 'rate-limit-exceeded',
      retryAfterMs: Date.UTC(2026, 10, 24, 17) - NOW,
    });
    expect(count(limits, fresh, 3)).toEqual({ refused: 'rate-limit-exceeded' });
    expect(count({ rate: { Day: 0 } }, fresh, 1)).toEqual({ refused: 'rate-limit-exceeded' });
  });

  it('takes one credit for each recipient, and none when credits are not in use', () => {
    const limits = { usesCredits: true };
    expect(count(limits, { credits: 3, windows: {} }, 3)).toMatchObject({ usage: { credits: 0 } });
    expect(count(limits, { credits: 3, windows: {} }, 4)).toEqual({ refused: 'sending-limit-reached' });
    expect(count({ quota: { Day: 9 } }, { credits: 3, windows: {} }, 4)).toMatchObject({
      usage: { credits: 3 },
    });
  });

  it('says first what waiting does not cure', () => {
    const limits = { rate: { Minute: 1 }, quota: { Lifetime: 1 } };
    expect(count(limits, after(limits, [1, NOW]), 1).refused).toBe('sending-limit-reached');
  });

  it('is not fooled by a clock that is behind', () => {
    const limits = { rate: { Minute: 2 } };
    const used = after(limits, [2, NOW]);
    expect(count(limits, used, 1, NOW - 60_000)).toMatchObject({ refused: 'rate-limit-exceeded' });
    expect(after({}, [2, NOW], [1, NOW - 60_000]).windows.Minute).toEqual([windowStart('Minute', NOW), 3]);
  });
});
