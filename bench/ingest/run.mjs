// @ts-check
// `npm run bench:ingest`: what an accounting row costs, as ratios against references that run in turns with the product.
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { continueOnProjectNode, ensureBuilt } from '../../tools/stack/install.mjs';
import { progress } from '../../tools/stack/progress.mjs';
import { testEngines } from '../../tools/stack/test-engines.mjs';
import { finish, interleaved, report } from '../lib/rounds.mjs';
import { openTopics } from './arrivals.mjs';
import { plainRoute, product, shipper } from './contenders.mjs';
import { prepareProduct } from './product.mjs';
import { writeRows } from './rows.mjs';
import { rsyslog, syslogNg } from './syslog.mjs';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    rows: { type: 'string', default: '120000' },
    seed: { type: 'string', default: '1' },
    tokens: { type: 'boolean', default: false },
    believed: { type: 'boolean', default: false },
    large: { type: 'boolean', default: false },
    largest: { type: 'string', default: '10000000' },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) {
  console.log(`npm run bench:ingest -- [options]
  --rounds N   counted rounds (5)
  --rows N     rows of the big file (120000); the small one, in which programs warm up, has a third
  --seed N     of the rows (1)
  --tokens     rows without the header columns of docs/powermta.md: references in envId and orig alone
  --believed   also the plain route without authentication
  --large      instead of the references: how mta-ingest does when files grow; takes 15 GB of disk
  --largest N  rows of the largest file of --large (10000000); the others have a tenth and a hundredth`);
  process.exit(0);
}

process.env['EG_TEST_VAR'] ||= 'var/bench';
const say = progress();
await ensureBuilt(say);
continueOnProjectNode(import.meta.url);
const engines = await testEngines(say);
const address = { ...process.env, ...engines.env };
const brokers = String(address['EG_TEST_KAFKA']).split(',');
const folder = mkdtempSync(join(tmpdir(), 'bench-ingest-'));
const keyHex = createHash('sha256').update(`bench ${options.seed}`).digest('hex');
/** @type {(() => Promise<void>)[]} */
const cleanUp = [];

/** @typedef {import('./contenders.mjs').AccountingFile} AccountingFile */
/** @typedef {import('./contenders.mjs').Contender} Contender */
/** @typedef {{ cpuMs: number, peakMb: number }} Cost */

try {
  const topics = await openTopics(brokers);
  cleanUp.push(() => topics.close());
  const ingest = await prepareProduct({
    mysql: JSON.parse(String(address['EG_TEST_MYSQL'])),
    brokers,
    keyHex,
  });
  cleanUp.push(() => ingest.close());
  const own = await product(ingest);
  await (options.large ? growth(topics, own) : compare(topics, own));
} finally {
  for (const each of cleanUp.reverse()) await each();
  await engines.stop();
  rmSync(folder, { recursive: true, force: true });
}
finish();

/** @param {import('./arrivals.mjs').Topics} topics @param {Contender} own */
async function compare(topics, own) {
  const rows = Number(options.rows);
  const small = await file('small', Math.round(rows / 3));
  const big = await file('big', rows);
  const perRow = Math.round(big.bytes / big.rows);
  say(`${small.rows} and ${big.rows} rows of ${perRow} bytes on average, load ${loadavg()[0]?.toFixed(1)}`);
  /** @type {Record<string, Contender>} */
  const contenders = {
    'plain route': plainRoute({ brokers, keyHex, authenticate: true }),
    'mta-ingest': own,
  };
  if (options.believed)
    contenders['plain route, references believed'] = plainRoute({ brokers, keyHex, authenticate: false });
  /** @type {[string, number][]} */
  const bars = [];
  for (const [name, found, bar] of /** @type {const} */ ([
    ['syslog-ng', syslogNg(), 0.3],
    ['rsyslog', rsyslog(), 1],
  ])) {
    if (typeof found === 'string') console.log(`        ${name}: not measured: ${found}`);
    else {
      contenders[name] = shipper(name, found, { brokers, folder });
      bars.push([name, bar]);
    }
  }

  /** What all that make mail events must agree on, by file. @type {Map<AccountingFile, string>} */
  const expected = new Map();
  const marginal = (/** @type {string} */ name, /** @type {Contender} */ contender) => async () => {
    /** @type {Cost[]} */
    const costs = [];
    for (const each of [small, big]) {
      const { digest, ...cost } = await ingestOnce(topics, contender, each, contender.makesEvents);
      costs.push(cost);
      if (!contender.makesEvents) continue;
      const reference = expected.get(each) ?? digest;
      expected.set(each, reference);
      if (digest !== reference) throw new Error(`${name} made other messages than the plain route`);
    }
    const [less = { cpuMs: 0, peakMb: 0 }, more = less] = costs;
    const usPerRow = ((more.cpuMs - less.cpuMs) * 1000) / (big.rows - small.rows);
    say(`${name}: ${usPerRow.toFixed(1)} µs a row`);
    return { usPerRow, peakMb: more.peakMb };
  };
  const figures = await interleaved(
    Object.fromEntries(Object.entries(contenders).map(([name, each]) => [name, marginal(name, each)])),
    Number(options.rounds),
  );
  console.log(
    `        ${big.events} events and ${big.receipts} receipts: the same from the plain route and mta-ingest, every round`,
  );
  for (const [name, { usPerRow, peakMb }] of Object.entries(figures))
    console.log(
      `        ${name}: ${Number(usPerRow).toFixed(1)} µs CPU a row, ${Number(peakMb).toFixed(0)} MB at most`,
    );
  const cost = (/** @type {string} */ name) => Number(figures[name]?.['usPerRow']);
  report(
    'CPU a row of the plain route / mta-ingest',
    cost('plain route') / cost('mta-ingest'),
    'at least',
    6,
  );
  for (const [name, bar] of bars)
    report(`CPU a row of mta-ingest / ${name}`, cost('mta-ingest') / cost(name), 'at most', bar);
  report('memory of mta-ingest', Number(figures['mta-ingest']?.['peakMb']), 'at most', 150, ' MB');
}

/**
 * Whether the cost of an event and the memory stay as they are when the file grows. What arrives is counted, not read.
 * @param {import('./arrivals.mjs').Topics} topics @param {Contender} own
 */
async function growth(topics, own) {
  /** @type {(Cost & { events: number })[]} */
  const points = [];
  for (const share of [100, 10, 1]) {
    const rows = Math.round(Number(options.largest) / share);
    const written = await file(`rows-${rows}`, rows);
    say(`mta-ingest on ${rows} rows, ${(written.bytes / 1e9).toFixed(2)} GB`);
    const cost = await ingestOnce(topics, own, written, false);
    rmSync(written.folder, { recursive: true });
    points.push({ ...cost, events: written.events });
    console.log(
      `        ${rows} rows: ${(cost.cpuMs / 1000).toFixed(1)} s CPU, ${cost.peakMb.toFixed(0)} MB at most`,
    );
  }
  const [first, second, third] = points;
  if (!first || !second || !third) throw new Error('not three sizes');
  const slope = (/** @type {typeof first} */ less, /** @type {typeof first} */ more) =>
    (more.cpuMs - less.cpuMs) / (more.events - less.events);
  const ratio = slope(second, third) / slope(first, second);
  report('CPU an event in the largest file / in the one before', ratio, 'at most', 1.1);
  report('memory of mta-ingest at the largest file', third.peakMb, 'at most', 150, ' MB');
}

/** @param {string} name @param {number} rows @returns {Promise<AccountingFile>} */
async function file(name, rows) {
  const own = join(folder, name);
  mkdirSync(own);
  const path = join(own, 'acct.csv');
  const key = Buffer.from(keyHex, 'hex');
  const written = await writeRows(path, { rows, seed: Number(options.seed), key, headers: !options.tokens });
  return { folder: own, path, ...written };
}

/**
 * One file through a program that is started for it.
 * @param {import('./arrivals.mjs').Topics} topics
 * @param {Contender} contender
 * @param {AccountingFile} accounting
 * @param {boolean} read whether to read back what arrived
 * @returns {Promise<Cost & { digest: string }>}
 */
async function ingestOnce(topics, contender, accounting, read) {
  const over = new AbortController();
  const marks = await topics.prepare(contender.topics());
  const counts = contender.counts(accounting);
  const running = await contender.start(
    accounting,
    marks.map(({ topic }) => topic),
  );
  try {
    const arrived = marks.map((mark, at) => topics.arrived(mark, Number(counts[at]), over.signal));
    const done = Promise.all(arrived).then(() => contender.settled?.(accounting, over.signal));
    await Promise.race([running.failed, done]);
    const cost = { cpuMs: running.cpuMs(), peakMb: running.peakMb() };
    await running.stop();
    /** @type {string[]} */
    const digests = [];
    for (const [at, mark] of marks.entries())
      if (read) digests.push(await topics.digest(mark, Number(counts[at])));
    return { ...cost, digest: digests.join(' ') };
  } finally {
    over.abort();
    await running.stop();
    await (contender.ownTopics ? topics.remove(marks) : topics.empty(marks));
  }
}
