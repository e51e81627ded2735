import { RATE_PERIODS, readRateLimits, type RatePeriod } from '../account/rate-limits.js';
import { WINDOWS, windowEnd, windowStart, type Window } from './windows.js';

/** Most recipients in a window; a window that is not named has no limit. */
type Limits<W extends Window> = { readonly [P in W]?: number };

/** What bounds the sending of one account. Each envelope recipient counts one. */
export interface SendingLimits {
  /** `LimitEmailSendPerDay`, `LimitEmailSendPerPeriod` (calendar month), `LimitEmailSendLifetime`. */
  readonly quota: Limits<'Day' | 'Month' | 'Lifetime'>;
  /** `RateLimits.EmailGateway`. */
  readonly rate: Limits<RatePeriod>;
  /** Whether each recipient costs one credit. */
  readonly usesCredits: boolean;
}

/** Limits of a user or a group as stored; `null` on a user: the group's. */
export interface StoredLimits {
  readonly perDay: number | null;
  readonly perMonth: number | null;
  readonly lifetime: number | null;
  readonly rates: unknown;
}

/**
 * The limits in force for a user: the user's own where there is one, else the group's. 0 = unlimited for the quotas, -1 (also
 * as text) and absence for the rates.
 *
 * @throws Error when stored rates cannot be read: they must not be lifted by that.
 */
export function limitsOf(user: StoredLimits, group: StoredLimits, usesCredits: boolean): SendingLimits {
  return {
    quota: {
      ...quota('Day', user.perDay ?? group.perDay),
      ...quota('Month', user.perMonth ?? group.perMonth),
      ...quota('Lifetime', user.lifetime ?? group.lifetime),
    },
    rate: rates(user.rates) ?? rates(group.rates) ?? {},
    usesCredits,
  };
}

function quota<W extends Window>(window: W, most: number | null): Limits<W> | undefined {
  const limits: { [P in Window]?: number } = { [window]: most ?? 0 };
  return most === null || most <= 0 ? undefined : limits;
}

function rates(stored: unknown): Limits<RatePeriod> | undefined {
  const read = readRateLimits(stored);
  if ('problem' in read) throw new Error(`stored rate limits cannot be read: ${read.problem}`);
  if (read.limits === undefined) return undefined;
  return Object.fromEntries(Object.entries(read.limits.EmailGateway).filter(([, most]) => most >= 0));
}

/** Whether anything bounds what an account sends. */
export function isLimited({ quota: quotas, rate, usesCredits }: SendingLimits): boolean {
  return usesCredits || Object.keys(quotas).length > 0 || Object.keys(rate).length > 0;
}

/** What an account has used: per window when it began (unix ms) and how many recipients since. */
export interface SendUsage {
  readonly credits: number;
  readonly windows: { readonly [W in Window]?: readonly [start: number, recipients: number] };
}

export type UsageDecision =
  | { readonly usage: SendUsage; readonly refused?: undefined }
  | {
      readonly refused: 'sending-limit-reached' | 'rate-limit-exceeded';
      /** Milliseconds until the same mail fits; absent when it never will. */
      readonly retryAfterMs?: number;
    };

/**
 * Counts a mail's recipients, all or none. Quotas and credits are looked at before rates: what waiting does not cure is said
 * first.
 *
 * @param now unix milliseconds. A clock behind the one that counted before cannot reopen a window.
 */
export function countRecipients(
  limits: SendingLimits,
  usage: SendUsage,
  { recipients, now }: { readonly recipients: number; readonly now: number },
): UsageDecision {
  const counted = new Map(WINDOWS.map((window) => [window, current(window, usage, now)] as const));
  const wouldExceed = (window: Window, most: number | undefined): most is number =>
    most !== undefined && (counted.get(window)?.recipients ?? 0) + recipients > most;

  if (limits.usesCredits && usage.credits < recipients) return { refused: 'sending-limit-reached' };
  const { quota: quotas, rate } = limits;
  if (
    wouldExceed('Day', quotas.Day) ||
    wouldExceed('Month', quotas.Month) ||
    wouldExceed('Lifetime', quotas.Lifetime)
  ) {
    return { refused: 'sending-limit-reached' };
  }
  const exceeded = RATE_PERIODS.filter((period) => wouldExceed(period, rate[period]));
  if (exceeded.length > 0) {
    const refused = 'rate-limit-exceeded';
    if (exceeded.some((period) => recipients > (rate[period] ?? 0))) return { refused };
    const ends = exceeded.map((period) => windowEnd(period, counted.get(period)?.start ?? now));
    return { refused, retryAfterMs: Math.max(...ends) - now };
  }
  return {
    usage: {
      credits: limits.usesCredits ? usage.credits - recipients : usage.credits,
      windows: Object.fromEntries(
        [...counted].map(([window, { start, recipients: before }]) => [window, [start, before + recipients]]),
      ),
    },
  };
}

/** What an account has used that sent to so many recipients at an instant (unix milliseconds), and never else. */
export function recipientsAt(now: number, recipients: number): SendUsage['windows'] {
  return Object.fromEntries(WINDOWS.map((window) => [window, [windowStart(window, now), recipients]]));
}

function current(
  window: Window,
  usage: SendUsage,
  now: number,
): { readonly start: number; readonly recipients: number } {
  const start = windowStart(window, now);
  const [since, recipients] = usage.windows[window] ?? [start, 0];
  return since >= start ? { start: since, recipients } : { start, recipients: 0 };
}
