import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../telemetry/logger.js';
import { reasonOf } from '../telemetry/reason.js';
import type { Component, ReadinessCheck } from './component.js';

export interface LoopOptions {
  name: string;
  /** One turn. `worked` asks for the next turn at once, `idle` for a pause; the signal aborts when the loop stops. */
  run: (signal: AbortSignal) => Promise<'worked' | 'idle'>;
  /** The pause after an idle turn. */
  idleMs: number;
  /** When given, pauses grow to this while nothing happens, and fall back to `idleMs` with the first work. */
  maxIdleMs?: number;
  log: Logger;
}

export interface PollingLoop extends Component {
  /** Red while turns fail: names the error of the last turn. */
  readonly readiness: ReadinessCheck;
}

/* A failing turn usually means an absent engine: be back within 2 s of its return, but do not hammer it. */
const FIRST_BACK_OFF_MS = 100;
const MOST_BACK_OFF_MS = 2_000;
/** Growth of the idle pause per idle turn: from 25 to 250 ms in about a second. */
const IDLE_GROWTH = 1.25;
/** Failures in a row after which readiness turns red; one may be a deadlock or a passing connection. */
const FAILURES_UNTIL_RED = 3;

/** Runs turns one after another until stopped. A turn that throws is logged and tried again; the loop never dies. */
export function pollingLoop({ name, run, idleMs, maxIdleMs = idleMs, log }: LoopOptions): PollingLoop {
  const stopping = new AbortController();
  let running: Promise<void> | undefined;
  let failures = 0;
  let lastFailure = '';

  async function turn(): Promise<'worked' | 'idle' | 'failed'> {
    try {
      const outcome = await run(stopping.signal);
      if (failures > 0) log.info({ loop: name, failures }, 'loop.recovered');
      failures = 0;
      return outcome;
    } catch (error) {
      if (stopping.signal.aborted) return 'failed';
      failures += 1;
      lastFailure = reasonOf(error);
      log.error({ loop: name, failures, err: error }, 'loop.turn-failed');
      return 'failed';
    }
  }

  async function loop(): Promise<void> {
    let idle = idleMs;
    while (!stopping.signal.aborted) {
      const outcome = await turn();
      if (outcome === 'worked') {
        idle = idleMs;
        // Lets timers and sockets run even when every turn finds work at once.
        await pause(0);
      } else if (outcome === 'idle') {
        await pause(idle);
        idle = Math.min(maxIdleMs, idle * IDLE_GROWTH);
      } else {
        idle = idleMs;
        await pause(Math.min(MOST_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** (failures - 1)));
      }
    }
  }

  async function pause(ms: number): Promise<void> {
    try {
      await delay(ms, undefined, { signal: stopping.signal });
    } catch (error) {
      if (!stopping.signal.aborted) throw error;
    }
  }

  return {
    name,
    readiness: {
      name,
      check: async () => {
        if (failures >= FAILURES_UNTIL_RED)
          throw new Error(`${failures} turns failed in a row: ${lastFailure}`);
      },
    },
    start: async () => {
      running ??= loop();
    },
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}
