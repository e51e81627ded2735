// @ts-check
import { StackError } from './process.mjs';
import { freePorts } from './ports.mjs';

/**
 * Every port of a local stack: setting → [default, what listens, UDP too].
 * @type {Record<string, [number, string, boolean?]>}
 */
export const PORTS = {
  EG_MYSQL_PORT: [3306, 'MySQL'],
  EG_KAFKA_PORT: [9092, 'Kafka'],
  EG_KAFKA_CONTROLLER_PORT: [9093, 'Kafka controller'],
  EG_ELASTICSEARCH_PORT: [9200, 'Elasticsearch'],
  EG_ELASTICSEARCH_TRANSPORT_PORT: [9300, 'Elasticsearch transport'],
  EG_HTTP_PORT: [8080, 'gateway-api'],
  EG_OPERATOR_PORT: [8090, 'operator endpoints'],
  EG_GATEWAY_API_HEALTH_PORT: [9101, 'health of gateway-api'],
  EG_OUTBOX_RELAY_HEALTH_PORT: [9102, 'health of outbox-relay'],
  EG_MAIL_SENDER_HEALTH_PORT: [9103, 'health of mail-sender'],
  EG_MTA_INGEST_HEALTH_PORT: [9104, 'health of mta-ingest'],
  EG_PROJECTOR_HEALTH_PORT: [9105, 'health of projector'],
  EG_WEBHOOK_DISPATCHER_HEALTH_PORT: [9106, 'health of webhook-dispatcher'],
  EG_SANDBOX_HEALTH_PORT: [9107, 'health of the sandbox'],
  EG_SANDBOX_MTA_PORT: [2525, 'sandbox MTA'],
  EG_SANDBOX_INBOX_PORT: [8025, 'sandbox inbox'],
  EG_SANDBOX_DNS_PORT: [5353, 'sandbox DNS', true],
  EG_SANDBOX_RECEIVER_PORT: [8026, 'sandbox webhook receiver'],
};

/** @type {(env: string, type: string, value: string, description: string) => { env: string, type: string, default: string, secret: boolean, required: boolean, description: string }} */
const setting = (env, type, value, description) => ({
  env,
  type,
  default: value,
  secret: false,
  required: false,
  description,
});

/** What the start scripts read besides ports, for documentation. */
export const STACK_SETTINGS = [
  setting('EG_VAR', 'path', 'var', 'folder of everything that a run writes; another one is another system'),
  setting('EG_ENGINES_DIR', 'path', 'var/engines', 'folder of the fetched engines, shared by all systems'),
  setting('EG_PORTS', 'auto', '', '`auto` picks a free port for everything that has no port set'),
  setting(
    'EG_JAVA_HOME',
    'path',
    '',
    'Java 21 or newer for Kafka and Elasticsearch; empty: found or fetched',
  ),
  setting('EG_MYSQL_USER', 'text', 'eg', 'account that is made in the local MySQL'),
  setting('EG_MYSQL_DATABASE', 'text', 'email_gateway', 'database of the system'),
  setting('EG_TEST_ENGINES', 'local or containers', 'local', 'how `npm test` gets its engines'),
  setting('EG_TEST_MYSQL', 'JSON', '', '{host, port, user, password} of a running MySQL to test with'),
  setting('EG_TEST_KAFKA', 'host:port', '', 'a running broker to test with'),
  setting('EG_TEST_ELASTICSEARCH', 'URL', '', 'a running Elasticsearch to test with'),
  setting('EG_TEST_MYSQL_IMAGE', 'text', 'mysql:8.0', 'image of MySQL for containers'),
  setting('EG_TEST_KAFKA_IMAGE', 'text', 'apache/kafka:4.3.1', 'image of Kafka for containers'),
  setting(
    'EG_TEST_ELASTICSEARCH_IMAGE',
    'text',
    'elasticsearch:9.2.4',
    'image of Elasticsearch for containers',
  ),
];

/** @param {string} variable */
export const isEnginePort = (variable) => /^EG_(MYSQL|KAFKA|ELASTICSEARCH)_/.test(variable);

/**
 * The port of each setting: set, else picked (`EG_PORTS=auto`), else the default.
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Record<string, number>>}
 */
export async function choosePorts(env) {
  if (env['EG_PORTS'] && env['EG_PORTS'] !== 'auto') {
    throw new StackError(`EG_PORTS=${env['EG_PORTS']} is not known: leave it out, or set it to auto`);
  }
  const given = { ...portsInAddresses(env), ...env };
  const open = Object.keys(PORTS).filter((variable) => !given[variable]);
  const picked =
    env['EG_PORTS'] === 'auto' ? await freePorts(open.length) : open.map((name) => PORTS[name]?.[0]);
  /** @type {Record<string, number>} */
  const ports = {};
  for (const variable of Object.keys(PORTS)) {
    const index = open.indexOf(variable);
    ports[variable] = index >= 0 ? Number(picked[index]) : parsePort(variable, String(given[variable]));
  }
  return ports;
}

/**
 * Local engines may be moved by their address as well as by their port.
 * @param {NodeJS.ProcessEnv} env
 * @returns {Record<string, string>}
 */
function portsInAddresses(env) {
  /** @type {Record<string, string>} */
  const found = {};
  const kafka = /^(?:127\.0\.0\.1|localhost):(\d+)$/.exec(env['EG_KAFKA_BROKERS'] ?? '')?.[1];
  const search = /^http:\/\/(?:127\.0\.0\.1|localhost):(\d+)\/?$/.exec(
    env['EG_ELASTICSEARCH_URL'] ?? '',
  )?.[1];
  if (kafka) found['EG_KAFKA_PORT'] = kafka;
  if (search) found['EG_ELASTICSEARCH_PORT'] = search;
  return found;
}

/**
 * @param {string} variable
 * @param {string} text
 */
export function parsePort(variable, text) {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535)
    throw new StackError(`${variable}=${text} is not a port: use a number from 1 to 65535`);
  return port;
}

/**
 * Where engines that are not ours listen.
 * @param {NodeJS.ProcessEnv} env
 * @returns {import('./engines.mjs').EngineAddresses}
 */
export function externalAddresses(env) {
  const named = (/** @type {string} */ name) => {
    const value = env[name];
    if (!value) throw new StackError(`--engines external needs ${name}`);
    return value;
  };
  const brokers = named('EG_KAFKA_BROKERS')
    .split(',')
    .map((broker) => broker.trim());
  for (const broker of brokers) {
    const port = /^[^\s:]+:(\d{1,5})$/.exec(broker)?.[1] ?? 0;
    if (Number(port) < 1 || Number(port) > 65_535)
      throw new StackError(`EG_KAFKA_BROKERS must be host:port, comma separated; "${broker}" is not`);
  }
  const url = named('EG_ELASTICSEARCH_URL').replace(/\/+$/, '');
  // Not shown: it may hold a password.
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    throw new StackError('EG_ELASTICSEARCH_URL must be an http:// or https:// URL');
  return {
    mysql: {
      host: named('EG_MYSQL_HOST'),
      port: env['EG_MYSQL_PORT'] ? parsePort('EG_MYSQL_PORT', env['EG_MYSQL_PORT']) : 3306,
      user: env['EG_MYSQL_USER'] || 'eg',
      password: named('EG_MYSQL_PASSWORD'),
    },
    kafka: { brokers },
    elasticsearch: { url },
  };
}
