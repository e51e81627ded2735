import { healthSettings, logSettings, mysqlSettings } from '#platform/config/shared-settings';
import { defineConfig, readConfig, setting } from '#platform/config/settings';

export const definition = defineConfig('mail-sender', {
  ...logSettings,
  ...healthSettings(9103),
  ...mysqlSettings,
  referenceKey: setting.hexKey('EG_REFERENCE_KEY', {
    description: 'Key that authenticates the references in our mail; the same for mail-sender and mta-ingest',
  }),
  mtaHost: setting.string('EG_MTA_HOST', { default: '127.0.0.1', description: 'Host of the MTA (PowerMTA)' }),
  mtaPort: setting.port('EG_MTA_PORT', { default: 2525, description: 'SMTP port of the MTA' }),
  mtaConnections: setting.int('EG_MTA_CONNECTIONS', {
    default: 8,
    min: 1,
    max: 500,
    description: 'The most SMTP connections to the MTA that one process keeps open',
  }),
  sendLeaseS: setting.int('EG_SEND_LEASE_S', {
    default: 10,
    min: 2,
    max: 600,
    description: 'Seconds after which the mails of a sender that died are sent by another one',
  }),
});

export type MailSenderConfig = ReturnType<typeof readMailSenderConfig>;

export function readMailSenderConfig(env: NodeJS.ProcessEnv = process.env) {
  return readConfig(definition, env);
}
