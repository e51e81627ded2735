import { appendFile, copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decodeMailEvent } from '#contracts/mail-events/mail-event';
import type { MailEvent } from '#contracts/mail-events/mail-event';
import { decodeMtaReceipt } from '#contracts/mta-receipts/mta-receipt';
import { contractMigrations } from '#contracts/schema/migrations';
import { describeTopics } from '#platform/kafka/admin';
import { createRecordProducer } from '#platform/kafka/client';
import type { RecordProducer } from '#platform/kafka/client';
import { createTestDatabase } from '#platform/testing/test-database';
import type { TestDatabase } from '#platform/testing/test-database';
import { createTestTopic, readTopic, testLogger } from '#platform/testing/test-kafka';
import type { TestTopic } from '#platform/testing/test-kafka';
import { cuttableNetwork } from '#platform/testing/test-network';
import { Ingest } from './ingest.js';
import { csvLine, HEADER_LINE, KEY, oursNo, OTHER_KEY, header, REFERENCE } from './map/testing.spec.js';
import { Batches } from './publish/batches.js';
import { Publisher } from './publish/publisher.js';
import { Checkpoints } from './tail/checkpoints.js';
import { Tailer } from './tail/tailer.js';

const network = cuttableNetwork();
const { kafka } = network;
const log = testLogger();
const never = new AbortController().signal;

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
  folder = await mkdtemp(join(tmpdir(), 'eg-ingest-'));
  [events, receipts] = await Promise.all([
    createTestTopic(kafka, { partitions: 3, purpose: 'events' }),
    createTestTopic(kafka, { purpose: 'receipts' }),
  ]);
  producer = createRecordProducer(kafka);
  await test.database.execute('DELETE FROM ingest_checkpoints');
  await test.database.execute('DELETE FROM ingest_quarantine');
});
afterEach(async () => {
  network.restore();
  await producer.disconnect();
  await Promise.all([events.drop(), receipts.drop()]);
  await rm(folder, { recursive: true });
});

type Save = Checkpoints['save'];

/** One run of the process, from its start; `save` stands between it and the checkpoints. */
class Run {
  readonly tailer: Tailer;
  readonly ingest: Ingest;

  constructor(save?: (save: Save) => Save, now?: () => number) {
    const checkpoints = new Checkpoints(test.database);
    const stored: Save = (positions, quarantined) => checkpoints.save(positions, quarantined);
    this.tailer = new Tailer({ folder, checkpoints, log });
    this.ingest = new Ingest({
      tailer: this.tailer,
      publisher: new Publisher(producer, { save: save ? save(stored) : stored }, log),
      batches: new Batches({
        producer,
        topics: { mailEvents: events.name, mtaReceipts: receipts.name },
        referenceKey: KEY,
        ...(now && { now }),
      }),
      pollMs: 0,
    });
  }

  /** Turns until there is nothing left to read. */
  async finish(): Promise<void> {
    while ((await this.ingest.turn(never)) === 'worked');
    await this.tailer.close();
  }
}

async function published(count: number): Promise<MailEvent[]> {
  return (await readTopic(kafka, events.name, count)).map(({ value }) =>
    decodeMailEvent(value ?? Buffer.alloc(0)),
  );
}

/** How many messages the topic has in all. */
async function total(): Promise<number> {
  const [topic] = await describeTopics(kafka, [events.name]);
  return (topic?.partitions ?? []).reduce((sum, { high }) => sum + Number(high), 0);
}

const ids = (list: readonly MailEvent[]): Set<string> => new Set(list.map(({ id }) => id));
const deliveries = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, n) =>
    csvLine(oursNo(from + n, { rcpt: `r${from + n}@inbox.example` })),
  );

async function countersOf(path: string): Promise<object | undefined> {
  const [row] = await test.database.query(
    'SELECT row_count, event_count, bad_count, skipped_count, state FROM ingest_checkpoints WHERE path = ?',
    [path],
  );
  return row;
}

describe('mta-ingest', () => {
  it('publishes events and receipts keyed by message id, then records how far it is', async () => {
    const rows = [
      ...deliveries(0, 3),
      csvLine(oursNo(3, { type: 'r', rcpt: 'r3@inbox.example' })),
      csvLine(oursNo(4, { type: 't' })),
      csvLine({ type: 'd', timeLogged: '1709630102', orig: 'news@other.example', rcpt: 'x@inbox.example' }),
    ];
    await writeFile(at('acct.csv'), HEADER_LINE + rows.join(''));
    await new Run().finish();
    const messages = await readTopic(kafka, events.name, 6);
    expect(messages.map(({ key }) => key?.toString())).toEqual(Array(6).fill(REFERENCE.messageId));
    expect((await published(6)).map(({ event, recipient }) => `${event} ${recipient}`)).toEqual(
      [0, 1, 2].flatMap((n) => [`accepted-by-mta r${n}@inbox.example`, `delivered r${n}@inbox.example`]),
    );
    const [receipt] = await readTopic(kafka, receipts.name, 1);
    expect(decodeMtaReceipt(receipt?.value ?? Buffer.alloc(0))).toMatchObject({
      recipientNo: 3,
      recipient: 'r3@inbox.example',
    });
    expect(await countersOf(at('acct.csv'))).toEqual({
      row_count: 6,
      event_count: 6,
      bad_count: 0,
      skipped_count: 2,
      state: 'live',
    });
  });

  it('a file read again under another name and rows that are repeated make the same events', async () => {
    const rows = deliveries(0, 20).join('');
    await writeFile(at('acct.csv'), HEADER_LINE + rows + rows);
    await new Run().finish();
    await copyFile(at('acct.csv'), at('restored.csv'));
    await new Run().finish();
    const all = await published(160);
    expect(ids(all).size).toBe(40);
  });

  it('nothing is published twice by a restart between two batches', async () => {
    await writeFile(at('acct.csv'), HEADER_LINE + deliveries(0, 10).join(''));
    await new Run().finish();
    await appendFile(at('acct.csv'), deliveries(10, 20).join(''));
    await new Run().finish();
    const all = await published(40);
    expect(await total()).toBe(40);
    expect(ids(all).size).toBe(40);
    expect(await countersOf(at('acct.csv'))).toMatchObject({ row_count: 20, event_count: 40 });
  });

  it('killed after Kafka has the batch and before the checkpoint: repeats that batch only, with the same ids', async () => {
    // All of one message, so of one partition, which a batch fills with some hundred rows.
    const count = 3_000;
    await writeFile(at('acct.csv'), HEADER_LINE + deliveries(0, count).join(''));
    const rowsAt: number[] = [];
    const dying = new Run((save) => async (positions, quarantined) => {
      rowsAt.push(positions[0]?.counters.rows ?? 0);
      if (rowsAt.length === 2) throw new Error('killed');
      await save(positions, quarantined);
    });
    await dying.ingest.turn(never);
    await expect(dying.ingest.turn(never)).rejects.toThrow('killed');
    await dying.tailer.close();
    await new Run().finish();
    const [first = 0, second = 0] = rowsAt;
    expect(second).toBeGreaterThan(first);
    const repeated = (second - first) * 2;
    const all = await published(count * 2 + repeated);
    expect(await total()).toBe(count * 2 + repeated);
    expect(ids(all).size).toBe(count * 2);
  });

  it('sets bad rows aside with their place and goes on', async () => {
    const before = HEADER_LINE + deliveries(0, 1).join('');
    const bad = [
      '\x00\x01 no row at all\r\n',
      csvLine(oursNo(1, { timeLogged: '2024-02-30 00:00:00+0000' })),
      csvLine(oursNo(2, { 'header_X-EG-Ref': header(OTHER_KEY) })),
      'd,2024-03-05 09:15:02+0000,2024-0\r\n',
    ];
    await writeFile(at('acct.csv'), before + bad.join('') + deliveries(3, 4).join(''));
    await new Run().finish();
    expect((await published(4)).map(({ recipient }) => recipient)).toEqual([
      'r0@inbox.example',
      'r0@inbox.example',
      'r3@inbox.example',
      'r3@inbox.example',
    ]);
    const rows = await test.database.query<{
      path: string;
      offset: number;
      length: number;
      reason: string;
      bytes: Buffer;
    }>('SELECT path, offset, length, reason, bytes FROM ingest_quarantine ORDER BY offset');
    let offset = Buffer.byteLength(before);
    const expected = ['garbage', 'bad-time', 'forged-reference', 'torn'].map((reason, index) => {
      const line = bad[index] ?? '';
      const place = {
        path: at('acct.csv'),
        offset,
        length: line.length,
        reason,
        bytes: Buffer.from(line.trimEnd()),
      };
      offset += line.length;
      return place;
    });
    expect(rows).toEqual(expected);
    expect(await countersOf(at('acct.csv'))).toMatchObject({ row_count: 5, bad_count: 4 });
  });

  it('measures times ahead with the clock of the moment', async () => {
    await writeFile(at('acct.csv'), HEADER_LINE + deliveries(0, 1).join(''));
    const run = new Run(undefined, () => Date.UTC(2024, 2, 1));
    await run.finish();
    expect(await countersOf(at('acct.csv'))).toMatchObject({ event_count: 0, bad_count: 1 });
  });

  it('a broker that is away holds one batch back, not more, and nothing is lost', async () => {
    const count = 3_000;
    await producer.partitionsOf(events.name);
    await writeFile(at('acct.csv'), HEADER_LINE + deliveries(0, count).join(''));
    const run = new Run();
    const turn = run.ingest.turn(never);
    network.cut();
    await expect(turn).rejects.toMatchObject({ name: 'ProducerError', retriable: true });
    const held = run.tailer.files[0]?.counters.rows ?? 0;
    expect(held).toBeLessThan(count);
    await expect(run.ingest.turn(never)).rejects.toMatchObject({ name: 'ProducerError', retriable: true });
    expect(run.tailer.files[0]?.counters.rows ?? 0).toBe(held);
    expect(await countersOf(at('acct.csv'))).toBeUndefined();
    network.restore();
    await run.finish();
    const all = await published(count * 2);
    expect(await total()).toBe(count * 2);
    expect(ids(all).size).toBe(count * 2);
  });

  it('a database that is away after Kafka acknowledged costs no second publication', async () => {
    await writeFile(at('acct.csv'), HEADER_LINE + deliveries(0, 5).join(''));
    let failures = 2;
    const run = new Run((save) => (positions, quarantined) => {
      if (failures-- > 0) return Promise.reject(new Error('database away'));
      return save(positions, quarantined);
    });
    await expect(run.ingest.turn(never)).rejects.toThrow('database away');
    await expect(run.ingest.turn(never)).rejects.toThrow('database away');
    await run.finish();
    await appendFile(at('acct.csv'), deliveries(5, 6).join(''));
    await new Run().finish();
    expect(ids(await published(12)).size).toBe(12);
    expect(await total()).toBe(12);
  });
});
