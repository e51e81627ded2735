import { resolve } from 'node:path';
import type {
  DismissedRows,
  IngestOperation,
  QuarantineSelection,
} from '#contracts/ingest/ingest-operations';
import { TOPICS } from '#contracts/topics';
import { MysqlDatabase, mysqlOptions } from '#platform/database/database';
import { createKafka, createRecordProducer } from '#platform/kafka/client';
import { createLogger } from '#platform/telemetry/logger';
import { reasonOf } from '#platform/telemetry/reason';
import { readMtaIngestConfig, readStatusConfig } from './config.js';
import { reprocessFile } from './operate/reprocess-file.js';
import { reprocessRows } from './operate/reprocess-rows.js';
import { dismissRows } from './operate/quarantined-rows.js';
import { ingestStatus } from './operate/status.js';
import { Batches } from './publish/batches.js';
import { Quarantine } from './quarantine/quarantine.js';

/* One operation and its answer, see `IngestOperation`. Standard output is the answer's, so nothing is logged. */
const log = createLogger('mta-ingest', 'silent');

async function status(samples: number): Promise<unknown> {
  const config = readStatusConfig();
  const database = new MysqlDatabase(mysqlOptions(config));
  try {
    return await ingestStatus({ folder: resolve(config.accountingDir), database, log, samples });
  } finally {
    await database.close();
  }
}

async function dismiss(selection: QuarantineSelection): Promise<DismissedRows> {
  const database = new MysqlDatabase(mysqlOptions(readStatusConfig()));
  try {
    return { dismissed: await dismissRows(database, selection) };
  } finally {
    await database.close();
  }
}

type Reprocess = Extract<IngestOperation, { dryRun: boolean }>;

async function reprocess(operation: Reprocess): Promise<unknown> {
  const config = readMtaIngestConfig();
  const database = new MysqlDatabase(mysqlOptions(config));
  const kafka = createKafka({ brokers: config.kafkaBrokers, clientId: 'mta-ingest', log });
  const producer = createRecordProducer(kafka);
  const options = {
    database,
    batches: new Batches({
      // A dry run needs no Kafka.
      producer: operation.dryRun ? { partitionsOf: () => Promise.resolve(1) } : producer,
      topics: { mailEvents: TOPICS.mailEvents.name, mtaReceipts: TOPICS.mtaReceipts.name },
      referenceKey: Buffer.from(config.referenceKey, 'hex'),
    }),
    publishing: operation.dryRun ? undefined : { producer, log },
  };
  try {
    if (operation.do === 'reprocess-rows') return await reprocessRows(operation.selection, options);
    const quarantine = new Quarantine(config.quarantineRows);
    return [await reprocessFile(operation.file, { ...options, quarantine })];
  } finally {
    await Promise.all([producer.disconnect(), database.close()]);
  }
}

function answerTo(operation: IngestOperation): Promise<unknown> {
  switch (operation.do) {
    case 'status':
      return status(operation.samples);
    case 'dismiss-rows':
      return dismiss(operation.selection);
    case 'reprocess-file':
    case 'reprocess-rows':
      return reprocess(operation);
  }
}

try {
  const answer = await answerTo(JSON.parse(process.argv[2] ?? '') as IngestOperation);
  // The answer may be longer than a pipe takes at once.
  await new Promise((written) => process.stdout.write(JSON.stringify(answer), written));
  process.exit(0);
} catch (error) {
  process.stderr.write(`${reasonOf(error)}\n`);
  process.exit(1);
}
