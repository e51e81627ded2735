import { Resolver } from 'node:dns';
import { ConfigError, defineConfig, readConfig, setting, type Values } from '#platform/config/settings';
import { healthSettings, kafkaSettings, logSettings, mysqlSettings } from '#platform/config/shared-settings';
import { addressRules } from './targets/address-rules.js';

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
  allowedCidrs: setting.list('EG_WEBHOOK_ALLOW_CIDRS', {
    default: [],
    description: 'Address blocks outside global unicast that webhooks may be sent to',
    example: '10.20.0.0/16,fd00::/8',
  }),
  concurrency: setting.int('EG_WEBHOOK_CONCURRENCY', {
    default: 32,
    min: 2,
    max: 1_000,
    description: 'Webhook requests that one process has under way at a time',
  }),
  dnsServers: setting.list('EG_DNS_SERVERS', {
    default: ['1.1.1.1'],
    min: 1,
    description: 'Name servers that resolve the hosts of webhooks, address or address:port',
    example: '1.1.1.1,9.9.9.9:53',
  }),
});

export type DispatcherConfig = Values<typeof definition.settings>;

/** @throws ConfigError naming every variable that is wrong */
export function readDispatcherConfig(env: NodeJS.ProcessEnv = process.env): DispatcherConfig {
  const config = readConfig(definition, env);
  const problems = [
    problem('EG_WEBHOOK_ALLOW_CIDRS', () => addressRules(config.allowedCidrs)),
    problem('EG_DNS_SERVERS', () => new Resolver().setServers(config.dnsServers)),
  ].filter((found) => found !== undefined);
  if (problems.length > 0) throw new ConfigError(definition.app, problems);
  return config;
}

function problem(env: string, check: () => unknown): { env: string; reason: string } | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    return { env, reason: `is wrong: ${(error as Error).message}` };
  }
}
