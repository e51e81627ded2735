import { healthSettings, kafkaSettings, logSettings, mysqlSettings } from '#platform/config/shared-settings';
import { defineConfig, readConfig, setting } from '#platform/config/settings';
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
});

export type MtaIngestConfig = ReturnType<typeof readMtaIngestConfig>;

export function readStatusConfig(env: NodeJS.ProcessEnv = process.env) {
  return readConfig(statusDefinition, env);
}

export function readMtaIngestConfig(env: NodeJS.ProcessEnv = process.env) {
  return readConfig(definition, env);
}
