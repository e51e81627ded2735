import { defineConfig, readConfig, setting, type Values } from '#platform/config/settings';
import {
  allowedCidrs,
  dnsServers,
  healthSettings,
  kafkaSettings,
  logSettings,
  mysqlSettings,
} from '#platform/config/shared-settings';

export const definition = defineConfig('webhook-dispatcher', {
  ...logSettings,
  ...healthSettings(9106),
  ...mysqlSettings,
  ...kafkaSettings,
  masterKey: setting.hexKey('EG_MASTER_KEY', {
    description: 'The key under which secrets are encrypted at rest; opens the signing keys of domains',
  }),
  legacyKeySalt: setting.secret('EG_LEGACY_KEY_SALT', {
    description: 'First half of the signing key of domains that never rotated theirs',
  }),
  legacyKeyLicense: setting.secret('EG_LEGACY_KEY_LICENSE', {
    description: 'Second half of the signing key of domains that never rotated theirs',
  }),
  schedule: setting.intList('EG_WEBHOOK_SCHEDULE', {
    default: [0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400],
    min: 1,
    max: 100,
    description: 'Seconds before each attempt of a webhook delivery, counted from the one before',
  }),
  timeoutMs: setting.int('EG_WEBHOOK_TIMEOUT_MS', {
    default: 5_000,
    min: 50,
    // A drain waits for requests under way and is itself bounded to 20 s.
    max: 15_000,
    description: 'Milliseconds that one attempt may take: name resolution, connection, request and reply',
  }),
  allowedCidrs: allowedCidrs('EG_WEBHOOK_ALLOW_CIDRS'),
  concurrency: setting.int('EG_WEBHOOK_CONCURRENCY', {
    default: 32,
    min: 2,
    max: 1_000,
    description: 'Webhook requests that one process has under way at a time',
  }),
  dnsServers: dnsServers(
    'EG_DNS_SERVERS',
    'Name servers that resolve the hosts of webhooks, address or address:port',
  ),
});

export type DispatcherConfig = Values<typeof definition.settings>;

/** @throws ConfigError naming every variable that is wrong */
export const readDispatcherConfig = (env: NodeJS.ProcessEnv = process.env): DispatcherConfig =>
  readConfig(definition, env);
