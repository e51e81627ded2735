// @ts-check
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identify, isAlive, logTail, spawnLogged } from './process.mjs';

/** @typedef {import('./engines.mjs').EngineSettings} EngineSettings */

/**
 * Start a single node. With `-d` the launcher ends with 0 once the node is up, and the node stays behind as a
 * process of its own, which `running` finds.
 * @param {EngineSettings} settings
 */
export function startElasticsearch(settings) {
  const { engines, data, log, user, java } = settings;
  const folder = join(data, 'elasticsearch');
  const config = join(folder, 'config');
  rmSync(join(folder, 'es.pid'), { force: true });
  for (const name of ['log4j2.properties', 'roles.yml', 'users', 'users_roles', 'role_mapping.yml']) {
    if (!existsSync(join(config, name)) && existsSync(join(engines.elasticsearch, 'config', name))) {
      copyFileSync(join(engines.elasticsearch, 'config', name), join(config, name));
    }
  }
  writeFileSync(join(config, 'elasticsearch.yml'), settingsFile(settings, folder));
  writeFileSync(join(config, 'jvm.options'), JVM_OPTIONS);
  const child = spawnLogged(
    join(engines.elasticsearch, 'bin/elasticsearch'),
    ['-d', '-p', join(folder, 'es.pid')],
    {
      log: join(log, 'elasticsearch.log'),
      cwd: folder,
      user,
      env: {
        PATH: process.env['PATH'],
        LANG: 'C.UTF-8',
        HOME: folder,
        ES_JAVA_HOME: java,
        ES_PATH_CONF: config,
        ES_TMPDIR: join(folder, 'tmp'),
        CLI_JAVA_OPTS: '-XX:TieredStopAtLevel=1',
      },
    },
  );
  return {
    child,
    failure: () => `Elasticsearch ended while it started:\n${logTail(join(log, 'elasticsearch.log'))}`,
  };
}

/** Folders that the node's user must be able to write. */
export const ELASTICSEARCH_FOLDERS = ['data', 'logs', 'tmp', 'snapshots', 'config', 'config/jvm.options.d'];

/**
 * The node itself (not its launcher).
 * @param {{ data: string }} settings
 * @returns {import('./process.mjs').ProcessId | undefined}
 */
export function elasticsearchNode({ data }) {
  try {
    const folder = join(data, 'elasticsearch');
    const id = identify(Number(readFileSync(join(folder, 'es.pid'), 'utf8')));
    // The file says a number only: make sure that it is this node and not a later process.
    return id && isAlive(id) && readFileSync(`/proc/${id.pid}/cmdline`, 'utf8').includes(folder)
      ? id
      : undefined;
  } catch {
    return undefined;
  }
}

const JVM_OPTIONS = `-Xms512m
-Xmx512m
-XX:+UseSerialGC
-XX:-AlwaysPreTouch
-XX:TieredStopAtLevel=1
-XX:-UsePerfData
-XX:+ExitOnOutOfMemoryError
-Djava.io.tmpdir=\${ES_TMPDIR}
-Dorg.apache.lucene.store.defaultReadAdvice=normal
-Dorg.apache.lucene.store.MMapDirectory.sharedArenaMaxPermits=1
-XX:CompileCommand=exclude,org.apache.lucene.util.MSBRadixSorter::computeCommonPrefixLengthAndBuildHistogram
-XX:CompileCommand=exclude,org.apache.lucene.util.RadixSelector::computeCommonPrefixLengthAndBuildHistogram
`;

/**
 * @param {EngineSettings} settings
 * @param {string} folder
 */
function settingsFile({ elasticsearch }, folder) {
  return `cluster.name: email-gateway
node.name: node-1
path.data: ${JSON.stringify(join(folder, 'data'))}
path.logs: ${JSON.stringify(join(folder, 'logs'))}
path.repo: [${JSON.stringify(join(folder, 'snapshots'))}]
network.host: 127.0.0.1
http.port: ${elasticsearch.port}
transport.port: ${elasticsearch.transportPort}
discovery.type: single-node
xpack.security.enabled: false
xpack.security.autoconfiguration.enabled: false
cluster.routing.allocation.disk.threshold_enabled: false
action.auto_create_index: false
action.destructive_requires_name: true
`;
}

/**
 * Whether the node answers and its indices can be used.
 * @param {{ url: string }} address
 * @returns {Promise<boolean>}
 */
export async function elasticsearchReady({ url }) {
  try {
    const answer = await fetch(`${url}/_cluster/health?wait_for_status=yellow&timeout=500ms`, {
      signal: AbortSignal.timeout(2000),
    });
    await answer.arrayBuffer();
    // 401: up, with security on.
    return answer.status === 200 || answer.status === 401;
  } catch {
    return false;
  }
}
