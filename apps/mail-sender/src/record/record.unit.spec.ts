import { describe, expect, it } from '@jest/globals';
import { mailEventId } from '#contracts/mail-events/event-id';
import type { QueueRow } from '../claim/send-queue.js';
import { secondsUntilNext } from './back-off.js';
import { rejectedByMta } from './rejection.js';

describe('back-off', () => {
  it('begins with 5 s, 30 s, 2 min, 10 min, only grows, and ends after 24 hours', () => {
    const waits: number[] = [];
    for (let wait = secondsUntilNext(0); wait !== undefined; wait = secondsUntilNext(waits.length))
      waits.push(wait);
    expect(waits.slice(0, 4)).toEqual([5, 30, 120, 600]);
    expect(waits.toSorted((a, b) => a - b)).toEqual(waits);
    expect(waits.reduce((sum, wait) => sum + wait, 0)).toBe(24 * 60 * 60);
  });
});

describe('the event of a refusal', () => {
  const row: QueueRow = {
    id: 9,
    messageId: '0f0e0d0c-0b0a-4908-8706-050403020100',
    recipientNo: 2,
    recipient: 'reject@inbox.example',
    recipientType: 'bcc',
    userId: 1,
    domainId: 4,
    attempts: 0,
    fate: { do: 'send' },
    claim: { owner: 'mail-sender/x', token: 1 },
  };

  it('says what the MTA answered, also without the stored message', () => {
    const refusal = { code: 550, response: '550 5.7.1 not here', reason: 'refused by the MTA' };
    expect(rejectedByMta(row, undefined, refusal, 1_709_630_102_000)).toMatchObject({
      id: mailEventId({ messageId: row.messageId, recipient: row.recipient, event: 'rejected-by-mta' }),
      event: 'rejected-by-mta',
      loggedAt: 1_709_630_102_000,
      userId: 1,
      domainId: 4,
      recipientType: 'bcc',
      delivery: { code: 550, enhancedCode: '5.7.1', message: '550 5.7.1 not here' },
      reason: 'refused by the MTA',
    });
  });
});
