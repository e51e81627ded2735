import { describe, expect, it } from '@jest/globals';
import { nextDelayMs, RETRY_AFTER_MAX_MS, retryAfterMs } from './schedule.js';

const SCHEDULE = [0, 5, 300, 1800];

describe('delay before an attempt', () => {
  it.each([
    [0, 0],
    [1, 5_000],
    [2, 300_000],
    [3, 1_800_000],
  ])('after %i failures is %i ms when chance is neutral', (failures, ms) => {
    expect(nextDelayMs(SCHEDULE, failures, 0.5)).toBe(ms);
  });

  it('spreads by ten per cent to either side, and never moves a delay of 0', () => {
    expect(nextDelayMs(SCHEDULE, 2, 0)).toBe(270_000);
    expect(nextDelayMs(SCHEDULE, 2, 0.999999)).toBe(330_000);
    expect(nextDelayMs(SCHEDULE, 0, 0)).toBe(0);
    expect(nextDelayMs(SCHEDULE, 0, 0.999999)).toBe(0);
  });

  it('is null when the schedule is used up', () => {
    expect(nextDelayMs(SCHEDULE, 4, 0.5)).toBeNull();
    expect(nextDelayMs([0], 1, 0.5)).toBeNull();
  });
});

describe('Retry-After', () => {
  const now = Date.UTC(2026, 10, 24, 12, 0, 0);

  it.each<[string | undefined, number | null]>([
    [undefined, null],
    ['0', 0],
    ['120', 120_000],
    [' 7 ', 7_000],
    ['3600', RETRY_AFTER_MAX_MS],
    ['86400', RETRY_AFTER_MAX_MS],
    ['99999999999999999999', RETRY_AFTER_MAX_MS],
    ['Tue, 24 Nov 2026 12:00:30 GMT', 30_000],
    ['Tuesday, 24-Nov-26 12:00:30 GMT', 30_000],
    ['Tue, 24 Nov 2026 11:59:00 GMT', 0],
    ['Wed, 25 Nov 2026 12:00:00 GMT', RETRY_AFTER_MAX_MS],
    ['-5', null],
    ['1.5', null],
    ['soon', null],
    ['Someday, maybe', null],
    ['', null],
  ])('%j is %j ms', (header, ms) => {
    expect(retryAfterMs(header, now)).toBe(ms);
  });
});
