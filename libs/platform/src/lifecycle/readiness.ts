import { reasonOf } from '../telemetry/reason.js';
import type { ReadinessCheck } from './component.js';

export interface ReadinessReport {
  status: 'ready' | 'not ready' | 'stopping';
  /** The first failing check, in the order of declaration. */
  failing?: string;
  /** `ok` or the reason, per check. */
  checks: Record<string, string>;
}

/* A probe that takes longer than its caller waits is no probe; and a caller that probes often must cost nothing. */
const CHECK_TIMEOUT_MS = 2_000;
const CACHE_MS = 1_000;

/** Answers whether the process can work: every check, each bounded, asked at most once a second. */
export class Readiness {
  #stage: 'starting' | 'started' | 'stopping' = 'starting';
  #cached: { at: number; report: Promise<ReadinessReport> } | undefined;

  constructor(private readonly checks: readonly ReadinessCheck[]) {}

  started(): void {
    if (this.#stage === 'starting') this.#stage = 'started';
  }

  stopping(): void {
    this.#stage = 'stopping';
  }

  async report(): Promise<ReadinessReport> {
    const now = performance.now();
    if (this.#cached === undefined || now - this.#cached.at >= CACHE_MS) {
      this.#cached = { at: now, report: this.#runChecks() };
    }
    const report = await this.#cached.report;
    if (this.#stage === 'stopping') return { ...report, status: 'stopping' };
    if (this.#stage === 'starting' && report.status === 'ready') {
      return { status: 'not ready', failing: 'start', checks: { ...report.checks, start: 'still starting' } };
    }
    return report;
  }

  async #runChecks(): Promise<ReadinessReport> {
    const outcomes = await Promise.all(
      this.checks.map(async (each) => [each.name, await outcomeOf(each)] as const),
    );
    const failing = outcomes.find(([, outcome]) => outcome !== 'ok')?.[0];
    const checks = Object.fromEntries(outcomes);
    return failing === undefined ? { status: 'ready', checks } : { status: 'not ready', failing, checks };
  }
}

async function outcomeOf(check: ReadinessCheck): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, CHECK_TIMEOUT_MS, `no answer within ${CHECK_TIMEOUT_MS} ms`);
  });
  const answer = Promise.resolve()
    .then(() => check.check())
    .then(() => 'ok', reasonOf);
  try {
    return await Promise.race([answer, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
