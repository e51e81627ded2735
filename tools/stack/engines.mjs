// @ts-check
import { chownSync, existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  ELASTICSEARCH_FOLDERS,
  elasticsearchNode,
  elasticsearchReady,
  startElasticsearch,
} from './elasticsearch.mjs';
import { kafkaReady, startKafka } from './kafka.mjs';
import { mysqlReady, startMysql } from './mysql.mjs';
import { run } from './command.mjs';
import { StackError, identify, isAlive, readPidFile, stopProcess, until, writePidFile } from './process.mjs';

/** @typedef {'mysql' | 'kafka' | 'elasticsearch'} EngineName */

/**
 * @typedef {object} EngineAddresses where the engines listen, ours or somebody else's
 * @property {{ host: string, port: number, user: string, password: string }} mysql
 * @property {{ brokers: string[] }} kafka
 * @property {{ url: string }} elasticsearch
 */

/**
 * @typedef {object} EngineSettings everything that starting a local engine needs
 * @property {import('./fetch.mjs').Engines} engines
 * @property {string} java Java home
 * @property {string} data folder of the engines' data
 * @property {string} log
 * @property {string} run
 * @property {{ uid: number, gid: number } | undefined} user
 * @property {{ port: number, user: string, password: string, maxConnections: number }} mysql
 * @property {{ port: number, controllerPort: number }} kafka
 * @property {{ port: number, transportPort: number }} elasticsearch
 */

/** @type {readonly EngineName[]} */
export const ENGINES = ['mysql', 'kafka', 'elasticsearch'];

/** How long an engine may take to start (recovery after a crash included) and to stop, milliseconds. */
const START_MS = 120_000;
export const STOP_MS = { mysql: 15_000, kafka: 30_000, elasticsearch: 30_000 };

/** An engine that is still starting has nothing to save, and Elasticsearch doesn't listen to SIGTERM then. */
const STARTING_STOP_MS = 2000;

/** @type {Set<EngineName>} engines that this process is starting at the moment */
const starting = new Set();

const LOOPBACK = '127.0.0.1';

/**
 * @param {EngineSettings} settings
 * @returns {EngineAddresses}
 */
export function addressesOf({ mysql, kafka, elasticsearch }) {
  return {
    mysql: { host: LOOPBACK, port: mysql.port, user: mysql.user, password: mysql.password },
    kafka: { brokers: [`${LOOPBACK}:${kafka.port}`] },
    elasticsearch: { url: `http://${LOOPBACK}:${elasticsearch.port}` },
  };
}

/**
 * Whether an engine answers now.
 * @param {EngineName} name
 * @param {EngineAddresses} addresses
 * @returns {Promise<boolean>}
 */
export async function engineReady(name, addresses) {
  if (name === 'mysql') return mysqlReady(addresses.mysql);
  if (name === 'elasticsearch') return elasticsearchReady(addresses.elasticsearch);
  const [broker] = addresses.kafka.brokers;
  const colon = String(broker).lastIndexOf(':');
  return kafkaReady({ host: String(broker).slice(0, colon), port: Number(String(broker).slice(colon + 1)) });
}

/**
 * @param {string} runFolder
 * @param {string} name
 */
export function pidFile(runFolder, name) {
  return join(runFolder, `${name}.pid`);
}

/**
 * Start one engine and wait until it answers. Its pid file exists from the first moment.
 * @param {EngineName} name
 * @param {EngineSettings} settings
 * @returns {Promise<import('./process.mjs').ProcessId>}
 */
export async function startEngine(name, settings) {
  await prepareFolders(name, settings);
  starting.add(name);
  try {
    return await launch(name, settings);
  } finally {
    starting.delete(name);
  }
}

/**
 * @param {EngineName} name
 * @param {EngineSettings} settings
 * @returns {Promise<import('./process.mjs').ProcessId>}
 */
async function launch(name, settings) {
  const start = { mysql: startMysql, kafka: startKafka, elasticsearch: startElasticsearch }[name];
  const { child, failure } = await start(settings);
  /** @type {{ code: number | null } | undefined} */
  let ended;
  child.once('error', () => (ended ??= { code: 127 }));
  child.once('exit', (code) => (ended ??= { code }));
  const launched = identify(child.pid);
  if (launched) writePidFile(pidFile(settings.run, name), launched);
  const addresses = addressesOf(settings);
  try {
    const id = await until(
      async () => {
        // Elasticsearch's launcher ends with 0 when the node is up; nothing else may end.
        if (ended && !(name === 'elasticsearch' && ended.code === 0)) throw new StackError(failure());
        const node = name === 'elasticsearch' ? elasticsearchNode(settings) : launched;
        if (node && node.pid !== launched?.pid) writePidFile(pidFile(settings.run, name), node);
        if (name === 'elasticsearch' && !ended) return undefined;
        return node && (await engineReady(name, addresses)) ? node : undefined;
      },
      { timeoutMs: START_MS, what: `${name} did not answer` },
    );
    child.unref();
    return id;
  } catch (error) {
    await stopEngine(name, settings);
    await stopProcess(launched, { graceMs: 5000 });
    endGroup(child.pid);
    throw error;
  }
}

/**
 * Whatever a launcher that was ended too early has left in its process group.
 * @param {number | undefined} leader
 */
function endGroup(leader) {
  try {
    if (leader) process.kill(-leader, 'SIGKILL');
  } catch {
    // Nobody left.
  }
}

/**
 * @param {EngineName} name
 * @param {EngineSettings} settings
 */
async function prepareFolders(name, { data, user }) {
  const folder = join(data, name);
  const isNew = !existsSync(folder);
  for (const part of ['', ...(name === 'elasticsearch' ? ELASTICSEARCH_FOLDERS : [])]) {
    mkdirSync(join(folder, part), { recursive: true, mode: 0o755 });
  }
  const owner = user?.uid ?? process.getuid?.();
  if (user && (isNew || statSync(folder).uid !== owner))
    await run('chown', ['-R', `${user.uid}:${user.gid}`, folder]);
  else if (user && name === 'elasticsearch') chownSync(join(folder, 'config'), user.uid, user.gid);
  else if (statSync(folder).uid !== owner) {
    throw new StackError(
      `${folder} belongs to another user: start as that user, or delete it with npm run reset`,
    );
  }
}

/**
 * Where to find what is needed to stop an engine.
 * @typedef {Pick<EngineSettings, 'run' | 'data'>} EnginePlaces
 */

/**
 * The live process of an engine, whoever started it.
 * @param {EngineName} name
 * @param {EnginePlaces} places
 */
export function engineProcess(name, places) {
  const id = readPidFile(pidFile(places.run, name));
  if (isAlive(id)) return id;
  return name === 'elasticsearch' ? elasticsearchNode(places) : undefined;
}

/**
 * Stop one engine, politely first, and forget its pid file.
 * @param {EngineName} name
 * @param {EnginePlaces} places
 * @param {NodeJS.Signals} [signal]
 * @returns {Promise<'ended' | 'killed' | undefined>} undefined: there was nothing to stop
 */
export async function stopEngine(name, places, signal = 'SIGTERM') {
  /** @type {'ended' | 'killed' | undefined} */
  let how;
  // More than once: a launcher of Elasticsearch and its node are two processes.
  for (let id = engineProcess(name, places); id; id = engineProcess(name, places)) {
    const graceMs = starting.has(name) ? STARTING_STOP_MS : STOP_MS[name];
    const forced = await stopProcess(id, { graceMs, signal });
    how = forced || how === 'killed' ? 'killed' : 'ended';
  }
  rmSync(pidFile(places.run, name), { force: true });
  return how;
}

/**
 * @param {EnginePlaces} places
 * @returns {Promise<EngineName[]>} the ones that were running
 */
export async function stopEngines(places) {
  const stopped = await Promise.all(ENGINES.map((name) => stopEngine(name, places)));
  return ENGINES.filter((_, index) => stopped[index]);
}

/**
 * Start the three at once. When one fails, the others are stopped again.
 * @param {EngineSettings} settings
 * @param {(line: string) => void} say
 * @returns {Promise<EngineAddresses>}
 */
export async function startEngines(settings, say) {
  const results = await Promise.allSettled(
    ENGINES.map(async (name) => {
      await startEngine(name, settings);
      say(`${name} ready`);
    }),
  );
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) {
    await stopEngines(settings);
    throw failed.reason;
  }
  return addressesOf(settings);
}
