// @ts-check
// Writes the generated files of the project, or with --check fails when one is not up to date. Reads the built code.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PORTS, STACK_SETTINGS } from './stack/config.mjs';
import { continueOnProjectNode, ensureBuilt } from './stack/install.mjs';
import { ROOT } from './stack/paths.mjs';

/** @typedef {{ env: string, type: string, default: string | undefined, secret: boolean, required: boolean, description: string }} Row */

const APPS = ['gateway-api', 'mail-sender', 'mta-ingest', 'projector', 'webhook-dispatcher', 'eg'];

/** @param {string} path below dist */
const load = (path) => import(pathToFileURL(join(ROOT, 'dist', path)).href);

/** @returns {Promise<{ title: string, rows: Row[] }[]>} */
async function sections() {
  const { describeConfig } = await load('libs/platform/src/config/settings.js');
  /** @type {{ title: string, rows: Row[] }[]} */
  const found = [];
  for (const app of APPS) {
    const module = await load(`apps/${app}/src/config.js`);
    const definitions = Object.entries(module)
      .filter(([name, value]) => /definition$/i.test(name) && value?.settings)
      .map(([, definition]) => definition);
    for (const definition of latestPerApp(definitions)) {
      found.push({ title: definition.app, rows: describeConfig(definition) });
    }
  }
  const { SETTINGS } = await load('tools/sandbox/src/config.js');
  found.push({
    title: 'sandbox',
    rows: Object.values(SETTINGS).map((setting) => ({
      env: setting.name,
      type: setting.type,
      default: setting.default,
      secret: false,
      required: false,
      description: setting.meaning,
    })),
  });
  return found;
}

/**
 * An app may declare parts of its settings for single commands; the widest declaration has them all.
 * @param {any[]} definitions
 */
function latestPerApp(definitions) {
  const widest = new Map();
  for (const definition of definitions) {
    const other = widest.get(definition.app);
    if (!other || Object.keys(definition.settings).length > Object.keys(other.settings).length)
      widest.set(definition.app, definition);
  }
  return widest.values();
}

/** @param {Row[]} rows */
function table(rows) {
  const cell = (/** @type {string} */ text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
  const lines = rows.map((row) => {
    const value = row.secret
      ? row.required
        ? 'required, secret'
        : 'secret'
      : row.default === undefined
        ? 'required'
        : row.default === ''
          ? '(empty)'
          : `\`${row.default}\``;
    return `| \`${row.env}\` | ${cell(row.type)} | ${cell(value)} | ${cell(row.description)} |`;
  });
  return ['| variable | type | default | meaning |', '| --- | --- | --- | --- |', ...lines].join('\n');
}

async function configuration() {
  const parts = [
    '# Configuration',
    '',
    'Every setting is an environment variable, checked at start; a wrong value names the variable. This page is made by',
    '`npm run gen` from the declarations in each app’s `config.ts`; `npm run check` fails when it is not up to date.',
    '',
    '`npm start` sets addresses, ports and secrets of all processes itself; its secrets are made once, in',
    '`var/secrets.json`. Outside it, each process gets the variables of its own section.',
  ];
  for (const { title, rows } of await sections()) parts.push('', `## ${title}`, '', table(rows));
  /** @type {Row[]} */
  const local = [
    ...STACK_SETTINGS,
    ...Object.entries(PORTS).map(([env, [port, what]]) => ({
      env,
      type: 'port',
      default: String(port),
      secret: false,
      required: false,
      description: `Port of ${what} in a local stack`,
    })),
  ];
  parts.push('', '## npm start and npm test', '', table(local), '');
  return parts.join('\n');
}

async function openApi() {
  await import('reflect-metadata');
  const { allEndpoints } = await load('apps/gateway-api/src/app.module.js');
  const { openApiDocument } = await load('apps/gateway-api/src/http/description/openapi.js');
  return JSON.stringify(openApiDocument(allEndpoints), null, 2) + '\n';
}

/** @type {[path: string, make: () => Promise<string>][]} */
const FILES = [
  ['docs/configuration.md', configuration],
  ['docs/api/openapi.json', openApi],
];

await ensureBuilt((line) => console.error(line));
continueOnProjectNode(import.meta.url);
let stale = false;
for (const [path, make] of FILES) {
  const file = join(ROOT, path);
  const text = await make();
  const same = existsSync(file) && readFileSync(file, 'utf8') === text;
  if (same) continue;
  if (process.argv.includes('--check')) {
    console.error(`${path} is not up to date: run npm run gen and commit it`);
    stale = true;
  } else {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    console.log(`wrote ${path}`);
  }
}
process.exitCode = stale ? 1 : 0;
