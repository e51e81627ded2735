import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { TOPICS } from '#contracts/topics';
import { MysqlDatabase, mysqlOptions } from '#platform/database/database';
import { createKafka, createRecordProducer } from '#platform/kafka/client';
import type { RecordProducer } from '#platform/kafka/client';
import { probeBrokers } from '#platform/kafka/probe';
import { configure } from '#platform/lifecycle/configure';
import { pollingLoop } from '#platform/lifecycle/loop';
import { runProcess } from '#platform/lifecycle/process';
import type { Component } from '#platform/lifecycle/process';
import { definition, readMtaIngestConfig } from './config.js';
import { folderReadable, Ingest } from './ingest.js';
import { Batches } from './publish/batches.js';
import { runPipe } from './pipe/run-pipe.js';
import { Publisher } from './publish/publisher.js';
import { Quarantine } from './quarantine/quarantine.js';
import { AccountingReceiver } from './receive/receiver.js';
import { Checkpoints } from './tail/checkpoints.js';
import { Tailer } from './tail/tailer.js';

const { values: args } = parseArgs({ options: { stdin: { type: 'boolean', default: false } } });
const { config, log } = configure(definition, readMtaIngestConfig);

const database = new MysqlDatabase(mysqlOptions(config));
const kafka = createKafka({ brokers: config.kafkaBrokers, clientId: 'mta-ingest', log });
const checkpoints = new Checkpoints(database, new Quarantine(config.quarantineRows));

function batchesOf(producer: RecordProducer): Batches {
  return new Batches({
    producer,
    topics: { mailEvents: TOPICS.mailEvents.name, mtaReceipts: TOPICS.mtaReceipts.name },
    referenceKey: Buffer.from(config.referenceKey, 'hex'),
  });
}

/** With a producer of its own: a request that fails is forgotten, and its gap in the sequence must not concern the files. */
function receiverComponents(): Component[] {
  if (config.accountingHttpPort === 0) return [];
  const producer = createRecordProducer(kafka);
  const receiver = new AccountingReceiver({
    host: config.accountingHttpHost,
    port: config.accountingHttpPort,
    user: config.accountingHttpUser,
    secret: config.accountingHttpSecret,
    batches: batchesOf(producer),
    newPublisher: () => new Publisher(producer, checkpoints, log),
    log,
  });
  return [
    { name: 'kafka-http', start: () => producer.connect(), stop: () => producer.disconnect() },
    receiver,
  ];
}

async function followFolder(): Promise<void> {
  const folder = resolve(config.accountingDir);
  const producer = createRecordProducer(kafka);
  const tailer = new Tailer({ folder, checkpoints, log });
  const ingest = new Ingest({
    tailer,
    publisher: new Publisher(producer, checkpoints, log),
    batches: batchesOf(producer),
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
      ...receiverComponents(),
    ],
  });
}

if (args.stdin) {
  const producer = createRecordProducer(kafka);
  const batches = batchesOf(producer);
  process.exit(await runPipe(process.stdin, { database, producer, checkpoints, batches, log }));
} else {
  await followFolder();
}
