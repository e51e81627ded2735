// @ts-check
import { mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ENGINES, engineProcess, stopEngine } from './engines.mjs';
import { isAlive, readPidFile, stopProcess } from './process.mjs';

/** Nobody waits for an application without a supervisor; a crash may cut it off just as well. */
const LEFT_OVER_STOP_MS = 5000;

/** @param {import('./paths.mjs').Folders} places */
export const stackFile = (places) => join(places.run, 'stack.json');
/** @param {import('./paths.mjs').Folders} places */
export const supervisorFile = (places) => join(places.run, 'supervisor.pid');

/**
 * End the processes that a stack which did not stop in order has left behind: applications first, then engines; who
 * does not end when asked is killed.
 * @param {import('./paths.mjs').Folders} places
 * @param {(line: string) => void} say
 */
export async function stopLeftOvers(places, say) {
  mkdirSync(places.run, { recursive: true });
  const names = readdirSync(places.run).filter(
    (name) => name.endsWith('.pid') && name !== basename(supervisorFile(places)),
  );
  const apps = names
    .map((name) => name.slice(0, -4))
    .filter((name) => !ENGINES.some((engine) => engine === name));
  const ids = apps.map((name) => readPidFile(join(places.run, `${name}.pid`)));
  const left = apps.filter((_, index) => isAlive(ids[index]));
  const engines = ENGINES.filter((name) => engineProcess(name, places));
  if (left.length + engines.length > 0)
    say(`stopping what an earlier run has left: ${[...left, ...engines].join(', ')}`);
  const tell = (/** @type {string} */ name, /** @type {boolean} */ killed) =>
    killed && say(`${name} did not end by itself and was killed`);
  await Promise.all(
    apps.map(async (name, index) =>
      tell(name, await stopProcess(ids[index], { graceMs: LEFT_OVER_STOP_MS })),
    ),
  );
  for (const name of apps) rmSync(join(places.run, `${name}.pid`), { force: true });
  await Promise.all(ENGINES.map(async (name) => tell(name, (await stopEngine(name, places)) === 'killed')));
  rmSync(stackFile(places), { force: true });
}

/**
 * @param {import('./paths.mjs').Folders} places
 * @returns {ReturnType<typeof import('./apps.mjs').describeStack> | undefined} what stack.json says, when there is one
 */
export function readStack(places) {
  try {
    return JSON.parse(readFileSync(stackFile(places), 'utf8'));
  } catch {
    return undefined;
  }
}
