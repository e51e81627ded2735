// @ts-check
// Engines without applications, for development: `node tools/stack/engines-only.mjs up|down`. They stay running
// after the command; `engines.json` in EG_VAR says where they are.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { choosePorts, isEnginePort, PORTS } from './config.mjs';
import { addressesOf, ENGINES, engineProcess, startEngines, stopEngines } from './engines.mjs';
import { prepareEngines } from './local-engines.mjs';
import { folders } from './paths.mjs';
import { portProblem } from './ports.mjs';
import { StackError, writeAtomically } from './process.mjs';
import { progress } from './progress.mjs';
import { loadSecrets } from './secrets.mjs';

const say = progress();
const places = folders();
const file = join(places.var, 'engines.json');

async function up() {
  if (ENGINES.every((name) => engineProcess(name, places))) return say(`already running, see ${file}`);
  await stopEngines(places);
  const ports = await choosePorts(process.env);
  const uses = Object.entries(PORTS).filter(([variable]) => isEnginePort(variable));
  const problem = await portProblem(
    uses.map(([variable, [, name]]) => ({ variable, name, port: Number(ports[variable]) })),
  );
  if (problem) throw new StackError(problem);
  const password = loadSecrets(places.var).EG_MYSQL_PASSWORD;
  const account = { user: process.env['EG_MYSQL_USER'] || 'eg', password, maxConnections: 400 };
  const settings = await prepareEngines(places, ports, account, say);
  await startEngines(settings, say);
  const { mysql, kafka, elasticsearch } = addressesOf(settings);
  const found = { mysql, kafka: kafka.brokers.join(','), elasticsearch: elasticsearch.url };
  writeAtomically(file, JSON.stringify(found, null, 2) + '\n', 0o600);
  say(`engines ready, see ${file}`);
}

async function down() {
  const stopped = await stopEngines(places);
  rmSync(file, { force: true });
  say(stopped.length > 0 ? `stopped ${stopped.join(', ')}` : 'nothing was running');
}

try {
  const verb = process.argv[2];
  if (verb === 'up') await up();
  else if (verb === 'down') await down();
  else throw new StackError('usage: node tools/stack/engines-only.mjs up|down');
} catch (error) {
  console.error(error instanceof StackError ? error.message : error);
  process.exitCode = 1;
}
