import { resolve } from 'node:path';
import { TOPICS } from '#contracts/topics';
import { MysqlDatabase, mysqlOptions } from '#platform/database/database';
import { createKafka, createRecordProducer } from '#platform/kafka/client';
import { probeBrokers } from '#platform/kafka/probe';
import { configure } from '#platform/lifecycle/configure';
import { pollingLoop } from '#platform/lifecycle/loop';
import { runProcess } from '#platform/lifecycle/process';
import { definition, readMtaIngestConfig } from './config.js';
import { folderReadable, Ingest } from './ingest.js';
import { Batches } from './publish/batches.js';
import { Publisher } from './publish/publisher.js';
import { Quarantine } from './quarantine/quarantine.js';
import { Checkpoints } from './tail/checkpoints.js';
import { Tailer } from './tail/tailer.js';

const { config, log } = configure(definition, readMtaIngestConfig);

const folder = resolve(config.accountingDir);
const database = new MysqlDatabase(mysqlOptions(config));
const kafka = createKafka({ brokers: config.kafkaBrokers, clientId: 'mta-ingest', log });
const producer = createRecordProducer(kafka);
const checkpoints = new Checkpoints(database, new Quarantine(config.quarantineRows));
const tailer = new Tailer({ folder, checkpoints, log });
const ingest = new Ingest({
  tailer,
  publisher: new Publisher(producer, checkpoints, log),
  batches: new Batches({
    producer,
    topics: { mailEvents: TOPICS.mailEvents.name, mtaReceipts: TOPICS.mtaReceipts.name },
    referenceKey: Buffer.from(config.referenceKey, 'hex'),
  }),
  pollMs: config.accountingPollMs,
});
const loop = pollingLoop({
  name: 'ingest',
  run: (signal) => ingest.turn(signal),
  idleMs: config.accountingPollMs,
  log,
});

await runProcess({
  log,
  health: { host: config.healthHost, port: config.healthPort },
  checks: [
    { name: 'kafka', check: () => probeBrokers(config.kafkaBrokers) },
    { name: 'mysql', check: () => database.ping() },
    folderReadable(folder),
    ingest.progress,
    loop.readiness,
  ],
  components: [
    { name: 'mysql', start: () => Promise.resolve(), stop: () => database.close() },
    { name: 'kafka', start: () => producer.connect(), stop: () => producer.disconnect() },
    { name: 'files', start: () => Promise.resolve(), stop: () => tailer.close() },
    loop,
  ],
});
