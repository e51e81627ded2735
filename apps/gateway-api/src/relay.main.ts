import { MysqlDatabase, mysqlOptions } from '#platform/database/database';
import { createKafka, createProducer } from '#platform/kafka/client';
import { probeBrokers } from '#platform/kafka/probe';
import { configure } from '#platform/lifecycle/configure';
import { runProcess } from '#platform/lifecycle/process';
import { createRelay } from '#platform/outbox/relay';
import { readRelayConfig, relayDefinition } from './config.js';

const { config, log } = configure(relayDefinition, readRelayConfig);

const database = new MysqlDatabase(mysqlOptions(config));
const kafka = createKafka({ brokers: config.kafkaBrokers, clientId: relayDefinition.app, log });
const producer = createProducer(kafka);
const relay = createRelay({ database, producer, log });

await runProcess({
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
