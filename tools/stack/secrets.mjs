// @ts-check
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StackError, writeAtomically } from './process.mjs';

/**
 * Secrets of a local stack: made once, kept in `var/secrets.json` (mode 0600). Setting name to value.
 * @typedef {Record<keyof typeof MAKERS, string>} Secrets
 */

const hex = (/** @type {number} */ bytes) => randomBytes(bytes).toString('hex');
const MAKERS = {
  EG_MYSQL_PASSWORD: () => hex(16),
  EG_MASTER_KEY: () => hex(32),
  EG_REFERENCE_KEY: () => hex(32),
  EG_ADMIN_API_KEY: () => hex(24),
  EG_LEGACY_KEY_SALT: () => hex(16),
  EG_LEGACY_KEY_LICENSE: () => hex(16),
};

/**
 * The secrets of a var folder, with what is missing made and stored. Ones set in the environment win and are
 * not stored.
 * @param {string} varFolder
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Secrets}
 */
export function loadSecrets(varFolder, env = process.env) {
  const path = join(varFolder, 'secrets.json');
  /** @type {Record<string, unknown>} */
  let stored = {};
  try {
    stored = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ENOENT') {
      throw new StackError(
        `${path} can't be read (${/** @type {Error} */ (error).message}): restore it, or npm run reset`,
      );
    }
  }
  const names = /** @type {(keyof typeof MAKERS)[]} */ (Object.keys(MAKERS));
  const missing = names.filter((name) => typeof stored[name] !== 'string');
  for (const name of missing) stored[name] = MAKERS[name]();
  if (missing.length > 0) writeAtomically(path, JSON.stringify(stored, null, 2) + '\n', 0o600);
  const chosen = names.map((name) => [name, env[name] || String(stored[name])]);
  return /** @type {Secrets} */ (Object.fromEntries(chosen));
}
