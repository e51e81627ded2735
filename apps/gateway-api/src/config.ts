import {
  allowedCidrs,
  cidrs,
  dnsServers,
  elasticsearchSettings,
  healthSettings,
  kafkaSettings,
  logSettings,
  mysqlSettings,
  origins,
} from '#platform/config/shared-settings';
import { ConfigError, defineConfig, readConfig, setting, type Values } from '#platform/config/settings';
import { dnsTemplates } from './sender-domain/dns-template-setting.js';
import { hostProblems } from './sender-domain/host-naming.js';

const masterKey = setting.hexKey('EG_MASTER_KEY', {
  description: 'Encrypts API keys and signing keys at rest and keys their look-up hash. Losing it loses them',
});

/** Process gateway-api: the API and the operators' endpoints. */
export const definition = defineConfig('gateway-api', {
  ...logSettings,
  ...healthSettings(9101),
  ...mysqlSettings,
  ...elasticsearchSettings,
  masterKey,
  httpHost: setting.string('EG_HTTP_HOST', {
    default: '127.0.0.1',
    description: 'Address that the API listens on',
  }),
  httpPort: setting.port('EG_HTTP_PORT', { default: 8080, description: 'Port of the API' }),
  operatorHost: setting.string('EG_OPERATOR_HOST', {
    default: '127.0.0.1',
    description: "Address of the operators' endpoints; keep it off public networks",
  }),
  operatorPort: setting.port('EG_OPERATOR_PORT', {
    default: 8090,
    description: "Port of the operators' endpoints",
  }),
  adminApiKey: setting.secret('EG_ADMIN_API_KEY', {
    min: 16,
    description: 'The installation-wide key of operators and mail servers',
  }),
  bodyLimitBytes: setting.int('EG_BODY_LIMIT_BYTES', {
    default: 26_214_400,
    min: 1024,
    max: 268_435_456,
    description: 'Largest request body in bytes; a larger one answers 413',
  }),
  bodyTimeoutMs: setting.int('EG_BODY_TIMEOUT_MS', {
    default: 30_000,
    min: 100,
    max: 3_600_000,
    description:
      'Longest time that a request body may take to arrive, in ms; a slower one answers 408, one that trickles (below 500 bytes per second) after 1.5 s',
  }),
  bodyMemoryBytes: setting.int('EG_BODY_MEMORY_BYTES', {
    default: 50_331_648,
    min: 1_048_576,
    max: 17_179_869_184,
    description:
      'Most bytes of large request bodies in memory at the same time, at least EG_BODY_LIMIT_BYTES; who finds no room soon gets 429',
  }),
  trustedProxies: cidrs(
    'EG_TRUSTED_PROXIES',
    "Address blocks of the proxies in front of the API, whose X-Forwarded-For is believed; empty: nobody's",
  ),
  corsOrigins: origins(
    'EG_CORS_ORIGINS',
    'Origins of web pages that browsers may call the API from; empty: none, no CORS header is sent',
  ),
  maxTo: setting.int('EG_MAX_TO', {
    default: 50,
    min: 1,
    max: 1000,
    description: 'Most To recipients of one mail',
  }),
  maxCc: setting.int('EG_MAX_CC', {
    default: 20,
    min: 0,
    max: 1000,
    description: 'Most CC recipients of one mail',
  }),
  maxBcc: setting.int('EG_MAX_BCC', {
    default: 20,
    min: 0,
    max: 1000,
    description: 'Most BCC recipients of one mail',
  }),
  maxReplyTo: setting.int('EG_MAX_REPLY_TO', {
    default: 5,
    min: 0,
    max: 100,
    description: 'Most Reply-To addresses of one mail',
  }),
  dnsServers: dnsServers(
    'EG_DNS_SERVERS',
    'Resolvers that check the DNS records of sender domains, host or host:port',
  ),
  dnsTimeoutMs: setting.int('EG_DNS_TIMEOUT_MS', {
    default: 2000,
    min: 100,
    max: 60_000,
    description: 'Longest wait for one DNS answer, in ms',
  }),
  webhookAllowCidrs: allowedCidrs('EG_WEBHOOK_ALLOW_CIDRS'),
  dnsCacheMs: setting.int('EG_DNS_CACHE_MS', {
    default: 60_000,
    min: 0,
    max: 3_600_000,
    description:
      'How long it is believed that all records of a domain were found, in ms; 0 asks each time. What was missing is always asked again',
  }),
  sessionLifetimeS: setting.int('EG_SESSION_LIFETIME_S', {
    default: 2_592_000,
    min: 1,
    max: 31_536_000,
    description: 'Life of a session from user.login, in seconds',
  }),
  phoneVerificationRequired: setting.flag('EG_PHONE_VERIFICATION_REQUIRED', {
    default: false,
    description: 'Whether only accounts with a verified phone may send',
  }),
  rateLimitPerMinute: setting.int('EG_RATE_LIMIT_PER_MINUTE', {
    default: 100,
    min: 0,
    max: 1_000_000,
    description:
      'Requests per minute of one credential on one v1 route, and of one address without a valid credential; 0 = any number',
  }),
  targetListRecipients: setting.int('EG_TARGET_LIST_RECIPIENTS', {
    default: 250,
    min: 0,
    max: 100_000,
    description: 'Most subscribers that one send to a TargetListID reaches, by address; 0 = all',
  }),
  smtpHost: setting.string('EG_SMTP_HOST', {
    default: 'smtp.example.net',
    description: 'Host that customers give their mail programs, as addsmtp and getsmtps show it',
  }),
  smtpPorts: setting.intList('EG_SMTP_PORTS', {
    default: [25, 587, 2525],
    min: 1,
    max: 10,
    description: 'Ports of that host, comma separated',
  }),
  relayDomains: setting.list('EG_RELAY_DOMAINS', {
    default: [],
    description: 'Further domains that the inbound relay accepts mail for, comma separated',
  }),
  dnsInfrastructureDomain: setting.string('EG_DNS_INFRASTRUCTURE_DOMAIN', {
    default: 'mailer.example.net',
    description: "Domain of the installation that the customers' CNAME records point to",
  }),
  dnsSubdomain: setting.string('EG_DNS_SUBDOMAIN', {
    default: 'sl',
    max: 32,
    description: 'Label of the return path host below a sender domain, unless the domain has its own',
  }),
  dnsTrackPrefix: setting.string('EG_DNS_TRACK_PREFIX', {
    default: 'track',
    max: 32,
    description: 'First part of the tracking host, unless the domain has its own',
  }),
  dnsTrackMerge: setting.choice<'-' | '.'>('EG_DNS_TRACK_MERGE', ['-', '.'], {
    default: '-',
    description: 'What stands between the tracking prefix and the return path label',
  }),
  dnsTemplates: dnsTemplates('EG_DNS_TEMPLATES'),
  legacyKeySalt: setting.secret('EG_LEGACY_KEY_SALT', {
    description: 'Salt of the webhook signing key of domains without a key of their own',
  }),
  legacyKeyLicense: setting.secret('EG_LEGACY_KEY_LICENSE', {
    description: 'License key of the webhook signing key of domains without a key of their own',
  }),
});
export type GatewayConfig = Values<typeof definition.settings>;

/** Process outbox-relay. */
export const relayDefinition = defineConfig('outbox-relay', {
  ...logSettings,
  ...healthSettings(9102),
  ...mysqlSettings,
  ...kafkaSettings,
});
export type RelayConfig = Values<typeof relayDefinition.settings>;

/** One-shot prepare: tables, topics, index template. */
export const prepareDefinition = defineConfig('prepare', {
  ...logSettings,
  ...mysqlSettings,
  ...kafkaSettings,
  ...elasticsearchSettings,
});
export type PrepareConfig = Values<typeof prepareDefinition.settings>;

/** @throws ConfigError that names every wrong variable, also those that only together make no host names. */
export function readGatewayConfig(env: NodeJS.ProcessEnv = process.env): GatewayConfig {
  const config = readConfig(definition, env);
  const problems = hostProblems(config);
  if (problems.length > 0) throw new ConfigError(definition.app, problems);
  return config;
}
export const readRelayConfig = (env: NodeJS.ProcessEnv = process.env): RelayConfig =>
  readConfig(relayDefinition, env);
export const readPrepareConfig = (env: NodeJS.ProcessEnv = process.env): PrepareConfig =>
  readConfig(prepareDefinition, env);
