import { describe, expect, it } from '@jest/globals';
import { DELIVERY_SPEEDS } from './delivery-speed.js';
import { ratesOf, stillSending, sumOf } from './mail-figures.js';
import { meanSeconds, percentage, roundSeconds } from './rounding.js';

describe('a percentage', () => {
  it.each([
    [0, 0, 0],
    [5, 0, 0],
    [0, 7, 0],
    [1, 3, 33.33],
    [2, 3, 66.67],
    [1, 8, 12.5],
    [1, 800, 0.13],
    [57, 20_000, 0.29],
    [1, 20_001, 0],
    [226_115, 232_530, 97.24],
    [1_931, 232_530, 0.83],
    [312, 1_523, 20.49],
    [12, 5, 240],
    [123_456_789_012, 123_456_789_012, 100],
  ])('of %d in %d is %d', (part, whole, expected) => {
    expect(percentage(part, whole)).toBe(expected);
  });
});

describe('seconds', () => {
  it.each([
    [1.004999, 1.01],
    [1.0049, 1.01],
    [1.0044, 1],
    [1.005, 1.01],
    [0.1 + 0.2, 0.3],
    [1.2339999675750732, 1.23],
    [0, 0],
  ])('%d are shown as %d', (seconds, shown) => {
    expect(roundSeconds(seconds)).toBe(shown);
  });
  it('have a mean with halves up', () => {
    expect(meanSeconds(0.01, 2)).toBe(0.01);
    expect(meanSeconds(0.009, 2)).toBe(0);
    expect(meanSeconds(10, 3)).toBe(3.33);
    expect(meanSeconds(0.1 + 0.2, 2)).toBe(0.15);
  });
});

describe('figures', () => {
  const mail = { sent: 1_000, delivered: 950, bounced: 50, opened: 400, clicked: 1 };
  it('add up', () => {
    expect(sumOf([mail, mail, { ...mail, sent: 5 }])).toEqual({
      sent: 2_005,
      delivered: 2_850,
      bounced: 150,
      opened: 1_200,
      clicked: 3,
    });
    expect(sumOf([])).toEqual({ sent: 0, delivered: 0, bounced: 0, opened: 0, clicked: 0 });
  });
  it('have rates of what was sent, above 100 when older mail answers', () => {
    expect(ratesOf(mail)).toEqual({ delivery: 95, bounce: 5, open: 40, click: 0.1 });
    expect(ratesOf({ ...mail, sent: 0 })).toEqual({ delivery: 0, bounce: 0, open: 0, click: 0 });
    expect(ratesOf({ ...mail, sent: 200 })).toMatchObject({ delivery: 475, open: 200 });
  });
  it('never leave less than nothing on its way', () => {
    expect(stillSending({ total: 10, sent: 6, failed: 1 })).toBe(3);
    expect(stillSending({ total: 1, sent: 6, failed: 1 })).toBe(0);
  });
});

it('classes of delivery speed touch without overlap', () => {
  expect(DELIVERY_SPEEDS[0].from).toBe(0);
  DELIVERY_SPEEDS.slice(1).forEach(({ from }, at) => expect(from).toBe(DELIVERY_SPEEDS[at]?.below));
});
