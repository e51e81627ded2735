import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { handOut, permitsAhead } from './permits.js';

describe('handing out permits', () => {
  it.each([
    ['what is needed, of an untouched window', { limit: 100, taken: 0, need: 3, ahead: 0 }, [3, 0]],
    ['a quarter of the rest ahead at most', { limit: 100, taken: 0, need: 1, ahead: 50 }, [1, 24]],
    ['no more ahead than was wanted', { limit: 100, taken: 0, need: 1, ahead: 5 }, [1, 5]],
    ['nothing ahead near the limit', { limit: 100, taken: 96, need: 1, ahead: 5 }, [1, 0]],
    ['what is left when more is needed', { limit: 100, taken: 98, need: 7, ahead: 5 }, [2, 0]],
    ['nothing of a used window', { limit: 100, taken: 100, need: 1, ahead: 1 }, [0, 0]],
    ['nothing when the limit was lowered', { limit: 10, taken: 50, need: 1, ahead: 1 }, [0, 0]],
  ])('gives %s', (_what, request, [needed, ahead]) => {
    expect(handOut(request)).toEqual({ needed, ahead });
  });

  it('never hands out more than the limit, and all of it in the end', () => {
    const asks = fc.array(fc.record({ need: fc.nat(20), ahead: fc.nat(200) }), { maxLength: 60 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), asks, (limit, wishes) => {
        let taken = 0;
        for (const wish of wishes) {
          const { needed, ahead } = handOut({ limit, taken, ...wish });
          expect(needed).toBe(Math.min(wish.need, limit - taken));
          expect(ahead).toBeLessThanOrEqual(wish.ahead);
          taken += needed + ahead;
          expect(taken).toBeLessThanOrEqual(limit);
        }
        expect(handOut({ limit, taken, need: limit, ahead: 0 }).needed).toBe(limit - taken);
      }),
    );
  });
});

describe('wanting permits ahead', () => {
  it.each([
    ['nothing after a pause', { used: 50, elapsedMs: 500, holdMs: 500 }, 0],
    ['nothing when nothing was used', { used: 0, elapsedMs: 1, holdMs: 500 }, 0],
    ['twice what a burst used', { used: 7, elapsedMs: 2, holdMs: 500 }, 14],
    ['twice what was used in no time', { used: 7, elapsedMs: 0, holdMs: 500 }, 14],
    ['what its pace will use', { used: 5, elapsedMs: 400, holdMs: 500 }, 6],
  ])('wants %s', (_what, pace, wanted) => {
    expect(permitsAhead(pace)).toBe(wanted);
  });
});
