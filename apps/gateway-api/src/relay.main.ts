import { redactedSummary } from '#platform/config/settings';
import { MysqlDatabase, mysqlOptions } from '#platform/database/database';
import { createKafka, createProducer } from '#platform/kafka/client';
import { probeBrokers } from '#platform/kafka/probe';
import { runProcess } from '#platform/lifecycle/process';
import { createRelay } from '#platform/outbox/relay';
import { createLogger } from '#platform/telemetry/logger';
import { readRelayConfig, relayDefinition } from './config.js';

const config = readRelayConfig();
const log = createLogger(relayDefinition.app, config.logLevel);
log.info({ settings: redactedSummary(relayDefinition, config) }, 'process.configured');

const database = new MysqlDatabase(mysqlOptions(config));
const kafka = createKafka({ brokers: config.kafkaBrokers, clientId: relayDefinition.app, log });
const producer = createProducer(kafka);
const relay = createRelay({ database, producer, log });

await runProcess({
  app: relayDefinition.app,
  log,
  health: { host: config.healthHost, port: config.healthPort },
  checks: [
    { name: 'mysql', check: () => database.ping() },
    { name: 'kafka', check: () => probeBrokers(config.kafkaBrokers) },
    relay.readiness,
  ],
  components: [
    { name: 'mysql', start: async () => {}, stop: () => database.close() },
    { name: 'producer', start: () => producer.connect(), stop: () => producer.disconnect() },
    relay,
  ],
});
