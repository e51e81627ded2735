// @ts-check
// `npm test [-- jest arguments]`: every suite, each with what it needs; the last line is `N passed, N failed`.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { endCommands, run } from './command.mjs';
import { ensureInstalled, projectNode } from './install.mjs';
import { ROOT } from './paths.mjs';
import { StackError } from './process.mjs';
import { progress } from './progress.mjs';
import { enginesAreGiven, testEngines } from './test-engines.mjs';

const say = progress();
const { projects, rest: jestArguments } = splitArguments(process.argv.slice(2));
const JEST = join(ROOT, 'node_modules/jest/bin/jest.js');
const NODE_OPTIONS =
  '--experimental-vm-modules --disable-warning=ExperimentalWarning --disable-warning=TimeoutNegativeWarning';
/** Folder of the whole system that the end-to-end suites look at. */
const SYSTEM_VAR = join(ROOT, process.env['EG_TEST_VAR'] || 'var/test', 'system');

const total = { passed: 0, failed: 0 };
/** @type {(() => Promise<void>)[]} what has to be stopped, last first */
const cleanUps = [];
let interrupted = false;
/** @type {import('node:child_process').ChildProcess | undefined} */
let jest;

/**
 * @param {string} project
 * @param {string[]} flags
 */
const commandLine = (project, flags) => [JEST, '--selectProjects', project, ...flags, ...jestArguments];

/**
 * Whether a project has a suite that the arguments mean.
 * @param {string} project
 */
async function hasSuites(project) {
  const env = { ...process.env, NODE_OPTIONS };
  const { code, output } = await run(projectNode(), commandLine(project, ['--listTests']), {
    cwd: ROOT,
    env,
  });
  return code !== 0 || output.includes('.spec.ts');
}

/**
 * Run one project's suites and add its counts to the total.
 * @param {string} project
 * @param {string[]} flags
 * @param {NodeJS.ProcessEnv} [env]
 */
async function runSuites(project, flags, env = {}) {
  say(`${project} suites`);
  const child = spawn(projectNode(), commandLine(project, flags), {
    cwd: ROOT,
    detached: true,
    env: { ...process.env, ...env, NODE_OPTIONS },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  jest = child;
  /** @type {RegExpExecArray | undefined} */
  let closing;
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    const found = /^(\d+) passed, (\d+) failed$/.exec(line);
    if (found) closing = found;
    else console.log(line);
  });
  const printed = new Promise((done) => lines.once('close', done));
  const code = await new Promise((done) => {
    child.once('error', () => done(1));
    child.once('exit', (status) => done(status ?? 1));
  });
  await printed;
  jest = undefined;
  const failed = Number(closing?.[2] ?? 0);
  total.passed += Number(closing?.[1] ?? 0);
  // A run that crashed, or fails for another reason than a test, must not look like a success.
  total.failed += failed === 0 && (code !== 0 || !closing) ? 1 : failed;
}

/**
 * The whole system on ports and in a folder of its own, begun from nothing.
 * @returns {Promise<NodeJS.ProcessEnv>} what the suites read
 */
async function startSystem() {
  // Suites send hundreds of mails with one key; that the limit holds is checked by suites of its own.
  const limit = process.env['EG_RATE_LIMIT_PER_MINUTE'] || '0';
  const env = { ...process.env, EG_VAR: SYSTEM_VAR, EG_PORTS: 'auto', EG_RATE_LIMIT_PER_MINUTE: limit };
  const stackCommand = (/** @type {string[]} */ ...args) =>
    run(process.execPath, [join(ROOT, 'tools/stack', String(args[0])), ...args.slice(1)], { cwd: ROOT, env });
  await stackCommand('stop.mjs');
  await stackCommand('reset.mjs');
  cleanUps.push(async () => void (await stackCommand('stop.mjs')));
  say('starting the whole system');
  const { code, output } = await stackCommand('start.mjs', '--no-demo', '--detach');
  if (code !== 0) throw new StackError(`the system under test did not start:\n${output.trim()}`);
  const { mysql, kafka, elasticsearch } = JSON.parse(
    readFileSync(join(SYSTEM_VAR, 'run/stack.json'), 'utf8'),
  );
  return {
    EG_TEST_STACK: SYSTEM_VAR,
    EG_TEST_MYSQL: JSON.stringify(mysql),
    EG_TEST_KAFKA: kafka.brokers.join(','),
    EG_TEST_ELASTICSEARCH: elasticsearch.url,
  };
}

async function cleanUp() {
  for (let next = cleanUps.pop(); next; next = cleanUps.pop()) await next();
}

/** @param {string} project */
function chosen(project) {
  return projects.length === 0 || projects.includes(project);
}

/**
 * `--selectProjects a b` is ours, the rest is jest's.
 * @param {string[]} given
 * @returns {{ projects: string[], rest: string[] }}
 */
function splitArguments(given) {
  const at = given.indexOf('--selectProjects');
  if (at < 0) return { projects: [], rest: given };
  let end = at + 1;
  while (end < given.length && ['unit', 'integration', 'e2e'].includes(String(given[end]))) end++;
  return { projects: given.slice(at + 1, end), rest: [...given.slice(0, at), ...given.slice(end)] };
}

async function everySuite() {
  await ensureInstalled(say);
  if (chosen('unit') && (await hasSuites('unit'))) await runSuites('unit', ['-w', '2']);
  const integration = !interrupted && chosen('integration') && (await hasSuites('integration'));
  const endToEnd = !interrupted && chosen('e2e') && (await hasSuites('e2e'));
  // The end-to-end suites stop engines, so they need local ones; the integration suites then share them, each with
  // its own databases, topics, groups and user ids.
  const system = endToEnd ? await startSystem() : undefined;
  if (integration) {
    const engines =
      system && !enginesAreGiven() ? { env: system, stop: async () => {} } : await testEngines(say);
    cleanUps.push(engines.stop);
    await runSuites('integration', ['--runInBand'], engines.env);
  }
  if (!interrupted && endToEnd) await runSuites('e2e', ['--runInBand'], system);
  await cleanUp();
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    if (interrupted) return;
    interrupted = true;
    say('stopping');
    if (jest?.pid) process.kill(-jest.pid, 'SIGTERM');
    endCommands();
  });
}

try {
  await everySuite();
} catch (error) {
  total.failed += 1;
  console.error(error instanceof StackError ? error.message : error);
}
await cleanUp();
if (interrupted) total.failed += 1;
process.exitCode = total.failed === 0 ? 0 : 1;
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit();
