// @ts-check
// Run by the project's Node: reads `[{ name, env }]` from standard input, reads each process's settings with the code
// the process itself uses, and prints one line per wrong variable.
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { ROOT } from './paths.mjs';

/** Built module that declares the settings of a process. */
const MODULES = /** @type {Record<string, string>} */ ({
  'gateway-api': 'apps/gateway-api/src/config.js',
  'outbox-relay': 'apps/gateway-api/src/config.js',
  prepare: 'apps/gateway-api/src/config.js',
  sandbox: 'tools/sandbox/src/config.js',
});

/** @param {string} path below dist */
const load = (path) => import(pathToFileURL(join(ROOT, 'dist', path)).href);

const { readConfig } = await load('libs/platform/src/config/settings.js');
/** @type {Map<string, string[]>} problem to the processes that have it */
const problems = new Map();
for (const { name, env } of JSON.parse(await text(process.stdin))) {
  const module = await load(MODULES[name] ?? `apps/${name}/src/config.js`);
  const definition = Object.values(module).find((value) => value?.app === name && value.settings);
  try {
    if (definition) readConfig(definition, env);
    else module.readConfig(env);
  } catch (error) {
    const wrong = /** @type {Error & { problems: { env: string, reason: string }[] }} */ (error);
    if (wrong.name !== 'ConfigError') throw error;
    for (const { env: variable, reason } of wrong.problems) {
      const line = `${variable} ${reason}`;
      problems.set(line, [...(problems.get(line) ?? []), name]);
    }
  }
}
for (const [line, names] of problems) console.log(`${line} (${names.join(', ')})`);
process.exitCode = problems.size === 0 ? 0 : 2;
