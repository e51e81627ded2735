import { describe, expect, it } from '@jest/globals';
import { daysBefore, daysPeriod, reportDays, secondsPeriod, shownDays } from './period.js';

const day = (text: string) => Date.parse(`${text}T00:00:00Z`);
const DAY = 86_400_000;

describe('days', () => {
  it('covers whole UTC days', () => {
    expect(daysPeriod('2026-02-28', '2026-03-01')).toEqual({
      fromMs: day('2026-02-28'),
      toMs: day('2026-03-02') - 1,
    });
  });
  it('clamps an end before the start to the day of the start', () => {
    expect(daysPeriod('2026-03-05', '2026-03-01')).toEqual({
      fromMs: day('2026-03-05'),
      toMs: day('2026-03-05') + DAY - 1,
    });
  });
  it.each([
    ['2026-2-3'],
    ['2026-02-30'],
    ['20260203'],
    ['2026-02-03 00:00:00'],
    ['yesterday'],
    ['1770000000'],
    [''],
    [undefined],
  ])('falls back to no bound for %p', (text) => {
    expect(daysPeriod(text, text)).toEqual({});
  });
});

describe('seconds', () => {
  it('takes unix times, the last second included', () => {
    expect(secondsPeriod('1770000000', ' 1770000001 ')).toEqual({
      fromMs: 1_770_000_000_000,
      toMs: 1_770_000_001_999,
    });
  });
  it('takes dates with a time', () => {
    expect(secondsPeriod('2026-02-03 04:05:06', undefined)).toEqual({
      fromMs: Date.parse('2026-02-03T04:05:06Z'),
    });
  });
  it('clamps an end before the start', () => {
    expect(secondsPeriod('1770000000', '1')).toEqual({ fromMs: 1_770_000_000_000, toMs: 1_770_000_000_999 });
  });
  it.each([['-1'], ['1e9'], ['999999999999'], ['2026-02-30 10:00:00'], ['soon']])(
    'falls back to no bound for %p',
    (text) => {
      expect(secondsPeriod(text, text)).toEqual({});
    },
  );
});

describe('days of a report', () => {
  const at = (text: string) => ({ defaultDays: 28, nowMs: Date.parse(text) });
  it('are given', () => {
    const days = reportDays('2026-02-28', '2026-03-01', at('2026-05-15T23:59:59.999Z'));
    expect(days).toEqual({ fromMs: day('2026-02-28'), toMs: day('2026-03-02') - 1 });
    expect(shownDays(days)).toEqual({ StartDate: '2026-02-28 00:00:00', EndDate: '2026-03-01 23:59:59' });
  });
  it.each([
    ['2026-2-3'],
    ['2026-02-30'],
    ['1770000000'],
    [' 2026-02-03'],
    ['2026-02-03\n'],
    [''],
    [undefined],
  ])('are the default for %p', (text) => {
    expect(shownDays(reportDays(text, text, at('2026-03-10T00:00:00.000Z')))).toEqual({
      StartDate: '2026-02-10 00:00:00',
      EndDate: '2026-03-10 23:59:59',
    });
  });
  it('end on the day of the start at the earliest, also when the start is the default or lies ahead', () => {
    const now = at('2026-03-10T12:00:00Z');
    const one = (text: string) => ({ StartDate: `${text} 00:00:00`, EndDate: `${text} 23:59:59` });
    expect(shownDays(reportDays('2026-03-05', '2026-03-01', now))).toEqual(one('2026-03-05'));
    expect(shownDays(reportDays(undefined, '2020-01-01', now))).toEqual(one('2026-02-10'));
    expect(shownDays(reportDays('2027-01-01', undefined, now))).toEqual(one('2027-01-01'));
  });
  it('are compared with as many days before', () => {
    const january = reportDays('2026-01-01', '2026-01-31', at('2026-05-15T00:00:00Z'));
    const before = daysBefore(january);
    expect(shownDays(before)).toEqual({ StartDate: '2025-12-01 00:00:00', EndDate: '2025-12-31 23:59:59' });
    expect(before.toMs).toBe(january.fromMs - 1);
  });
});
