import type { Logger } from '../telemetry/logger.js';
import { collectProcessMetrics } from '../telemetry/metrics.js';
import type { Component, ReadinessCheck } from './component.js';
import { HealthServer } from './health-server.js';
import { Readiness } from './readiness.js';

export type { Component, ReadinessCheck } from './component.js';

/*
 * Draining is bounded: a supervisor waits somewhat longer (Kubernetes: 30 s) before it kills. What is cut off here is
 * work that a crash may cut off as well, so nothing is lost by it.
 */
const DRAIN_TIMEOUT_MS = 20_000;

export interface ProcessOptions {
  log: Logger;
  /** Where /health/live, /health/ready and /metrics are served. */
  health: { host: string; port: number };
  checks: readonly ReadinessCheck[];
  /** Started in this order, stopped in reverse. */
  components: readonly Component[];
  drainTimeoutMs?: number;
  /** The operating system's process; a double in tests. */
  host?: ProcessHost;
}

/** What of `process` a run needs. */
export interface ProcessHost {
  on(event: 'SIGTERM' | 'SIGINT', listener: () => void): unknown;
  on(event: 'uncaughtException' | 'unhandledRejection', listener: (reason: unknown) => void): unknown;
  exit(code: number): void;
}

/**
 * Runs one process from start to end: serves its health, starts its components, and on SIGTERM or SIGINT stops them in
 * reverse and exits 0. Exits 1 when draining takes too long, on an error that nobody handled, and when a component
 * cannot start at all; an engine that is away is no such case, components wait for it.
 * Resolves when everything has started, or when the process was told to stop before that.
 */
export async function runProcess(options: ProcessOptions): Promise<void> {
  const { log, health, checks, components, drainTimeoutMs = DRAIN_TIMEOUT_MS, host = process } = options;
  const startedAt = performance.now();
  const readiness = new Readiness(checks);
  const healthServer = new HealthServer(health, readiness);
  const begun: Component[] = [];
  const stopRequested = Promise.withResolvers<'stop'>();
  let stopping = false;

  function die(reason: unknown, event: string): void {
    log.fatal({ err: reason }, event);
    host.exit(1);
  }

  async function stop(signal: string): Promise<void> {
    // A terminal and a supervisor may both signal; one drain is enough.
    if (stopping) return;
    stopping = true;
    const since = performance.now();
    readiness.stopping();
    stopRequested.resolve('stop');
    log.info({ signal }, 'process.stopping');
    const timer = setTimeout(() => {
      die(new Error(`components did not stop within ${drainTimeoutMs} ms`), 'process.drain-timed-out');
    }, drainTimeoutMs);
    const clean = await stopInReverse(begun, log);
    await healthServer.stop();
    clearTimeout(timer);
    log.info({ signal, clean, durationMs: Math.round(performance.now() - since) }, 'process.stopped');
    host.exit(clean ? 0 : 1);
  }

  host.on('SIGTERM', () => void stop('SIGTERM'));
  host.on('SIGINT', () => void stop('SIGINT'));
  host.on('uncaughtException', (error) => die(error, 'process.uncaught-exception'));
  host.on('unhandledRejection', (reason) => die(reason, 'process.unhandled-rejection'));

  collectProcessMetrics();
  try {
    const port = await healthServer.start();
    log.info({ healthPort: port }, 'process.starting');
    for (const component of components) {
      begun.push(component);
      // A component may wait for an absent engine for hours; SIGTERM must still be obeyed.
      const starting = component.start();
      if ((await Promise.race([starting, stopRequested.promise])) === 'stop') {
        starting.catch((error: unknown) =>
          log.warn({ component: component.name, err: error }, 'start.abandoned'),
        );
        return;
      }
      if (stopping) return;
    }
    readiness.started();
    log.info({ durationMs: Math.round(performance.now() - startedAt) }, 'process.started');
  } catch (error) {
    die(error, 'process.start-failed');
  }
}

/** Stops every component, the last begun first. One that fails does not keep the others from stopping. */
async function stopInReverse(begun: readonly Component[], log: Logger): Promise<boolean> {
  let clean = true;
  for (const component of begun.toReversed()) {
    try {
      await component.stop();
    } catch (error) {
      clean = false;
      log.error({ component: component.name, err: error }, 'component.stop-failed');
    }
  }
  return clean;
}
