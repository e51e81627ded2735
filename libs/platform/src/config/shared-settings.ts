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
    description: 'The most connections to MySQL that one process opens',
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
