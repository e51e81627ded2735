import { describe, expect, it } from '@jest/globals';
import { daysPeriod, secondsPeriod } from './period.js';

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
