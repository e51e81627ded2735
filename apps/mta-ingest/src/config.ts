import { healthSettings, kafkaSettings, logSettings, mysqlSettings } from '#platform/config/shared-settings';
import { ConfigError, defineConfig, readConfig, setting } from '#platform/config/settings';
import { QUARANTINE_ROWS } from './quarantine/quarantine.js';

const accountingDir = setting.string('EG_ACCOUNTING_DIR', {
  default: 'var/mta/accounting',
  description: "Folder of PowerMTA's accounting files, read with its sub-folders",
});

/** What it takes to say how far the ingest is. */
export const statusDefinition = defineConfig('mta-ingest', { ...mysqlSettings, accountingDir });

export const definition = defineConfig('mta-ingest', {
  ...logSettings,
  ...healthSettings(9104),
  ...mysqlSettings,
  ...kafkaSettings,
  referenceKey: setting.hexKey('EG_REFERENCE_KEY', {
    description: 'Key that authenticates the references in our mail; the same for mail-sender and mta-ingest',
  }),
  accountingDir,
  accountingPollMs: setting.int('EG_ACCOUNTING_POLL_MS', {
    default: 250,
    min: 20,
    max: 60_000,
    description: 'How often the accounting folder is looked at, in milliseconds',
  }),
  quarantineRows: setting.int('EG_QUARANTINE_ROWS', {
    default: QUARANTINE_ROWS,
    min: 1_000,
    max: 10_000_000,
    description:
      'The most rows in quarantine, of at most 64 KiB each; one file has a tenth at most. What finds no room is counted, not kept',
  }),
  accountingHttpHost: setting.string('EG_ACCOUNTING_HTTP_HOST', {
    default: '127.0.0.1',
    description: 'The address on which accounting rows are taken over HTTP',
  }),
  accountingHttpPort: setting.port('EG_ACCOUNTING_HTTP_PORT', {
    default: 0,
    description: 'The port on which accounting rows are taken over HTTP (POST /accounting); 0: they are not',
  }),
  accountingHttpUser: setting.string('EG_ACCOUNTING_HTTP_USER', {
    default: 'powermta',
    description: 'User of those who post accounting rows with Basic authentication',
  }),
  accountingHttpSecret: setting.secret('EG_ACCOUNTING_HTTP_SECRET', {
    default: '',
    min: 16,
    description:
      'Secret of those who post accounting rows, as Bearer token or as the password of Basic authentication; required with EG_ACCOUNTING_HTTP_PORT',
  }),
});

export type MtaIngestConfig = ReturnType<typeof readMtaIngestConfig>;

export function readStatusConfig(env: NodeJS.ProcessEnv = process.env) {
  return readConfig(statusDefinition, env);
}

export function readMtaIngestConfig(env: NodeJS.ProcessEnv = process.env) {
  const config = readConfig(definition, env);
  if (config.accountingHttpPort !== 0 && config.accountingHttpSecret === '')
    throw new ConfigError(definition.app, [
      { env: 'EG_ACCOUNTING_HTTP_SECRET', reason: 'is not set, and EG_ACCOUNTING_HTTP_PORT is' },
    ]);
  return config;
}
