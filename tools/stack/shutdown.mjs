// @ts-check
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ENGINES, STOP_MS, engineProcess } from './engines.mjs';
import { isAlive, readPidFile, signalProcess, stopProcess } from './process.mjs';
import { stopLeftOvers, supervisorFile } from './stack-files.mjs';
import { APP_STOP_MS } from './supervisor.mjs';

/**
 * How long each part of a stop may take, milliseconds: the supervisor's own bounds and some room. It ends
 * applications first, then engines, then itself.
 */
const BOUNDS = {
  apps: APP_STOP_MS + 5000,
  engines: Math.max(...Object.values(STOP_MS)) + 5000,
  supervisor: 15_000,
};

/** How often it is said what is waited for, when nothing changes. */
const SAY_EVERY_MS = 5000;
const LOOK_EVERY_MS = 50;

/**
 * What of a var folder still runs, by name.
 * @param {import('./paths.mjs').Folders} places
 */
export function running(places) {
  const files = existsSync(places.run) ? readdirSync(places.run) : [];
  const names = files.filter((file) => file.endsWith('.pid')).map((file) => file.slice(0, -4));
  const isEngine = (/** @type {string} */ name) => ENGINES.some((engine) => engine === name);
  return {
    apps: names.filter(
      (name) =>
        !isEngine(name) &&
        join(places.run, `${name}.pid`) !== supervisorFile(places) &&
        isAlive(readPidFile(join(places.run, `${name}.pid`))),
    ),
    engines: ENGINES.filter((name) => engineProcess(name, places)),
  };
}

/**
 * End a stack through its supervisor, telling what is waited for. A supervisor that keeps to none of its own bounds
 * is killed, and what it has left is ended in its place.
 * @param {import('./process.mjs').ProcessId} supervisor
 * @param {import('./paths.mjs').Folders} places
 * @param {(line: string) => void} say
 * @param {{ bounds?: typeof BOUNDS, sayEveryMs?: number }} [options]
 * @returns {Promise<boolean>} whether it had to be killed
 */
export async function endSupervisor(
  supervisor,
  places,
  say,
  { bounds = BOUNDS, sayEveryMs = SAY_EVERY_MS } = {},
) {
  signalProcess(supervisor, 'SIGTERM');
  // It may have been paused.
  signalProcess(supervisor, 'SIGCONT');
  /** @type {keyof typeof BOUNDS | undefined} */
  let phase;
  let since = Date.now();
  let toldAt = Date.now();
  for (; isAlive(supervisor); await delay(LOOK_EVERY_MS)) {
    const { apps, engines } = running(places);
    const now = apps.length > 0 ? 'apps' : engines.length > 0 ? 'engines' : 'supervisor';
    if (now !== phase) {
      phase = now;
      since = Date.now();
    }
    const waited = Date.now() - since;
    const names = [...apps, ...engines].join(', ') || 'nothing else';
    if (waited > bounds[phase]) {
      say(`the supervisor (process ${supervisor.pid}) is stuck and is killed; still running: ${names}`);
      await stopProcess(supervisor, { signal: 'SIGKILL' });
      await stopLeftOvers(places, say);
      rmSync(supervisorFile(places), { force: true });
      return true;
    }
    if (Date.now() - toldAt < sayEveryMs) continue;
    toldAt = Date.now();
    const left = Math.ceil((bounds[phase] - waited) / 1000);
    say(
      `the supervisor (process ${supervisor.pid}) is stopping; still running: ${names} (${left} s at most)`,
    );
  }
  return false;
}
