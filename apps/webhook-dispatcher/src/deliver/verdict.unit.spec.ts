import { describe, expect, it } from '@jest/globals';
import type { TargetReply } from '../targets/target-client.js';
import type { Delivery } from './delivery.js';
import { dropReason, judge } from './verdict.js';

const schedule = { scheduleS: [0, 5, 60], nowMs: 0, random: 0.5 };
const reply = (status: number | null, retryAfter?: string): TargetReply => ({
  status,
  retryAfter,
  error: '',
  durationMs: 1,
});

describe('a reply', () => {
  it.each([200, 201, 202, 204, 299])('of %i delivers', (status) => {
    expect(judge(reply(status), 1, schedule)).toEqual({ state: 'delivered' });
  });

  it.each([100, 199, 300, 301, 302, 307, 308, 400, 401, 404, 406, 429, 500, 503, null])(
    'of %p is tried again by the schedule',
    (status) => {
      expect(judge(reply(status), 1, schedule)).toEqual({ state: 'pending', delayMs: 5_000 });
      expect(judge(reply(status), 2, schedule)).toEqual({ state: 'pending', delayMs: 60_000 });
    },
  );

  it('of 410 drops the delivery and switches the webhook off', () => {
    expect(judge(reply(410), 1, schedule)).toEqual({
      state: 'dropped',
      reason: 'HTTP 410',
      disable: 'The endpoint answered 410 Gone.',
    });
  });

  it('fails the delivery when the schedule is used up, also with Retry-After', () => {
    expect(judge(reply(500), 3, schedule)).toEqual({ state: 'failed' });
    expect(judge(reply(503, '5'), 3, schedule)).toEqual({ state: 'failed' });
  });

  it('with Retry-After is tried again then, within an hour', () => {
    expect(judge(reply(429, '30'), 1, schedule)).toEqual({ state: 'pending', delayMs: 30_000 });
    expect(judge(reply(503, '99999'), 1, schedule)).toEqual({ state: 'pending', delayMs: 3_600_000 });
    expect(judge(reply(503, 'later'), 1, schedule)).toEqual({ state: 'pending', delayMs: 5_000 });
  });
});

describe('a delivery', () => {
  const wanted: Delivery = {
    id: 1,
    webhookId: 2,
    eventId: 'e',
    event: 'delivered',
    userId: 3,
    domainId: 4,
    shard: 2,
    attempts: 0,
    payload: '{}',
    ageMs: 0,
    url: 'https://example.com/',
    webhookStatus: 'Enabled',
    failing: false,
    domainStatus: 'Enabled',
    signingKeyCipher: null,
  };

  it.each<[string | undefined, Partial<Delivery>]>([
    [undefined, {}],
    [undefined, { domainStatus: 'Suspended' }],
    ['the webhook was deleted', { webhookStatus: 'Deleted' }],
    ['the webhook was deleted', { webhookStatus: null, url: null }],
    ['the webhook is disabled', { webhookStatus: 'Disabled' }],
    ['the domain was deleted', { domainStatus: 'Deleted' }],
    ['the domain was deleted', { domainStatus: null }],
    ['the domain is disabled', { domainStatus: 'Disabled' }],
  ])('is dropped because %p', (reason, change) => {
    expect(dropReason({ ...wanted, ...change })).toBe(reason);
  });
});
