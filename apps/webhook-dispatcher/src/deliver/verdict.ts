import type { TargetReply } from '../targets/target-client.js';
import type { Delivery, Verdict } from './delivery.js';
import { nextDelayMs, retryAfterMs } from './schedule.js';

/** Reason for which a delivery must not be sent, or undefined when it may. */
export function dropReason(delivery: Delivery): string | undefined {
  if (delivery.url === null || delivery.webhookStatus === 'Deleted') return 'the webhook was deleted';
  if (delivery.webhookStatus !== 'Enabled') return 'the webhook is disabled';
  if (delivery.domainStatus === null || delivery.domainStatus === 'Deleted') return 'the domain was deleted';
  if (delivery.domainStatus === 'Disabled') return 'the domain is disabled';
  return undefined;
}

/**
 * What a reply means for its delivery: 2xx ends it, 410 ends the webhook, everything else (redirects, refused targets
 * and silence too) is tried again by the schedule. A `Retry-After` replaces the delay of the schedule, within its
 * bounds, and never adds attempts to it.
 *
 * @param attempts attempts made, this one included
 * @param random a number in [0, 1)
 */
export function judge(
  reply: TargetReply,
  attempts: number,
  schedule: { scheduleS: readonly number[]; nowMs: number; random: number },
): Verdict {
  const { status } = reply;
  if (status !== null && status >= 200 && status < 300) return { state: 'delivered' };
  if (status === 410) {
    return { state: 'dropped', reason: 'HTTP 410', disable: 'The endpoint answered 410 Gone.' };
  }
  const scheduled = nextDelayMs(schedule.scheduleS, attempts, schedule.random);
  if (scheduled === null) return { state: 'failed' };
  return { state: 'pending', delayMs: retryAfterMs(reply.retryAfter, schedule.nowMs) ?? scheduled };
}
