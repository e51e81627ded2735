import type { OnModuleDestroy } from '@nestjs/common';
import type { Logger } from '#platform/telemetry/logger';
import { Bucket, type Verdict } from './bucket.js';
import { WindowsTable } from './windows-table.js';

/** Buckets that one question asks about. */
const MOST_ASKED = 200;
/** A question that takes longer counts as not answered; requests wait for it. */
const ANSWER_TIMEOUT_MS = 1_000;
/** After a question without an answer this process counts by itself for so long. */
const ALONE_MS = 1_000;
/** How often permits that nobody used are looked for; well below the time they are kept. */
const GIVE_BACK_EVERY_MS = 100;
const FORGET_EVERY_MS = 10_000;
const PURGE_EVERY_MS = 30_000;
/** Beyond this the oldest are forgotten, which costs a question each when they are needed again. */
const MOST_BUCKETS = 200_000;

/**
 * Limits requests per bucket and minute over all gateways of an installation. MySQL holds one row per bucket; a process asks
 * it for permits, a few ahead while the limit is far, and gives back what it did not use. One question is under way at a
 * time and covers all buckets that need one. Without MySQL each process counts by itself. See ADR 7.
 */
export class RequestLimiter implements OnModuleDestroy {
  private readonly buckets = new Map<string, Bucket>();
  /** To ask about with the next question. */
  private readonly wanting = new Set<Bucket>();
  /** With permits that may have to go back. */
  private readonly lenders = new Set<Bucket>();
  private readonly timers: readonly NodeJS.Timeout[];
  private asking: Promise<void> | undefined;
  private aloneUntil = 0;
  private wasAlone = false;

  constructor(
    private readonly table: WindowsTable,
    private readonly limit: number,
    private readonly log: Logger,
  ) {
    this.timers = [
      setInterval(() => this.giveBack(), GIVE_BACK_EVERY_MS),
      setInterval(() => this.forget(), FORGET_EVERY_MS),
      setInterval(() => void this.purge(), PURGE_EVERY_MS),
    ];
    for (const timer of this.timers) timer.unref();
  }

  /** Counts one request. A request is only held up by a question to MySQL, or to learn whether another process gives back. */
  take(name: string): Promise<Verdict> | Verdict {
    const now = performance.now();
    const bucket = this.bucketOf(name);
    const decided = bucket.decide(now);
    if (decided !== undefined) return decided;
    if (now < this.aloneUntil) return bucket.countAlone(now);
    const verdict = bucket.wait(now);
    if (now >= bucket.quietUntil) this.want(bucket);
    return verdict;
  }

  /** Gives back what is held. */
  async onModuleDestroy(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    for (const bucket of this.lenders) this.want(bucket);
    await this.asking;
  }

  private bucketOf(name: string): Bucket {
    const known = this.buckets.get(name);
    if (known !== undefined) return known;
    const bucket = new Bucket(name, this.limit);
    this.buckets.set(name, bucket);
    if (this.buckets.size > MOST_BUCKETS) this.forgetOldest();
    return bucket;
  }

  private want(bucket: Bucket): void {
    this.wanting.add(bucket);
    this.asking ??= this.askAll();
  }

  private async askAll(): Promise<void> {
    while (this.wanting.size > 0) {
      const buckets = [...this.wanting].slice(0, MOST_ASKED);
      for (const bucket of buckets) this.wanting.delete(bucket);
      await this.askAbout(buckets);
    }
    // In the same turn as the last look: a bucket that comes later starts anew.
    this.asking = undefined;
  }

  private async askAbout(buckets: readonly Bucket[]): Promise<void> {
    const asks = buckets.map((bucket) => bucket.ask(performance.now()));
    try {
      const answers = await inTime(this.table.settle(asks));
      const now = performance.now();
      buckets.forEach((bucket, at) => {
        const [ask, answer] = [asks[at], answers[at]];
        if (ask !== undefined && answer !== undefined)
          this.answered(bucket, bucket.answered(ask, answer, now), now);
      });
      if (this.wasAlone) this.log.info({}, 'rate-limit.shared-again');
      this.wasAlone = false;
    } catch (error) {
      if (!this.wasAlone) this.log.warn({ err: error }, 'rate-limit.counted-alone');
      this.wasAlone = true;
      const now = performance.now();
      this.aloneUntil = now + ALONE_MS;
      for (const bucket of buckets) bucket.unanswered(now);
    }
  }

  private answered(bucket: Bucket, again: number | undefined, now: number): void {
    bucket.serveWaiting(now);
    if (bucket.hasSpare()) this.lenders.add(bucket);
    else this.lenders.delete(bucket);
    if (again !== undefined) {
      bucket.quietUntil = again;
      setTimeout(() => this.want(bucket), again - now);
    } else if (bucket.needsAnswer()) {
      this.wanting.add(bucket);
    }
  }

  private giveBack(): void {
    const now = performance.now();
    for (const bucket of this.lenders) {
      if (!bucket.hasSpare()) this.lenders.delete(bucket);
      else if (bucket.isOverdue(now)) this.want(bucket);
    }
  }

  private forget(): void {
    const now = performance.now();
    for (const [name, bucket] of this.buckets) if (bucket.isIdle(now)) this.buckets.delete(name);
  }

  private forgetOldest(): void {
    for (const [name, bucket] of this.buckets) {
      if (bucket.needsAnswer() || bucket.hasSpare()) continue;
      this.buckets.delete(name);
      return;
    }
  }

  private async purge(): Promise<void> {
    try {
      const deleted = await this.table.purge();
      if (deleted > 0) this.log.debug({ deleted }, 'rate-limit.windows-purged');
    } catch (error) {
      // The next turn deletes what this one could not.
      this.log.warn({ err: error }, 'rate-limit.purge-failed');
    }
  }
}

/** Waits a bounded time for an answer; what comes later is nobody's concern. */
async function inTime<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error(`no answer within ${ANSWER_TIMEOUT_MS} ms`)),
      ANSWER_TIMEOUT_MS,
    );
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
