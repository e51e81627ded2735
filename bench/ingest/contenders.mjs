// @ts-check
import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { projectNode } from '../../tools/stack/install.mjs';
import { load } from '../gateway/dist.mjs';
import { startMeasured } from './measured.mjs';

/** @typedef {import('./rows.mjs').Written & { folder: string, path: string }} AccountingFile alone in its folder */

/**
 * @typedef {object} Contender
 * @property {() => import('./arrivals.mjs').TopicDefinition[]} topics for the next run
 * @property {boolean} ownTopics false: the system's, whose names it cannot choose
 * @property {(file: AccountingFile) => number[]} counts messages that a file makes, by topic
 * @property {boolean} makesEvents false: lines in some other form
 * @property {(file: AccountingFile, topics: string[]) => Promise<import('./measured.mjs').Measured>} start
 * @property {(file: AccountingFile, givenUp: AbortSignal) => Promise<void>} [settled] after all has arrived
 */

/** @param {string} purpose */
const uniqueTopic = (purpose) => ({
  name: `bench-${purpose}-${randomBytes(4).toString('hex')}`,
  partitions: 6,
  retentionMs: 86_400_000,
});
/** @param {AccountingFile} file */
const eventsAndReceipts = ({ events, receipts }) => [events, receipts];

/** @param {{ brokers: string[], keyHex: string, authenticate: boolean }} options @returns {Contender} */
export function plainRoute({ brokers, keyHex, authenticate }) {
  return {
    topics: () => [uniqueTopic('events'), uniqueTopic('receipts')],
    ownTopics: true,
    counts: eventsAndReceipts,
    makesEvents: true,
    start: async ({ path }, [events = '', receipts = '']) =>
      startMeasured(projectNode(), [fileURLToPath(new URL('plain.mjs', import.meta.url))], {
        env: {
          NODE_ENV: 'production',
          EG_KAFKA_BROKERS: brokers.join(','),
          EG_REFERENCE_KEY: keyHex,
          BENCH_AUTHENTICATE: authenticate ? 'yes' : 'no',
          BENCH_FILE: path,
          BENCH_EVENTS: events,
          BENCH_RECEIPTS: receipts,
        },
      }),
  };
}

/** @param {Awaited<ReturnType<typeof import('./product.mjs').prepareProduct>>} ingest @returns {Promise<Contender>} */
export async function product(ingest) {
  const { TOPICS } = await load('libs/contracts/src/topics.js');
  return {
    topics: () => [TOPICS.mailEvents, TOPICS.mtaReceipts],
    ownTopics: false,
    counts: eventsAndReceipts,
    makesEvents: true,
    start: ({ folder }) => ingest.start(folder),
    settled: ({ bytes }, givenUp) => ingest.recorded(bytes, givenUp),
  };
}

/**
 * @param {string} name
 * @param {import('./syslog.mjs').Shipper} found
 * @param {{ brokers: string[], folder: string }} options
 * @returns {Contender}
 */
export function shipper(name, { program, args }, { brokers, folder }) {
  return {
    topics: () => [uniqueTopic(name)],
    ownTopics: true,
    // The header is a line like the others to it.
    counts: ({ rows }) => [rows + 1],
    makesEvents: false,
    // What it remembers of a file lies in its folder: a new one each time.
    start: async ({ path }, [topic = '']) => {
      const state = mkdtempSync(join(folder, `${name}-`));
      return startMeasured(program, args({ file: path, topic, brokers, folder: state }));
    },
  };
}
