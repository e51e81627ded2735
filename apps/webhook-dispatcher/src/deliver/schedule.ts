/** A `Retry-After` beyond this is taken as this: a receiver may slow us down, not park its events for days. */
export const RETRY_AFTER_MAX_MS = 3_600_000;

/** Share of a delay that chance adds or takes, so that a receiver that returns isn't met by all its retries at once. */
const JITTER = 0.1;

/**
 * Milliseconds until the next attempt, or null when the schedule is used up.
 *
 * The schedule counts each attempt's delay from the one before, so its first entry is the delay of the first attempt
 * after planning and entry n that of the retry after n failures. Jitter is ±10 %; a delay of 0 stays 0.
 *
 * @param scheduleS seconds per attempt, as in EG_WEBHOOK_SCHEDULE
 * @param failures attempts that failed so far (0 = not tried yet)
 * @param random a number in [0, 1)
 */
export function nextDelayMs(scheduleS: readonly number[], failures: number, random: number): number | null {
  const seconds = scheduleS[failures];
  if (seconds === undefined) return null;
  return Math.round(seconds * 1000 * (1 + (random * 2 - 1) * JITTER));
}

/**
 * Milliseconds that a `Retry-After` header asks for (RFC 9110, 10.2.3: seconds or an HTTP date), bounded to
 * 0…{@link RETRY_AFTER_MAX_MS}; null when there is none or it can't be read.
 */
export function retryAfterMs(header: string | undefined, nowMs: number): number | null {
  if (header === undefined) return null;
  const text = header.trim();
  if (/^\d+$/.test(text)) return bounded(Number(text) * 1000);
  // Date.parse takes much that isn't an HTTP date ("-5", "1.5"); all forms of the standard begin with a day's name.
  if (!/^[A-Z][a-z]{2,8},? /.test(text)) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : bounded(at - nowMs);
}

function bounded(ms: number): number {
  return Math.min(Math.max(ms, 0), RETRY_AFTER_MAX_MS);
}
