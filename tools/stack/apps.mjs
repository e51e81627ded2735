// @ts-check
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { ROOT } from './paths.mjs';

/** @typedef {import('./secrets.mjs').Secrets} Secrets */

/**
 * @typedef {object} AppDefinition
 * @property {string} name
 * @property {string} entry built file, relative to the checkout
 * @property {string} healthVariable setting of its health port
 * @property {(keyof Secrets)[]} secrets the only ones that it gets
 */

const DATABASE = /** @type {const} */ ('EG_MYSQL_PASSWORD');
/** @type {(keyof Secrets)[]} */
const GATEWAY_SECRETS = [
  DATABASE,
  'EG_MASTER_KEY',
  'EG_ADMIN_API_KEY',
  'EG_LEGACY_KEY_SALT',
  'EG_LEGACY_KEY_LICENSE',
];

/**
 * The long-running applications, in the order of starting.
 * @type {readonly AppDefinition[]}
 */
export const APPS = [
  {
    name: 'gateway-api',
    entry: 'dist/apps/gateway-api/src/main.js',
    healthVariable: 'EG_GATEWAY_API_HEALTH_PORT',
    secrets: GATEWAY_SECRETS,
  },
  {
    name: 'outbox-relay',
    entry: 'dist/apps/gateway-api/src/relay.main.js',
    healthVariable: 'EG_OUTBOX_RELAY_HEALTH_PORT',
    secrets: [DATABASE],
  },
  {
    name: 'mail-sender',
    entry: 'dist/apps/mail-sender/src/main.js',
    healthVariable: 'EG_MAIL_SENDER_HEALTH_PORT',
    secrets: [DATABASE, 'EG_REFERENCE_KEY'],
  },
  {
    name: 'mta-ingest',
    entry: 'dist/apps/mta-ingest/src/main.js',
    healthVariable: 'EG_MTA_INGEST_HEALTH_PORT',
    secrets: [DATABASE, 'EG_REFERENCE_KEY'],
  },
  {
    name: 'projector',
    entry: 'dist/apps/projector/src/main.js',
    healthVariable: 'EG_PROJECTOR_HEALTH_PORT',
    secrets: [],
  },
  {
    name: 'webhook-dispatcher',
    entry: 'dist/apps/webhook-dispatcher/src/main.js',
    healthVariable: 'EG_WEBHOOK_DISPATCHER_HEALTH_PORT',
    secrets: [DATABASE, 'EG_MASTER_KEY', 'EG_LEGACY_KEY_SALT', 'EG_LEGACY_KEY_LICENSE'],
  },
];

/** @type {AppDefinition} */
export const SANDBOX = {
  name: 'sandbox',
  entry: 'dist/tools/sandbox/src/main.js',
  healthVariable: 'EG_SANDBOX_HEALTH_PORT',
  secrets: [],
};

/** Migrations, topics and search templates: runs to its end before the applications start. */
export const PREPARE = {
  name: 'prepare',
  entry: 'dist/apps/gateway-api/src/prepare.main.js',
  secrets: GATEWAY_SECRETS,
};

/** Small young generation: at rest each process is some ten megabytes smaller, under load not slower. */
export const NODE_FLAGS = [
  '--max-semi-space-size=4',
  '--disable-warning=ExperimentalWarning',
  '--disable-warning=TimeoutNegativeWarning',
];

/** What applications inherit besides settings. */
const INHERITED = ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR', 'NODE_EXTRA_CA_CERTS', 'NODE_OPTIONS'];

/**
 * @typedef {object} StackSettings
 * @property {import('./paths.mjs').Folders} places
 * @property {Record<string, number>} ports see `PORTS`
 * @property {import('./engines.mjs').EngineAddresses} engines
 * @property {string} database
 * @property {Secrets} secrets
 * @property {boolean} sandbox
 * @property {NodeJS.ProcessEnv} env
 */

/**
 * The settings that all applications share; what the environment says passes through, what the stack decides
 * (addresses, ports, folders) wins.
 * @param {StackSettings} settings
 * @returns {Record<string, string>}
 */
function sharedEnvironment({ places, ports, engines, database, secrets, sandbox, env }) {
  /** @type {Record<string, string>} */
  const result = {};
  for (const [name, value] of Object.entries(env)) {
    const passes = INHERITED.includes(name) || (name.startsWith('EG_') && !(name in secrets));
    if (passes && value !== undefined) result[name] = value;
  }
  if (sandbox) {
    result['EG_DNS_SERVERS'] ??= `127.0.0.1:${ports['EG_SANDBOX_DNS_PORT']}`;
    result['EG_WEBHOOK_ALLOW_CIDRS'] ??= '127.0.0.1/32';
    // What `eg sandbox dns unpublish` takes away is to be missed by the next verification.
    result['EG_DNS_CACHE_MS'] ??= '0';
  }
  return {
    ...result,
    NODE_ENV: 'production',
    NODE_COMPILE_CACHE: join(places.var, 'cache/compile'),
    EG_VAR: places.var,
    EG_MYSQL_HOST: engines.mysql.host,
    EG_MYSQL_PORT: String(engines.mysql.port),
    EG_MYSQL_USER: engines.mysql.user,
    EG_MYSQL_DATABASE: database,
    EG_KAFKA_BROKERS: engines.kafka.brokers.join(','),
    EG_ELASTICSEARCH_URL: engines.elasticsearch.url,
    EG_HTTP_PORT: String(ports['EG_HTTP_PORT']),
    EG_OPERATOR_PORT: String(ports['EG_OPERATOR_PORT']),
    EG_MTA_PORT: env['EG_MTA_PORT'] || String(ports['EG_SANDBOX_MTA_PORT']),
    EG_ACCOUNTING_DIR: accountingDir(places, env),
    EG_SANDBOX_MTA_PORT: String(ports['EG_SANDBOX_MTA_PORT']),
    EG_SANDBOX_INBOX_PORT: String(ports['EG_SANDBOX_INBOX_PORT']),
    EG_SANDBOX_DNS_PORT: String(ports['EG_SANDBOX_DNS_PORT']),
    EG_SANDBOX_RECEIVER_PORT: String(ports['EG_SANDBOX_RECEIVER_PORT']),
    EG_SANDBOX_ZONE_FILE: zoneFile(places, env),
    EG_SANDBOX_SPOOL_DIR: env['EG_SANDBOX_SPOOL_DIR'] || join(places.var, 'sandbox/spool'),
  };
}

/**
 * The whole environment of one application.
 * @param {StackSettings} settings
 * @param {{ secrets: (keyof Secrets)[], healthVariable?: string }} app
 * @returns {Record<string, string>}
 */
export function environmentOf(settings, app) {
  const secrets = Object.fromEntries(app.secrets.map((name) => [name, settings.secrets[name]]));
  const result = { ...sharedEnvironment(settings), ...secrets };
  if (app.healthVariable) result['EG_HEALTH_PORT'] = String(settings.ports[app.healthVariable]);
  return result;
}

/**
 * @param {import('./paths.mjs').Folders} places
 * @param {NodeJS.ProcessEnv} env
 */
export function accountingDir(places, env) {
  return env['EG_ACCOUNTING_DIR'] || join(places.var, 'mta/accounting');
}

/**
 * @param {import('./paths.mjs').Folders} places
 * @param {NodeJS.ProcessEnv} env
 */
export function zoneFile(places, env) {
  return env['EG_SANDBOX_ZONE_FILE'] || join(places.var, 'sandbox/zone.json');
}

/**
 * Base URL of an application's health server.
 * @param {StackSettings} settings
 * @param {AppDefinition} app
 */
export function healthBase({ ports }, app) {
  return `http://127.0.0.1:${ports[app.healthVariable]}`;
}

/**
 * What `var/run/stack.json` says.
 * @param {StackSettings} settings
 * @param {Record<string, number>} pids
 * @param {object | undefined} demo
 */
export function describeStack(settings, pids, demo) {
  const { places, ports, engines, database, secrets, sandbox, env } = settings;
  const at = (/** @type {string} */ variable) => `127.0.0.1:${ports[variable]}`;
  const mta = `${env['EG_MTA_HOST'] || '127.0.0.1'}:${env['EG_MTA_PORT'] || ports['EG_SANDBOX_MTA_PORT']}`;
  const digest = createHash('md5')
    .update(secrets.EG_LEGACY_KEY_SALT + secrets.EG_LEGACY_KEY_LICENSE)
    .digest('hex');
  return {
    api: `http://${at('EG_HTTP_PORT')}`,
    operator: `http://${at('EG_OPERATOR_PORT')}`,
    mysql: { ...engines.mysql, database },
    kafka: engines.kafka,
    elasticsearch: engines.elasticsearch,
    mta: { smtp: mta, accountingDir: accountingDir(places, env) },
    health: Object.fromEntries(
      [...APPS, ...(sandbox ? [SANDBOX] : [])].map((app) => [
        app.name,
        `${healthBase(settings, app)}/health/ready`,
      ]),
    ),
    pids,
    adminApiKey: secrets.EG_ADMIN_API_KEY,
    legacySigningKey: digest.toUpperCase().replace(/(.{4})(?=.)/g, '$1-'),
    ...(sandbox
      ? {
          sandbox: {
            inbox: `http://${at('EG_SANDBOX_INBOX_PORT')}`,
            dns: at('EG_SANDBOX_DNS_PORT'),
            receiver: `http://receiver.sandbox.test:${ports['EG_SANDBOX_RECEIVER_PORT']}/hook`,
            receiverAdmin: `http://${at('EG_SANDBOX_RECEIVER_PORT')}/hook`,
          },
        }
      : {}),
    ...(demo ? { demo } : {}),
  };
}

/** @param {string} path relative to the checkout */
export const inCheckout = (path) => join(ROOT, path);
