import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../telemetry/logger.js';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

/**
 * Repeats `attempt` until it succeeds; for a component's start while an engine is away. Resolves to `undefined` when
 * the signal aborts first. Each failure is logged as `event`.
 */
export async function untilItWorks<T>(
  what: string,
  attempt: () => Promise<T>,
  { log, signal, event = 'start.waiting' }: { log: Logger; signal: AbortSignal; event?: string },
): Promise<T | undefined> {
  for (let tries = 1; !signal.aborted; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (signal.aborted) break;
      log.warn({ what, tries, err: error }, event);
    }
    try {
      await delay(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(tries - 1, 10)), undefined, {
        signal,
      });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
  return undefined;
}
