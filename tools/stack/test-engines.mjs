// @ts-check
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { choosePorts } from './config.mjs';
import { addressesOf, startEngines, stopEngines } from './engines.mjs';
import { projectNode } from './install.mjs';
import { prepareEngines } from './local-engines.mjs';
import { folders } from './paths.mjs';
import { StackError, takePidFile } from './process.mjs';
import { loadSecrets } from './secrets.mjs';
import { stopLeftOvers, supervisorFile } from './stack-files.mjs';

/**
 * @typedef {object} TestEngines
 * @property {NodeJS.ProcessEnv} env what the integration tests read
 * @property {() => Promise<void>} stop
 */

const NAMES = ['EG_TEST_MYSQL', 'EG_TEST_KAFKA', 'EG_TEST_ELASTICSEARCH'];

/** Whether the environment says which engines the integration suites use. */
export function enginesAreGiven() {
  return NAMES.some((name) => process.env[name]) || (process.env['EG_TEST_ENGINES'] || 'local') !== 'local';
}

/**
 * The engines of a test run: ones that the environment names, or local ones of their own, or containers.
 * @param {(line: string) => void} say
 * @returns {Promise<TestEngines>}
 */
export async function testEngines(say) {
  const given = NAMES.filter((name) => process.env[name]);
  if (given.length === NAMES.length) {
    say('using the engines that the environment names');
    return { env: {}, stop: async () => {} };
  }
  if (given.length > 0) {
    throw new StackError(`${given.join(' and ')} alone is not enough: set ${NAMES.join(', ')}, or none`);
  }
  const kind = process.env['EG_TEST_ENGINES'] || 'local';
  if (kind === 'local') return localEngines(say);
  if (kind !== 'containers')
    throw new StackError(`EG_TEST_ENGINES=${kind} is not known: local or containers`);
  return containerEngines(say);
}

/**
 * @param {(line: string) => void} say
 * @returns {Promise<TestEngines>}
 */
async function localEngines(say) {
  const env = {
    EG_ENGINES_DIR: process.env['EG_ENGINES_DIR'],
    EG_VAR: process.env['EG_TEST_VAR'] || 'var/test',
  };
  const places = folders(env);
  const owner = takePidFile(supervisorFile(places));
  if (owner) throw new StackError(`tests are already running (process ${owner.pid}, ${places.var})`);
  const stop = async () => {
    await stopEngines(places);
    rmSync(supervisorFile(places), { force: true });
  };
  try {
    await stopLeftOvers(places, say);
    // Every run begins with empty engines: what one run left can't make the next one pass or fail.
    rmSync(places.data, { recursive: true, force: true });
    const ports = await choosePorts({ EG_PORTS: 'auto' });
    const password = loadSecrets(places.var, {}).EG_MYSQL_PASSWORD;
    const account = { user: 'eg', password, maxConnections: 400 };
    const settings = await prepareEngines(places, ports, account, say);
    say('starting MySQL, Kafka and Elasticsearch for the tests');
    await startEngines(settings, say);
    const { mysql, kafka, elasticsearch } = addressesOf(settings);
    return {
      env: {
        EG_TEST_MYSQL: JSON.stringify(mysql),
        EG_TEST_KAFKA: kafka.brokers.join(','),
        EG_TEST_ELASTICSEARCH: elasticsearch.url,
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * @param {(line: string) => void} say
 * @returns {Promise<TestEngines>}
 */
function containerEngines(say) {
  say('starting MySQL, Kafka and Elasticsearch in containers');
  const script = fileURLToPath(new URL('containers.mjs', import.meta.url));
  const child = spawn(projectNode(), [script], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    detached: true,
  });
  // What it said may come after its exit: the channel's end is the end.
  const closed = new Promise((done) => child.once('disconnect', () => done(undefined)));
  const ended = new Promise((done) => child.once('exit', done)).then((code) => closed.then(() => code));
  const stop = async () => {
    if (child.connected) child.disconnect();
    await ended;
  };
  return new Promise((done, fail) => {
    child.once('message', (/** @type {{ env?: NodeJS.ProcessEnv, problem?: string }} */ { env, problem }) => {
      if (env) done({ env, stop });
      else fail(new StackError(String(problem)));
    });
    child.once('error', fail);
    void ended.then((code) => fail(new StackError(`the containers' process ended with ${code}`)));
  });
}
