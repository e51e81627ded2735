// @ts-check
// `npm run test:properties [-- --requests N]`: requests that are made of the API's description (docs/api/openapi.json) against the
// running system. Each has to get a documented status and body, and never a 5xx.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { endCommands, run } from '../stack/command.mjs';
import { folders, ROOT } from '../stack/paths.mjs';
import { StackError, withLock } from '../stack/process.mjs';

/** The one that the description was proved with. MIT, from PyPI. */
const SCHEMATHESIS = 'schemathesis==4.32.5';
const VENV = join(ROOT, 'var/properties', SCHEMATHESIS.replace('==', '-'));
const HERE = join(ROOT, 'tools/properties');
const DOCUMENT = join(ROOT, 'docs/api/openapi.json');
/** From so many requests on, the systematic ones (every boundary of every schema, about 4,000) come before the random ones. */
const SYSTEMATIC_FROM = 8_000;
const SYSTEMATIC = 4_000;

try {
  const { values } = parseArgs({ options: { requests: { type: 'string', default: '10000' } } });
  const requests = Number(values.requests);
  if (!Number.isInteger(requests) || requests < 100) throw new StackError('usage: --requests N, 100 or more');
  await install();
  const { code, output } = await test(requests, target());
  console.log(output.trim());
  process.exitCode = code;
} catch (error) {
  console.error(error instanceof StackError ? error.message : error);
  process.exitCode = 1;
}

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, endCommands);

async function install() {
  await withLock(
    join(ROOT, 'var/properties.lock'),
    async () => {
      if (existsSync(join(VENV, 'bin/schemathesis'))) return;
      rmSync(VENV, { recursive: true, force: true });
      for (const args of [
        ['-m', 'venv', VENV],
        ['-m', 'pip', '--python', join(VENV, 'bin/python'), 'install', '--quiet', SCHEMATHESIS],
      ]) {
        const { code, output } = await run('python3', args);
        if (code === 0) continue;
        rmSync(VENV, { recursive: true, force: true });
        throw new StackError(`python3 ${args.join(' ')} failed:\n${output.trim()}`);
      }
    },
    () => {},
  );
}

/** Whose requests they are: EG_PROPERTIES_TARGET, or the demo's account of the running system. */
function target() {
  const given = process.env['EG_PROPERTIES_TARGET'];
  if (given) return JSON.parse(given);
  const file = join(folders().var, 'run/stack.json');
  if (!existsSync(file)) throw new StackError(`nothing is running (${file} is missing): npm start`);
  const { api, demo, adminApiKey } = JSON.parse(readFileSync(file, 'utf8'));
  if (!demo) throw new StackError('the running system has no demo account: start it without --no-demo');
  return {
    api,
    apiKey: demo.apiKey,
    senderKey: demo.senderApiKey,
    adminKey: adminApiKey,
    domainId: demo.domainId,
  };
}

/**
 * @param {number} requests
 * @param {{ api: string }} account
 */
function test(requests, account) {
  const operations = Object.values(JSON.parse(readFileSync(DOCUMENT, 'utf8')).paths).flatMap((path) =>
    Object.keys(path),
  ).length;
  const systematic = requests >= SYSTEMATIC_FROM;
  const random = systematic ? requests - SYSTEMATIC : requests;
  return run(
    join(VENV, 'bin/schemathesis'),
    [
      ...['--config-file', join(HERE, 'schemathesis.toml'), 'run', DOCUMENT, '--url', account.api],
      ...['--phases', systematic ? 'examples,coverage,fuzzing' : 'fuzzing'],
      ...['--max-examples', String(Math.ceil((random * 1.1) / operations))],
      ...['--seed', process.env['EG_PROPERTIES_SEED'] ?? '1', '--continue-on-failure', '--no-shrink'],
      ...['--suppress-health-check', 'all', '--warnings', 'off', '--no-color'],
    ],
    {
      // It keeps its examples beside the working directory.
      cwd: VENV,
      env: {
        ...process.env,
        SCHEMATHESIS_HOOKS: 'hooks',
        PYTHONPATH: HERE,
        PYTHONDONTWRITEBYTECODE: '1',
        EG_PROPERTIES_TARGET: JSON.stringify(account),
      },
    },
  );
}
