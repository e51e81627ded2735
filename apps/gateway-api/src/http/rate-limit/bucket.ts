import { permitsAhead } from '#domain/request-rate/permits';
import { WINDOW_MS, type Answer, type Ask } from './windows-table.js';

/** How long permits got ahead are kept for requests to come. */
export const HOLD_MS = 500;
/** How long a request waits for permits that other processes hold, before it is refused. */
const PATIENCE_MS = 1_200;
/** How often it is looked whether they have come back. */
const LOOK_EVERY_MS = 150;
/** Requests of one bucket that may wait for them at the same time. */
const MOST_WAITING = 1_000;

/** Whether a request may go on, and what its headers say. Permits that other processes hold ahead count as taken. */
export interface Verdict {
  readonly allowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  /** Unix seconds. */
  readonly resetAt: number;
  /** Seconds until a request may be allowed again; when this one was not. */
  readonly retryAfterS?: number;
}

interface Waiter {
  readonly since: number;
  readonly resolve: (verdict: Verdict) => void;
}

/** What this process knows of the window of one bucket. Times are `performance.now()`, unless called otherwise. */
export class Bucket {
  private windowEnd = 0;
  /** The window's name in MySQL. */
  private window: Date | undefined;
  private taken = 0;
  /** Got ahead and not used yet; until `spareEnd`. */
  private spare = 0;
  private spareEnd = 0;
  /** Got ahead and not accounted for yet, used or not. */
  private lent = 0;
  /** Let through while MySQL was away, and not told it yet. */
  private owed = 0;
  private refusedUntil = 0;
  private used = 0;
  private askedAt = Number.NEGATIVE_INFINITY;
  private waiting: Waiter[] = [];
  /** Not to be asked about before: other processes hold the last permits. */
  quietUntil = 0;

  constructor(
    readonly name: string,
    private readonly limit: number,
  ) {}

  /** A verdict, when it needs no question. */
  decide(now: number): Verdict | undefined {
    if (now < this.refusedUntil) return this.refusal(now);
    if (now < this.quietUntil && this.waiting.length >= MOST_WAITING)
      return this.refusal(now, this.quietUntil);
    if (this.spare === 0 || now >= Math.min(this.spareEnd, this.windowEnd)) return undefined;
    this.spare -= 1;
    return this.permission(now);
  }

  wait(since: number): Promise<Verdict> {
    return new Promise((resolve) => this.waiting.push({ since, resolve }));
  }

  /** Whether nothing would be lost by forgetting the bucket. */
  isIdle(now: number): boolean {
    return this.waiting.length === 0 && now >= this.windowEnd;
  }

  /** Whether permits got ahead were kept long enough. */
  isOverdue(now: number): boolean {
    return this.spare > 0 && now >= this.spareEnd;
  }

  hasSpare(): boolean {
    return this.spare > 0;
  }

  /** The question to ask now. What is given back with it is not used any more. */
  ask(now: number): Ask {
    if (now >= this.windowEnd) this.owed = 0;
    const need = this.owed + this.waiting.length;
    const pace = { used: this.used + this.waiting.length, elapsedMs: now - this.askedAt, holdMs: HOLD_MS };
    const ask: Ask = {
      bucket: this.name,
      window: this.window,
      lent: this.lent,
      unused: this.spare,
      need,
      ahead: need === 0 ? 0 : permitsAhead(pace),
    };
    this.spare = 0;
    this.lent = 0;
    this.used = 0;
    this.askedAt = now;
    return ask;
  }

  /** Takes the answer to `ask`. Returns when to ask again, if requests still wait for permits of other processes. */
  answered(ask: Ask, answer: Answer, now: number): number | undefined {
    // From the time of the question on: MySQL's clock was read later, so that the window ends here no later than there.
    this.windowEnd = this.askedAt + answer.windowMs;
    this.window = answer.window;
    this.taken = answer.taken;
    this.spare = this.lent = answer.ahead;
    this.spareEnd = this.askedAt + HOLD_MS;
    const paid = Math.min(this.owed, answer.needed);
    this.owed -= paid;
    this.release(answer.needed - paid, now);
    const usedUp = answer.needed < ask.need;
    if (!usedUp) return undefined;
    if (answer.othersMs === 0) {
      this.refuseAll(now, this.windowEnd);
      return undefined;
    }
    const again = now + Math.min(answer.othersMs, LOOK_EVERY_MS);
    this.refuseThose(({ since }) => since + PATIENCE_MS <= again, now, again);
    return this.waiting.length === 0 ? undefined : again;
  }

  /** Spends what was got ahead on requests that came during the question. */
  serveWaiting(now: number): void {
    const served = Math.min(this.spare, this.waiting.length);
    this.spare -= served;
    this.release(served, now);
  }

  needsAnswer(): boolean {
    return this.waiting.length > 0;
  }

  /** MySQL is away: this process counts by itself, from what it knew. */
  countAlone(now: number): Verdict {
    if (now >= this.windowEnd) {
      this.windowEnd = now + WINDOW_MS;
      this.window = undefined;
      this.taken = this.owed = this.spare = this.lent = 0;
    }
    if (this.taken >= this.limit) return this.refuseUntil(now, this.windowEnd);
    this.taken += 1;
    this.owed += 1;
    return this.permission(now);
  }

  /** The question was not answered. */
  unanswered(now: number): void {
    for (const { resolve } of this.waiting.splice(0)) resolve(this.countAlone(now));
  }

  private release(count: number, now: number): void {
    for (const { resolve } of this.waiting.splice(0, count)) resolve(this.permission(now));
  }

  private refuseAll(now: number, until: number): void {
    this.refusedUntil = until;
    this.refuseThose(() => true, now, until);
  }

  private refuseThose(isRefused: (waiter: Waiter) => boolean, now: number, until: number): void {
    const refused = this.waiting.filter(isRefused);
    this.waiting = this.waiting.filter((waiter) => !isRefused(waiter));
    for (const { resolve } of refused) resolve(this.refusal(now, until));
  }

  private refuseUntil(now: number, until: number): Verdict {
    this.refusedUntil = until;
    return this.refusal(now, until);
  }

  private permission(now: number): Verdict {
    this.used += 1;
    const remaining = Math.max(0, this.limit - this.taken + this.spare);
    return { allowed: true, limit: this.limit, remaining, resetAt: this.resetAt(now) };
  }

  private refusal(now: number, until = this.refusedUntil): Verdict {
    const retryAfterS = Math.max(1, Math.ceil((until - now) / 1000));
    return { allowed: false, limit: this.limit, remaining: 0, resetAt: this.resetAt(now), retryAfterS };
  }

  private resetAt(now: number): number {
    return Math.ceil((Date.now() + Math.max(0, this.windowEnd - now)) / 1000);
  }
}
