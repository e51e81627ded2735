import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { TOPICS } from '#contracts/topics';
import { legacySigningKey } from '#contracts/webhooks/webhook-request';
import { SecretBox } from '#platform/crypto/secret-box';
import { type Database, MysqlDatabase, mysqlOptions } from '#platform/database/database';
import { createKafka, createProducer } from '#platform/kafka/client';
import { kafkaMicroservice } from '#platform/kafka/microservice';
import { KafkaTransport } from '#platform/kafka/transport';
import { LeaseKeeper } from '#platform/leases/lease-keeper';
import type { Component, ReadinessCheck } from '#platform/lifecycle/component';
import type { Logger } from '#platform/telemetry/logger';
import type { DispatcherConfig } from './config.js';
import { Attempts } from './deliver/attempt.js';
import { Dispatcher } from './deliver/dispatcher.js';
import { DueRows } from './deliver/due-rows.js';
import { OutcomeStore } from './deliver/outcome-store.js';
import { nextDelayMs } from './deliver/schedule.js';
import { PlanModule } from './plan/plan.module.js';
import { Planner } from './plan/planner.js';
import { LEASE_GROUP } from './shards.js';
import { createTargetClient } from './targets/target-client.js';

/** What the process is called on Kafka and what it reads and writes there. */
export interface KafkaNames {
  groupId: string;
  mailEvents: string;
  deadLetters: string;
}

const NAMES: KafkaNames = {
  groupId: 'webhook-dispatcher',
  mailEvents: TOPICS.mailEvents.name,
  deadLetters: TOPICS.deadLetters.name,
};

/**
 * How long a process that was killed keeps others from its shards; after a kill, deliveries stand still for this long.
 * Much shorter, and a pause of the event loop makes a live owner lose its shards.
 */
const LEASE_TTL_MS = 5_000;

/** Partitions that are planned at the same time: a plan is two statements, so a few hide the database's latency. */
const PLANNING_CONCURRENCY = 3;

/** The delivering half: reads due rows, sends, records. */
export function buildDelivery(
  config: Pick<
    DispatcherConfig,
    | 'masterKey'
    | 'legacyKeySalt'
    | 'legacyKeyLicense'
    | 'schedule'
    | 'timeoutMs'
    | 'allowedCidrs'
    | 'concurrency'
    | 'dnsServers'
  >,
  database: Database,
  log: Logger,
): { dispatcher: Dispatcher; client: Component } {
  const client = createTargetClient(config);
  const attempts = new Attempts({
    client,
    secrets: new SecretBox(config.masterKey),
    legacyKey: legacySigningKey(config.legacyKeySalt, config.legacyKeyLicense),
    scheduleS: config.schedule,
    random: Math.random,
  });
  const owner = `${hostname()}:${process.pid}:${randomBytes(4).toString('hex')}`;
  const dispatcher = new Dispatcher({
    dueRows: new DueRows(database),
    store: new OutcomeStore(database),
    attempts,
    keeper: new LeaseKeeper({ database, group: LEASE_GROUP, owner, ttlMs: LEASE_TTL_MS }),
    concurrency: config.concurrency,
    log,
  });
  return { dispatcher, client: closing('webhook-client', () => client.close()) };
}

/** Everything the process consists of, in the order of starting. */
export function buildDispatcher(
  config: DispatcherConfig,
  log: Logger,
  names: KafkaNames = NAMES,
): { checks: ReadinessCheck[]; components: Component[] } {
  const database = new MysqlDatabase(mysqlOptions(config));
  const kafka = createKafka({ brokers: config.kafkaBrokers, clientId: names.groupId, log });
  const deadLetters = createProducer(kafka);
  const { dispatcher, client } = buildDelivery(config, database, log);
  const planner = new Planner({
    database,
    firstDelayMs: () => nextDelayMs(config.schedule, 0, Math.random()) ?? 0,
    planned: () => dispatcher.wake(),
    log,
  });
  const transport = new KafkaTransport({
    kafka,
    groupId: names.groupId,
    deadLetters,
    deadLetterTopic: names.deadLetters,
    log,
    concurrency: PLANNING_CONCURRENCY,
  });
  return {
    checks: [{ name: 'mysql', check: () => database.ping() }, transport.readiness(), ...dispatcher.readiness],
    components: [
      closing('database', () => database.close()),
      closing('dead-letters', () => deadLetters.disconnect()),
      client,
      dispatcher,
      kafkaMicroservice('webhook-planning', PlanModule.reading(names.mailEvents, planner), transport, log),
    ],
  };
}

/** Something that needs no start, but an orderly end. */
function closing(name: string, close: () => Promise<void>): Component {
  return { name, start: async () => undefined, stop: close };
}
