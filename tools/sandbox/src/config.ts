import { resolve } from 'node:path';

/** One setting of the sandbox: an environment variable, checked once at start. */
export interface Setting {
  name: string;
  type: 'integer' | 'port' | 'flag' | 'path' | 'text' | 'log level';
  default: string;
  meaning: string;
  min?: number;
  max?: number;
}

const port = (name: string, value: string, meaning: string): Setting => ({
  name,
  type: 'port',
  default: value,
  meaning,
  min: 0,
  max: 65_535,
});
const integer = (name: string, value: string, min: number, max: number, meaning: string): Setting => ({
  name,
  type: 'integer',
  default: value,
  meaning,
  min,
  max,
});
const path = (name: string, value: string, meaning: string): Setting => ({
  name,
  type: 'path',
  default: value,
  meaning,
});

/** Everything that the sandbox reads from the environment; the one list that documentation can be made of. */
export const SETTINGS = {
  logLevel: {
    name: 'EG_LOG_LEVEL',
    type: 'log level',
    default: 'info',
    meaning: 'trace, debug, info, warn, error, fatal or silent',
  },
  healthHost: {
    name: 'EG_HEALTH_HOST',
    type: 'text',
    default: '127.0.0.1',
    meaning: 'address that the health server listens on',
  },
  healthPort: port('EG_HEALTH_PORT', '9107', 'port of /health/live, /health/ready and /metrics'),
  mtaPort: port('EG_SANDBOX_MTA_PORT', '2525', 'SMTP port of the PowerMTA stand-in (loopback)'),
  inboxPort: port('EG_SANDBOX_INBOX_PORT', '8025', 'HTTP port of the inbox (loopback)'),
  dnsPort: port('EG_SANDBOX_DNS_PORT', '5353', 'DNS port, UDP and TCP (loopback)'),
  receiverPort: port('EG_SANDBOX_RECEIVER_PORT', '8026', 'HTTP port of the webhook receiver (loopback)'),
  zoneFile: path('EG_SANDBOX_ZONE_FILE', 'var/sandbox/zone.json', 'names that the DNS part answers for'),
  spoolDir: path('EG_SANDBOX_SPOOL_DIR', 'var/sandbox/spool', 'accepted mail whose rows are not all written'),
  accountingDir: path('EG_ACCOUNTING_DIR', 'var/mta/accounting', 'folder of the accounting files'),
  delayMs: integer(
    'EG_SANDBOX_DELAY_MS',
    '150',
    0,
    600_000,
    'unit of the waits before accounting rows, in milliseconds: a delivery takes about 1 to 3 of it',
  ),
  acctMaxBytes: integer(
    'EG_SANDBOX_ACCT_MAX_BYTES',
    '5242880',
    1024,
    1_073_741_824,
    'size in bytes after which the next accounting file is begun',
  ),
  acctRotateS: integer(
    'EG_SANDBOX_ACCT_ROTATE_S',
    '3600',
    1,
    604_800,
    'age in seconds after which the next accounting file is begun',
  ),
  tear: {
    name: 'EG_SANDBOX_TEAR',
    type: 'flag',
    default: '0',
    meaning: '1: every write to an accounting file stops for some milliseconds in the middle of its last row',
  },
  inboxMax: integer('EG_SANDBOX_INBOX_MAX', '10000', 1, 1_000_000, 'number of mails that the inbox keeps'),
} as const satisfies Record<string, Setting>;

export interface SandboxConfig {
  readonly logLevel: string;
  readonly healthHost: string;
  readonly healthPort: number;
  readonly mtaPort: number;
  readonly inboxPort: number;
  readonly dnsPort: number;
  readonly receiverPort: number;
  readonly zoneFile: string;
  readonly spoolDir: string;
  readonly accountingDir: string;
  readonly delayMs: number;
  readonly acctMaxBytes: number;
  readonly acctRotateS: number;
  readonly tear: boolean;
  readonly inboxMax: number;
}

/** One wrong setting: the variable, and what it may hold and holds, phrased to follow its name. */
export interface ConfigProblem {
  readonly env: string;
  readonly reason: string;
}

/** Every setting that is wrong, one line each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly problems: readonly ConfigProblem[]) {
    super(problems.map(({ env, reason }) => `${env} ${reason}`).join('\n'));
  }
}

/**
 * Reads the settings. Paths come out absolute, relative to the working directory.
 *
 * @throws ConfigError that names every wrong value.
 */
export function readConfig(env: Record<string, string | undefined>): SandboxConfig {
  const problems: ConfigProblem[] = [];
  const raw = (setting: Setting): string => {
    const value = env[setting.name]?.trim();
    return value === undefined || value === '' ? setting.default : value;
  };
  const number = (setting: Setting): number => {
    const text = raw(setting);
    const value = Number(text);
    const { min = 0, max = Number.MAX_SAFE_INTEGER } = setting;
    if (!/^\d+$/.test(text) || value < min || value > max) {
      problems.push({
        env: setting.name,
        reason: `must be an integer from ${min} to ${max}, not ${JSON.stringify(text)}`,
      });
    }
    return value;
  };
  const oneOf = (setting: Setting, allowed: readonly string[]): string => {
    const value = raw(setting);
    if (!allowed.includes(value)) {
      problems.push({
        env: setting.name,
        reason: `must be one of ${allowed.join(', ')}, not ${JSON.stringify(value)}`,
      });
    }
    return value;
  };

  const config = {
    logLevel: oneOf(SETTINGS.logLevel, ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
    healthHost: raw(SETTINGS.healthHost),
    healthPort: number(SETTINGS.healthPort),
    mtaPort: number(SETTINGS.mtaPort),
    inboxPort: number(SETTINGS.inboxPort),
    dnsPort: number(SETTINGS.dnsPort),
    receiverPort: number(SETTINGS.receiverPort),
    zoneFile: resolve(raw(SETTINGS.zoneFile)),
    spoolDir: resolve(raw(SETTINGS.spoolDir)),
    accountingDir: resolve(raw(SETTINGS.accountingDir)),
    delayMs: number(SETTINGS.delayMs),
    acctMaxBytes: number(SETTINGS.acctMaxBytes),
    acctRotateS: number(SETTINGS.acctRotateS),
    tear: oneOf(SETTINGS.tear, ['0', '1']) === '1',
    inboxMax: number(SETTINGS.inboxMax),
  };
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(config);
}
