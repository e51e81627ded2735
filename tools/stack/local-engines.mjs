// @ts-check
import { ENGINES, startEngines } from './engines.mjs';
import { fetchEngines } from './fetch.mjs';
import { findJava } from './jdk.mjs';
import { engineUser } from './paths.mjs';
import { StackError } from './process.mjs';

/**
 * Make ready what starting local engines needs: fetched programs, a Java, who they run as.
 * @param {import('./paths.mjs').Folders} places
 * @param {Record<string, number>} ports see `PORTS`
 * @param {{ user: string, password: string, maxConnections?: number }} account of MySQL
 * @param {(line: string) => void} say
 * @returns {Promise<import('./engines.mjs').EngineSettings>}
 */
export async function prepareEngines(places, ports, account, say) {
  const java = await findJava(places.archives, say);
  const port = (/** @type {string} */ variable) => Number(ports[variable]);
  return {
    engines: await fetchEngines(places.archives, say, java),
    java,
    data: places.data,
    log: places.log,
    run: places.run,
    user: engineUser(),
    mysql: { port: port('EG_MYSQL_PORT'), maxConnections: 400, ...account },
    kafka: { port: port('EG_KAFKA_PORT'), controllerPort: port('EG_KAFKA_CONTROLLER_PORT') },
    elasticsearch: {
      port: port('EG_ELASTICSEARCH_PORT'),
      transportPort: port('EG_ELASTICSEARCH_TRANSPORT_PORT'),
    },
  };
}

/**
 * @param {string | undefined} text
 * @returns {import('./engines.mjs').EngineName}
 */
export function engineName(text) {
  const name = ENGINES.find((engine) => engine === text);
  if (!name) throw new StackError(`which engine? one of ${ENGINES.join(', ')}`);
  return name;
}

export { startEngines };
