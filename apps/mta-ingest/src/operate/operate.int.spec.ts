import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { IngestFileStatus, ReprocessedFile } from '#contracts/ingest/ingest-operations';
import { decodeMailEvent } from '#contracts/mail-events/mail-event';
import { contractMigrations } from '#contracts/schema/migrations';
import { createRecordProducer } from '#platform/kafka/client';
import type { RecordProducer } from '#platform/kafka/client';
import { createTestDatabase } from '#platform/testing/test-database';
import type { TestDatabase } from '#platform/testing/test-database';
import { createTestTopic, readTopic, testLogger } from '#platform/testing/test-kafka';
import type { TestTopic } from '#platform/testing/test-kafka';
import { cuttableNetwork } from '#platform/testing/test-network';
import { Ingest } from '../ingest.js';
import { csvLine, HEADER_LINE, KEY, oursNo, OTHER_KEY, token } from '../map/testing.spec.js';
import { Batches } from '../publish/batches.js';
import { Publisher } from '../publish/publisher.js';
import { Quarantine } from '../quarantine/quarantine.js';
import { Checkpoints } from '../tail/checkpoints.js';
import { Tailer } from '../tail/tailer.js';
import { dismissRows } from './quarantined-rows.js';
import { reprocessFile } from './reprocess-file.js';
import { reprocessRows } from './reprocess-rows.js';
import { ingestStatus } from './status.js';

const network = cuttableNetwork();
const log = testLogger();
const NOW = Date.UTC(2024, 2, 5, 12);
const now = (): number => NOW;

let test: TestDatabase;
let producer: RecordProducer;
let events: TestTopic;
let receipts: TestTopic;
let folder: string;
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  test = await createTestDatabase(contractMigrations);
});
afterAll(() => test.drop());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eg-operate-'));
  [events, receipts] = await Promise.all([
    createTestTopic(network.kafka, { purpose: 'events' }),
    createTestTopic(network.kafka, { purpose: 'receipts' }),
  ]);
  producer = createRecordProducer(network.kafka);
  for (const table of ['ingest_checkpoints', 'ingest_quarantine', 'ingest_headers', 'ingest_dropped'])
    await test.database.execute(`DELETE FROM ${table}`);
});
afterEach(async () => {
  network.restore();
  await producer.disconnect();
  await Promise.all([events.drop(), receipts.drop()]);
  await rm(folder, { recursive: true });
});

const batches = (referenceKey: Buffer, dryRun = false): Batches =>
  new Batches({
    producer: dryRun ? { partitionsOf: () => Promise.resolve(1) } : producer,
    topics: { mailEvents: events.name, mtaReceipts: receipts.name },
    referenceKey,
    now,
  });
const options = (key = KEY, dryRun = false) => ({
  database: test.database,
  batches: batches(key, dryRun),
  publishing: dryRun ? undefined : { producer, log },
});

/** One run of the ingest over the folder, until there is nothing left to read. */
async function ingest(key = KEY): Promise<void> {
  const checkpoints = new Checkpoints(test.database);
  const tailer = new Tailer({ folder, checkpoints, log });
  const run = new Ingest({
    tailer,
    publisher: new Publisher(producer, checkpoints, log),
    batches: batches(key),
    pollMs: 0,
  });
  while ((await run.turn(new AbortController().signal)) === 'worked');
  await tailer.close();
}

const published = async (count: number) =>
  (await readTopic(network.kafka, events.name, count)).map(({ value }) =>
    decodeMailEvent(value ?? Buffer.alloc(0)),
  );
const status = (samples = 3): Promise<IngestFileStatus[]> =>
  ingestStatus({ folder, database: test.database, log, samples, now });
const delivery = (no: number, cells: object = {}): string =>
  csvLine(oursNo(no, { rcpt: `r${no}@inbox.example`, ...cells }));
const open = async (): Promise<string[]> =>
  (
    await test.database.query<{ reason: string }>(
      'SELECT reason FROM ingest_quarantine WHERE done_at IS NULL ORDER BY id',
    )
  ).map(({ reason }) => reason);
const timeFirst = '2024-03-05 09:15:02+0000';

describe('dismissing rows in quarantine', () => {
  it('takes those that are meant, and a row that comes again stays dismissed', async () => {
    const bad = delivery(0) + 'garbage\n' + 'nonsense\n';
    await writeFile(at('acct.csv'), HEADER_LINE + bad);
    await ingest(OTHER_KEY);
    expect(await open()).toEqual(['forged-reference', 'garbage', 'garbage']);
    expect(await dismissRows(test.database, { reason: 'garbage', file: at('other.csv') })).toBe(0);
    expect(await dismissRows(test.database, { reason: 'garbage' })).toBe(2);
    expect(await dismissRows(test.database, { reason: 'garbage' })).toBe(0);
    expect(await open()).toEqual(['forged-reference']);
    await test.database.execute('DELETE FROM ingest_checkpoints', []);
    await ingest(OTHER_KEY);
    expect(await open()).toEqual(['forged-reference']);
    expect(await dismissRows(test.database, {})).toBe(1);
    expect(await open()).toEqual([]);
  });
});

describe('reprocessing rows in quarantine', () => {
  const forged = (no: number): string => delivery(no);

  it('publishes what the rows mean now, with the ids that they would have had, and marks them as done', async () => {
    await writeFile(at('acct.csv'), HEADER_LINE + forged(0) + forged(1));
    await ingest(OTHER_KEY);
    expect(await open()).toEqual(['forged-reference', 'forged-reference']);

    const dry = await reprocessRows({}, options(KEY, true));
    expect(dry).toMatchObject([
      { file: at('acct.csv'), rows: 2, events: 4, bad: 0, done: 2, state: 'dry-run' },
    ]);
    expect(await open()).toHaveLength(2);

    expect(await reprocessRows({}, options())).toMatchObject([{ events: 4, done: 2, state: 'reprocessed' }]);
    expect(await open()).toEqual([]);
    const ids = (await published(4)).map(({ id }) => id);
    await writeFile(at('again.csv'), HEADER_LINE + forged(0) + forged(1));
    await ingest(KEY);
    expect((await published(8)).slice(4).map(({ id }) => id)).toEqual(ids);
    expect(await reprocessRows({}, options())).toEqual([]);
  });

  it('reads a row with the columns that were in force where it stood', async () => {
    const narrow = 'type,envId,rcpt,timeLogged\r\n';
    const row = (no: number) => `d,${token()},r${no}@inbox.example,${timeFirst}\r\n`;
    await writeFile(at('acct.csv'), HEADER_LINE + delivery(0) + narrow + row(5) + HEADER_LINE + delivery(1));
    await ingest(OTHER_KEY);
    expect(await reprocessRows({}, options())).toMatchObject([{ rows: 3, done: 3 }]);
    expect((await published(6)).map(({ recipient }) => recipient)).toEqual(
      ['r0', 'r0', 'r5', 'r5', 'r1', 'r1'].map((name) => `${name}@inbox.example`),
    );
  });

  it('reads rows of JSON lines', async () => {
    const row = { type: 'd', timeLogged: timeFirst, rcpt: 'j@inbox.example', envId: token() };
    await writeFile(at('acct.jsonl'), `${JSON.stringify(row)}\n`);
    await ingest(OTHER_KEY);
    expect(await reprocessRows({}, options())).toMatchObject([{ rows: 1, done: 1 }]);
    expect(await published(2)).toMatchObject([{ recipient: 'j@inbox.example' }, {}]);
  });

  it('what still fails keeps its new reason', async () => {
    await writeFile(at('acct.csv'), HEADER_LINE + delivery(0) + delivery(1, { timeLogged: 'soon' }));
    await ingest(OTHER_KEY);
    await test.database.execute("UPDATE ingest_quarantine SET reason = 'garbage'");
    const [report] = await reprocessRows({}, options());
    expect(report).toMatchObject({ rows: 2, bad: 1, done: 1, stillBad: [{ reason: 'bad-time' }] });
    expect(await open()).toEqual(['bad-time']);
    const [tried] = await test.database.query('SELECT tried_at FROM ingest_quarantine WHERE done_at IS NULL');
    expect(tried).toEqual({ tried_at: expect.any(Date) });
  });

  it('leaves rows alone whose columns, end or whole is not known, and says so', async () => {
    const torn = `d,"${timeFirst}\r\n${'x,"y"z\r\n'}`;
    await writeFile(at('headless.csv'), delivery(0) + delivery(1));
    await writeFile(at('torn.csv'), HEADER_LINE + torn + delivery(2));
    await writeFile(at('long.csv'), HEADER_LINE + delivery(3, { dsnDiag: 'y'.repeat(70_000) }));
    await ingest(OTHER_KEY);
    const byFile = Object.fromEntries(
      (await reprocessRows({}, options())).map(({ file, notReprocessable }) => [file, notReprocessable]),
    );
    expect(byFile).toEqual({
      [at('headless.csv')]: { 'no-columns': 2 },
      [at('torn.csv')]: { damaged: 2 },
      [at('long.csv')]: { cut: 1 },
    });
  });

  it('takes all, or those of a file, a reason, some ids', async () => {
    await writeFile(at('a.csv'), HEADER_LINE + delivery(0) + delivery(1, { timeLogged: 'soon' }));
    await writeFile(at('b.csv'), HEADER_LINE + delivery(2));
    await ingest(OTHER_KEY);
    const dry = async (selection: Parameters<typeof reprocessRows>[0]): Promise<number[]> =>
      (await reprocessRows(selection, options(KEY, true))).map(({ rows }) => rows).toSorted((a, b) => a - b);
    expect(await dry({})).toEqual([1, 2]);
    expect(await dry({ file: at('b.csv') })).toEqual([1]);
    expect(await dry({ reason: 'forged-reference' })).toEqual([1, 1]);
    const [row] = await test.database.query<{ id: number }>('SELECT MAX(id) AS id FROM ingest_quarantine');
    expect(await dry({ ids: [row?.id ?? 0] })).toEqual([1]);
    expect(await dry({ ids: [row?.id ?? 0], reason: 'torn' })).toEqual([]);
  });

  it('marks nothing as done that Kafka does not have', async () => {
    await writeFile(at('acct.csv'), HEADER_LINE + delivery(0));
    await ingest(OTHER_KEY);
    network.cut();
    await expect(reprocessRows({}, options())).rejects.toMatchObject({ name: 'ProducerError' });
    network.restore();
    expect(await open()).toEqual(['forged-reference']);
    expect(await reprocessRows({}, options())).toMatchObject([{ done: 1 }]);
  });

  it('takes more rows than are read or sent at once', async () => {
    const rows = Array.from({ length: 450 }, (_, no) => delivery(no, { header_Subject: 's'.repeat(3_000) }));
    await writeFile(at('acct.csv'), HEADER_LINE + rows.join(''));
    await ingest(OTHER_KEY);
    expect(await reprocessRows({}, options())).toMatchObject([{ rows: 450, done: 450, events: 900 }]);
  });
});

describe('reprocessing a file', () => {
  const again = (name: string, key = KEY, dryRun = false): Promise<ReprocessedFile> =>
    reprocessFile(at(name), { ...options(key, dryRun), quarantine: new Quarantine() });

  it('makes the same events again, does not move the ingest, and leaves an unfinished line alone', async () => {
    const rows = HEADER_LINE + delivery(0) + delivery(1);
    await writeFile(at('acct.csv'), `${rows}${delivery(2).slice(0, 30)}`);
    await ingest();
    const before = await status();
    expect(await again('acct.csv', KEY, true)).toMatchObject({ rows: 2, events: 4, state: 'dry-run' });
    expect(await again('acct.csv')).toMatchObject({ rows: 2, events: 4, offset: rows.length, done: 0 });
    const ids = (await published(8)).map(({ id }) => id);
    expect(ids.slice(4)).toEqual(ids.slice(0, 4));
    expect(await status()).toEqual(before);
  });

  it('what it reads well now is done in quarantine, what it does not is the same finding', async () => {
    const text = `${HEADER_LINE}${delivery(0)}nonsense\r\n${delivery(1)}`;
    await writeFile(at('acct.csv'), text);
    await ingest(OTHER_KEY);
    await writeFile(at('acct.csv.gz'), gzipSync(text));
    await rm(at('acct.csv'));
    expect(await again('acct.csv.gz', KEY, true)).toMatchObject({ done: 2, bad: 1 });
    expect(await open()).toHaveLength(3);
    expect(await again('acct.csv.gz')).toMatchObject({
      done: 2,
      stillBad: [{ offset: HEADER_LINE.length + delivery(0).length, reason: 'garbage' }],
    });
    expect(await open()).toEqual(['garbage']);
  });

  it('refuses what is no file, or has nothing in it', async () => {
    await writeFile(at('empty.csv'), '');
    await expect(again('none.csv')).rejects.toThrow('is no file');
    await expect(again('empty.csv')).rejects.toThrow('nothing that could be read');
  });
});

describe('the status of the ingest', () => {
  it('shows each file with its place, and how far behind it is in bytes and seconds', async () => {
    await writeFile(at('a.csv'), HEADER_LINE + delivery(0));
    await ingest();
    const more = delivery(1, { timeLogged: '2024-03-05 11:58:00+0000' }) + delivery(2);
    await appendFile(at('a.csv'), more);
    await writeFile(
      at('b.csv'),
      HEADER_LINE + csvLine({ type: 'd', timeLogged: '2024-03-05 11:00:00+0000' }),
    );
    await writeFile(at('c.csv'), HEADER_LINE);
    const packed = gzipSync(HEADER_LINE + delivery(3, { timeLogged: '2024-03-05 11:59:00+0000' }));
    await writeFile(at('d.csv.gz'), packed);
    const offset = HEADER_LINE.length + delivery(0).length;
    const common = { dropped: 0, quarantine: [], bad: 0, skipped: 0 };
    expect(await status()).toMatchObject([
      {
        ...common,
        file: at('a.csv'),
        offset,
        rows: 1,
        events: 2,
        state: 'live',
        lagBytes: more.length,
        lagSeconds: 120,
      },
      { ...common, file: at('b.csv'), offset: 0, rows: 0, state: 'live', lagSeconds: 3600 },
      {
        ...common,
        file: at('c.csv'),
        offset: 0,
        state: 'waiting',
        lagBytes: HEADER_LINE.length,
        lagSeconds: 0,
      },
      { ...common, file: at('d.csv.gz'), offset: 0, state: 'live', lagBytes: packed.length, lagSeconds: 60 },
    ]);
    // Whether the ingest takes it up in one go depends on how long it was left alone.
    await rm(at('d.csv.gz'));
    await ingest();
    expect((await status()).map(({ lagBytes, lagSeconds }) => [lagBytes, lagSeconds])).toEqual([
      [0, 0],
      [0, 0],
      [HEADER_LINE.length, 0],
    ]);
  });

  it('shows quarantine by reason with samples that no terminal takes for commands', async () => {
    const evil = '\u001b[2Jx\u202ey\u0007\r\n';
    await writeFile(at('acct.csv'), HEADER_LINE + evil + evil + delivery(0, { timeLogged: 'soon' }));
    await ingest();
    const [file] = await status(1);
    expect(file?.quarantine).toMatchObject([
      { reason: 'bad-time', open: 1, done: 0, samples: [{ notReprocessable: null }] },
      {
        reason: 'garbage',
        open: 2,
        samples: [{ offset: HEADER_LINE.length, shown: '\\u{1b}[2Jx\\u{202e}y\\u{7}' }],
      },
    ]);
    expect(file?.quarantine.every(({ samples }) => samples.every(({ shown }) => shown.length < 2_000))).toBe(
      true,
    );
  });

  it('shows what is left of files that are gone', async () => {
    await writeFile(at('acct.csv'), `${HEADER_LINE}nonsense\r\n`);
    await ingest();
    await rm(at('acct.csv'));
    expect(await status()).toMatchObject([
      { file: at('acct.csv'), state: 'gone', quarantine: [{ reason: 'garbage', open: 1 }] },
    ]);
  });

  it('the same bad row read again after a crash is one row', async () => {
    await writeFile(at('acct.csv'), `${HEADER_LINE}nonsense\r\n${delivery(0)}`);
    await ingest();
    await test.database.execute('DELETE FROM ingest_checkpoints');
    await ingest();
    expect(await open()).toEqual(['garbage']);
  });
});
