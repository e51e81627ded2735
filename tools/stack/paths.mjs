// @ts-check
import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** Root folder of the checkout. */
export const ROOT = resolve(import.meta.dirname ?? dirname(new URL(import.meta.url).pathname), '../..');

/** The uid that engines run as when the stack is started by root: Elasticsearch refuses to be root. */
const NOBODY = 65534;

/**
 * Who the engines run as: `undefined` for "as ourselves", a uid/gid pair when we are root.
 * @returns {{ uid: number, gid: number } | undefined}
 */
export function engineUser() {
  return process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : undefined;
}

/**
 * Whether a user who is nobody in particular may walk to `path` (its existing part).
 * @param {string} path absolute
 */
export function reachableByOthers(path) {
  for (let at = path; ; at = dirname(at)) {
    try {
      if ((statSync(at).mode & 0o001) === 0) return false;
    } catch {
      // Not made yet: it will be made with o+x, so only its parents decide.
    }
    if (at === dirname(at)) return true;
  }
}

/**
 * The folder itself, or, when the engines' user could not get there (a checkout below root's home), a
 * private folder in /var/tmp that stands for it.
 * @param {string} path absolute
 */
export function forEngines(path) {
  if (!engineUser() || reachableByOthers(path)) return path;
  const name = `/var/tmp/email-gateway-${createHash('sha256').update(path).digest('hex').slice(0, 12)}`;
  mkdirSync(name, { recursive: true, mode: 0o755 });
  const found = lstatSync(name);
  if (!found.isDirectory() || found.uid !== process.getuid?.()) {
    throw new Error(`${name} belongs to somebody else: remove it, or put the checkout where others may read`);
  }
  chmodSync(name, 0o755);
  return name;
}

/**
 * @typedef {object} Folders
 * @property {string} var everything that a run writes
 * @property {string} run pid files, stack.json, hold markers
 * @property {string} log one log file per process
 * @property {string} data what the engines store
 * @property {string} archives fetched engines, shared by every var folder of the checkout
 */

/**
 * The folders of one stack.
 * @param {NodeJS.ProcessEnv} env `EG_VAR` moves `var`, `EG_ENGINES_DIR` the fetched engines
 * @returns {Folders}
 */
export function folders(env = process.env) {
  const base = resolve(ROOT, env['EG_VAR'] || 'var');
  return {
    var: base,
    run: join(base, 'run'),
    log: join(base, 'log'),
    data: forEngines(join(base, 'data')),
    archives: forEngines(resolve(ROOT, env['EG_ENGINES_DIR'] || 'var/engines')),
  };
}
