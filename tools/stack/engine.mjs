// @ts-check
// Faults on purpose: `node tools/stack/engine.mjs stop|start|kill|pause|resume mysql|kafka|elasticsearch` works on
// the running stack of EG_VAR. A stopped or killed engine stays down until `start`.
import { rmSync, writeFileSync } from 'node:fs';
import { engineReady, engineProcess, stopEngine } from './engines.mjs';
import { engineName } from './local-engines.mjs';
import { folders } from './paths.mjs';
import { StackError, isAlive, readPidFile, signalProcess, until } from './process.mjs';
import { readStack, supervisorFile } from './stack-files.mjs';
import { holdFile } from './supervisor.mjs';

const places = folders();

/**
 * @param {import('./engines.mjs').EngineName} name
 * @param {NodeJS.Signals} signal
 */
async function end(name, signal) {
  writeFileSync(holdFile(places.run, name), '');
  await stopEngine(name, places, signal);
  await until(() => readStack(places)?.pids[name] === undefined && !engineProcess(name, places), {
    timeoutMs: 30_000,
    what: `the supervisor did not notice that ${name} is stopped`,
  });
}

/** @param {import('./engines.mjs').EngineName} name */
async function start(name) {
  rmSync(holdFile(places.run, name), { force: true });
  await until(
    async () => {
      const stack = readStack(places);
      const id = engineProcess(name, places);
      return stack && id && stack.pids[name] === id.pid && (await engineReady(name, stack));
    },
    { timeoutMs: 120_000, what: `${name} did not come back` },
  );
}

/**
 * @param {import('./engines.mjs').EngineName} name
 * @param {NodeJS.Signals} signal
 */
function signal(name, signal) {
  const id = engineProcess(name, places);
  if (!id || !signalProcess(id, signal)) throw new StackError(`${name} is not running`);
}

try {
  const [verb, engine] = process.argv.slice(2);
  const name = engineName(engine);
  if (!isAlive(readPidFile(supervisorFile(places))) || !readStack(places)) {
    throw new StackError(`no system is running in ${places.var}`);
  }
  if (verb === 'stop') await end(name, 'SIGTERM');
  else if (verb === 'kill') await end(name, 'SIGKILL');
  else if (verb === 'start') await start(name);
  else if (verb === 'pause') signal(name, 'SIGSTOP');
  else if (verb === 'resume') signal(name, 'SIGCONT');
  else throw new StackError('usage: node tools/stack/engine.mjs stop|start|kill|pause|resume <engine>');
} catch (error) {
  console.error(error instanceof StackError ? error.message : error);
  process.exitCode = 1;
}
