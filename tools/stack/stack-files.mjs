// @ts-check
import { mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ENGINES, stopEngines } from './engines.mjs';
import { readPidFile, stopProcess } from './process.mjs';

/** @param {import('./paths.mjs').Folders} places */
export const stackFile = (places) => join(places.run, 'stack.json');
/** @param {import('./paths.mjs').Folders} places */
export const supervisorFile = (places) => join(places.run, 'supervisor.pid');

/**
 * Processes that a stack which did not stop in order has left behind: applications first, then engines.
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
  await Promise.all(ids.map((id) => stopProcess(id, { graceMs: 5000 })));
  for (const name of apps) rmSync(join(places.run, `${name}.pid`), { force: true });
  const engines = await stopEngines(places);
  if (engines.length > 0) say(`stopped what an earlier run had left: ${engines.join(', ')}`);
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
