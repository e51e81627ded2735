import { setTimeout as delay } from 'node:timers/promises';
import { reasonOf } from '../telemetry/reason.js';

/**
 * Waits for a condition instead of sleeping: calls `condition` until it neither throws nor returns `false`, and
 * returns what it returned. Fails after `timeoutMs` with the last reason as the cause.
 */
export async function eventually<T>(
  condition: () => T | Promise<T>,
  { timeoutMs = 10_000, everyMs = 20 }: { timeoutMs?: number; everyMs?: number } = {},
): Promise<Exclude<T, false>> {
  const deadline = performance.now() + timeoutMs;
  let reason: unknown;
  for (;;) {
    try {
      const value = await condition();
      if (value !== false) return value as Exclude<T, false>;
      reason = new Error('the condition is still false');
    } catch (error) {
      reason = error;
    }
    if (performance.now() >= deadline) {
      throw new Error(`not met within ${timeoutMs} ms: ${reasonOf(reason)}`, { cause: reason });
    }
    await delay(everyMs);
  }
}
