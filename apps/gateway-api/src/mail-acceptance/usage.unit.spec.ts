import { describe, expect, it } from '@jest/globals';
import type { Sifted } from './sifted.js';
import { addUsage } from './usage.js';

const request = (acceptedAt: number, ...counts: readonly (readonly [userId: number, recipients: number])[]) =>
  ({
    request: { mails: [], acceptedAt },
    counts: counts.map(([userId, recipients]) => ({ userId, recipients })),
  }) as unknown as Sifted;
/** User, begin of the minute and recipients of each row, in its order. */
const rowsOf = (...requests: readonly Sifted[]) =>
  [...addUsage(requests)].flatMap(({ params: [rows] = [] }) =>
    (rows as readonly (readonly [number, string])[]).map(([userId, windows]) => {
      const { Minute = [] } = JSON.parse(windows) as { Minute?: readonly number[] };
      return [userId, ...Minute];
    }),
  );

describe('counters of accounts without limits', () => {
  it('are written in the order of ids, so that no two transactions wait for each other', () => {
    expect(rowsOf(request(5, [9, 1], [3, 1]), request(7, [12, 1]), request(8, [1, 2]))).toEqual([
      [1, 0, 2],
      [3, 0, 1],
      [9, 0, 1],
      [12, 0, 1],
    ]);
  });

  it('are one row for an account, and one more for each further minute, the earlier first', () => {
    expect(rowsOf(request(60_000, [3, 1]), request(59_999, [3, 2]), request(61_000, [3, 4], [2, 1]))).toEqual(
      [
        [2, 60_000, 1],
        [3, 0, 2],
        [3, 60_000, 5],
      ],
    );
  });

  it('need no statement when nobody is counted', () => {
    expect([...addUsage([request(1), request(2, [3, 0])])]).toEqual([]);
  });
});
