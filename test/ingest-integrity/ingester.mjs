// @ts-check
// mta-ingest as its main process puts it together, on topics of its own: the suite kills it again and again.
import { argv } from 'node:process';

const { database: options, brokers, topics, folder, keyHex } = JSON.parse(String(argv[2]));
const { MysqlDatabase } = await import('#platform/database/database');
const { createKafka, createRecordProducer } = await import('#platform/kafka/client');
const { createLogger } = await import('#platform/telemetry/logger');
/** @param {string} path */
const load = (path) => import(new URL(`../../dist/apps/mta-ingest/src/${path}`, import.meta.url).href);
const { Ingest } = await load('ingest.js');
const { Batches } = await load('publish/batches.js');
const { Publisher } = await load('publish/publisher.js');
const { Checkpoints } = await load('tail/checkpoints.js');
const { Tailer } = await load('tail/tailer.js');

const log = createLogger('mta-ingest', 'silent');
const checkpoints = new Checkpoints(new MysqlDatabase(options));
const producer = createRecordProducer(createKafka({ brokers, clientId: 'integrity', log }));
const ingest = new Ingest({
  tailer: new Tailer({ folder, checkpoints, log }),
  publisher: new Publisher(producer, checkpoints, log),
  batches: new Batches({ producer, topics, referenceKey: Buffer.from(keyHex, 'hex') }),
  pollMs: 50,
});
const signal = new AbortController().signal;
process.send?.('started');
for (;;) {
  const outcome = await ingest.turn(signal).catch(() => 'failed');
  if (outcome !== 'worked') await new Promise((next) => setTimeout(next, 20));
}
