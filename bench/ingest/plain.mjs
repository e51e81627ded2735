// @ts-check
// The plain route: csv-parse, avsc and kafkajs, rows to mail events in batches of a thousand. Waits to be stopped when all is sent.
import avsc from 'avsc';
import { parse } from 'csv-parse';
import kafkajs from 'kafkajs';
import { createReadStream } from 'node:fs';
import { load } from '../gateway/dist.mjs';
import { eventsOf, receiptOf } from './plain-mapping.mjs';
import { referenceReader } from './plain-reference.mjs';

const BATCH_ROWS = 1_000;

const { mailEventCodec } = await load('libs/contracts/src/mail-events/mail-event.js');
const { mtaReceiptCodec } = await load('libs/contracts/src/mta-receipts/mta-receipt.js');
/** @param {{ versions: avsc.Schema[], fingerprint: Buffer }} codec */
function encoder({ versions, fingerprint }) {
  const type = avsc.Type.forSchema(/** @type {avsc.Schema} */ (versions.at(-1)));
  const head = Buffer.concat([Buffer.from([0xc3, 0x01]), fingerprint]);
  return (/** @type {object} */ message) => Buffer.concat([head, type.toBuffer(message)]);
}
const encodeEvent = encoder(mailEventCodec);
const encodeReceipt = encoder(mtaReceiptCodec);

const env = (/** @type {string} */ name) => String(process.env[name]);
const read = referenceReader(env('EG_REFERENCE_KEY'), env('BENCH_AUTHENTICATE') === 'yes');

const kafka = new kafkajs.Kafka({ brokers: env('EG_KAFKA_BROKERS').split(','), logLevel: 1 });
const producer = kafka.producer({
  idempotent: true,
  maxInFlightRequests: 1,
  createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
});
await producer.connect();

/** @type {kafkajs.Message[]} */
let events = [];
/** @type {kafkajs.Message[]} */
let receipts = [];
async function flush() {
  const topicMessages = [
    { topic: env('BENCH_EVENTS'), messages: events },
    { topic: env('BENCH_RECEIPTS'), messages: receipts },
  ].filter(({ messages }) => messages.length > 0);
  if (topicMessages.length === 0) return;
  await producer.sendBatch({ acks: -1, topicMessages });
  events = [];
  receipts = [];
}

const rows = createReadStream(env('BENCH_FILE')).pipe(
  parse({ columns: (/** @type {string[]} */ header) => header.map((name) => name.toLowerCase()) }),
);
let pending = 0;
for await (const row of rows) {
  if (['d', 'b', 'rb', 'f', 'r'].includes(row.type)) {
    const reference = read(row);
    if (!reference) continue;
    const key = reference.messageId;
    if (row.type === 'r') receipts.push({ key, value: encodeReceipt(receiptOf(row, reference)) });
    else for (const event of eventsOf(row, reference)) events.push({ key, value: encodeEvent(event) });
  }
  pending += 1;
  if (pending < BATCH_ROWS) continue;
  await flush();
  pending = 0;
}
await flush();
setInterval(() => {}, 60_000);
