import { healthSettings, kafkaSettings, logSettings, mysqlSettings } from '#platform/config/shared-settings';
import { defineConfig, readConfig, setting } from '#platform/config/settings';

export const definition = defineConfig('mta-ingest', {
  ...logSettings,
  ...healthSettings(9104),
  ...mysqlSettings,
  ...kafkaSettings,
  referenceKey: setting.hexKey('EG_REFERENCE_KEY', {
    description: 'Key that authenticates the references in our mail; the same for mail-sender and mta-ingest',
  }),
  accountingDir: setting.string('EG_ACCOUNTING_DIR', {
    default: 'var/mta/accounting',
    description: "Folder of PowerMTA's accounting files, read with its sub-folders",
  }),
  accountingPollMs: setting.int('EG_ACCOUNTING_POLL_MS', {
    default: 250,
    min: 20,
    max: 60_000,
    description: 'How often the accounting folder is looked at, in milliseconds',
  }),
});

export type MtaIngestConfig = ReturnType<typeof readMtaIngestConfig>;

export function readMtaIngestConfig(env: NodeJS.ProcessEnv = process.env) {
  return readConfig(definition, env);
}
