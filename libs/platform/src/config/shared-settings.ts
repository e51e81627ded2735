import { Resolver } from 'node:dns';
import { addressRules } from '../net/address-rules.js';
import { reasonOf } from '../telemetry/reason.js';
import { InvalidValue } from './setting.js';
import { setting, type Setting } from './settings.js';

/** Settings that several processes share under the same names; each app spreads what it needs into its definition. */

export const logSettings = {
  logLevel: setting.choice('EG_LOG_LEVEL', ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
    default: 'info',
    description: 'The least severe log line that is written',
  }),
};

export function healthSettings(defaultPort: number): {
  healthHost: Setting<string>;
  healthPort: Setting<number>;
} {
  return {
    healthHost: setting.string('EG_HEALTH_HOST', {
      default: '127.0.0.1',
      description: 'The address that /health/live, /health/ready and /metrics listen on',
    }),
    healthPort: setting.port('EG_HEALTH_PORT', {
      default: defaultPort,
      description: 'The port of /health/live, /health/ready and /metrics',
    }),
  };
}

export const mysqlSettings = {
  mysqlHost: setting.string('EG_MYSQL_HOST', { default: '127.0.0.1', description: 'Host of MySQL' }),
  mysqlPort: setting.port('EG_MYSQL_PORT', { default: 3306, description: 'Port of MySQL' }),
  mysqlUser: setting.string('EG_MYSQL_USER', { default: 'eg', description: 'User of MySQL' }),
  mysqlPassword: setting.secret('EG_MYSQL_PASSWORD', { description: 'Password of the MySQL user' }),
  mysqlDatabase: setting.string('EG_MYSQL_DATABASE', {
    default: 'email_gateway',
    description: 'Name of the MySQL database',
  }),
  mysqlPool: setting.int('EG_MYSQL_POOL', {
    default: 8,
    min: 1,
    max: 200,
    description:
      'The most connections to MySQL that one process opens; what is batched (accepting mails) has up to 8 of its own besides',
  }),
};

export const kafkaSettings = {
  kafkaBrokers: setting.list('EG_KAFKA_BROKERS', {
    default: ['127.0.0.1:9092'],
    min: 1,
    description: 'Kafka brokers to connect to first, host:port',
  }),
};

export const elasticsearchSettings = {
  elasticsearchUrl: setting.url('EG_ELASTICSEARCH_URL', {
    default: 'http://127.0.0.1:9200',
    description: 'URL of Elasticsearch',
  }),
};

/** Where requests on behalf of others may go besides the public Internet; see `net/address-rules`. */
export function allowedCidrs(env: string): Setting<readonly string[]> {
  return cidrs(env, 'Address blocks outside global unicast that webhooks may be sent to');
}

/** Address blocks such as `10.20.0.0/16`; none unless told. */
export function cidrs(env: string, description: string): Setting<readonly string[]> {
  const list = setting.list(env, { default: [], description, example: '10.20.0.0/16,fd00::/8' });
  return checked(list, addressRules);
}

/** Origins of web pages, as browsers write them: scheme, host and port without a default, nothing after it. */
export function origins(env: string, description: string): Setting<readonly string[]> {
  const list = setting.list(env, { default: [], description, example: 'https://app.example.com' });
  return checked(list, (values) => {
    const wrong = values.find((value) => !/^https?:/.test(value) || URL.parse(value)?.origin !== value);
    if (wrong !== undefined)
      throw new Error(`"${wrong}" is not an origin such as https://app.example.com or http://localhost:3000`);
  });
}

/** DNS servers, `host` or `host:port`, of which the first that answers counts. */
export function dnsServers(env: string, description: string): Setting<readonly string[]> {
  const list = setting.list(env, {
    default: ['1.1.1.1'],
    min: 1,
    description,
    example: '1.1.1.1,9.9.9.9:53',
  });
  return checked(list, (servers) => new Resolver().setServers(servers));
}

/** The setting, refusing values that `use` throws on. */
function checked<T>(declared: Setting<T>, use: (value: T) => unknown): Setting<T> {
  return {
    ...declared,
    parse(text) {
      const value = declared.parse(text);
      try {
        use(value);
      } catch (error) {
        throw new InvalidValue(`is wrong: ${reasonOf(error)}`);
      }
      return value;
    },
  };
}
