import { describe, expect, it } from '@jest/globals';
import { readRateLimits } from './rate-limits.js';

describe('rate limits', () => {
  it.each([[null], [undefined], [''], [{}], [{ EmailGateway: {} }], [{ EmailGateway: null }]])(
    'are not set by %j',
    (value) => {
      expect(readRateLimits(value)).toEqual({ limits: undefined });
    },
  );

  it('keep the named periods as integers, whatever wrote them', () => {
    const written = { EmailGateway: { Minute: '60', Hour: 0, Day: -1, Week: '-1', Year: 4_294_967_295 } };
    expect(readRateLimits(written)).toEqual({
      limits: { EmailGateway: { Minute: 60, Hour: 0, Day: -1, Week: -1, Year: 4_294_967_295 } },
    });
  });

  it.each<[unknown, string]>([
    ['60', 'object'],
    [60, 'object'],
    [[60], 'object'],
    [{ Minute: 60 }, 'Minute'],
    [{ EmailGateway: { Minute: 1 }, Campaign: {} }, 'Campaign'],
    [{ EmailGateway: [1] }, 'EmailGateway'],
    [{ EmailGateway: 'Minute' }, 'EmailGateway'],
    [{ EmailGateway: { minute: 1 } }, 'minute'],
    [{ EmailGateway: { Second: 1 } }, 'Second'],
    [{ EmailGateway: { Minute: -2 } }, 'Minute'],
    [{ EmailGateway: { Minute: 1.5 } }, 'Minute'],
    [{ EmailGateway: { Hour: 4_294_967_296 } }, 'Hour'],
    [{ EmailGateway: { Hour: 1e21 } }, 'Hour'],
    [{ EmailGateway: { Hour: '1e3' } }, 'Hour'],
    [{ EmailGateway: { Hour: '' } }, 'Hour'],
    [{ EmailGateway: { Hour: true } }, 'Hour'],
    [{ EmailGateway: { Hour: null } }, 'Hour'],
  ])('refuse %j and say why', (value, named) => {
    expect(readRateLimits(value)).toEqual({ problem: expect.stringContaining(named) });
  });
});
