import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeMailEvent } from '#contracts/mail-events/mail-event';
import { contractMigrations } from '#contracts/schema/migrations';
import { describeTopics } from '#platform/kafka/admin';
import { eventually } from '#platform/testing/eventually';
import { createTestDatabase, type TestDatabase } from '#platform/testing/test-database';
import { createTestTopic, kafkaFromEnv, readTopic, type TestTopic } from '#platform/testing/test-kafka';
import { AccountingLog } from './accounting-log.js';

/** The whole size: EG_INTEGRITY_KILLS=200 EG_INTEGRITY_ROWS=1000000, see CONTRIBUTING.md. */
const KILLS = Number(process.env['EG_INTEGRITY_KILLS'] ?? 20);
const ROWS = Number(process.env['EG_INTEGRITY_ROWS'] ?? 60_000);
const SEED = Number(process.env['EG_INTEGRITY_SEED'] ?? Date.now() % 1_000_000);
const KEY = Buffer.alloc(32, 9);
/** A life ends within so many milliseconds of its start: in the middle of anything. */
const LONGEST_LIFE_MS = 400;
/** Rows that one batch can have, see publish/batch.ts; each makes at most two events. */
const MOST_REPEATED = 2 * 10_000;

const random = randomOf(SEED);
const kafka = kafkaFromEnv('integrity');
let test: TestDatabase;
let events: TestTopic;
let receipts: TestTopic;
let folder: string;
let process_: ChildProcess | undefined;

beforeAll(async () => {
  test = await createTestDatabase(contractMigrations);
  events = await createTestTopic(kafka, { partitions: 6, purpose: 'integrity' });
  receipts = await createTestTopic(kafka, { purpose: 'integrity-receipts' });
  folder = await mkdtemp(join(tmpdir(), 'eg-integrity-'));
});

afterAll(async () => {
  process_?.kill('SIGKILL');
  await Promise.all([events.drop(), receipts.drop()]);
  await test.drop();
  await rm(folder, { recursive: true });
});

async function start(): Promise<ChildProcess> {
  const settings = {
    ...{ database: test.options, brokers: kafka.brokers, folder, keyHex: KEY.toString('hex') },
    topics: { mailEvents: events.name, mtaReceipts: receipts.name },
  };
  const script = new URL('ingester.mjs', import.meta.url);
  const child = fork(script, [JSON.stringify(settings)], { env: { ...process.env, NODE_OPTIONS: '' } });
  process_ = child;
  await once(child, 'message');
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

async function published(): Promise<number> {
  const [topic] = await describeTopics(kafka, [events.name]);
  return (topic?.partitions ?? []).reduce((sum, { high }) => sum + Number(high), 0);
}

/** Whether each file of the folder is read to its end, by the checkpoint of its inode. */
async function allRead(): Promise<boolean> {
  const rows = await test.database.query<{ identity: string; offset: number; state: string }>(
    'SELECT identity, offset, state FROM ingest_checkpoints',
  );
  for (const name of await readdir(folder)) {
    const { dev, ino, size } = await stat(join(folder, name), { bigint: true });
    const isRead = rows.some(
      ({ identity, offset, state }) =>
        identity.includes(`-${dev}-${ino}-e`) &&
        (state === 'finished' || (name.endsWith('.csv') && offset === Number(size))),
    );
    if (!isRead) return false;
  }
  return true;
}

describe(`an ingester that is killed ${KILLS} times while it reads ${ROWS} rows (seed ${SEED})`, () => {
  const log = (): AccountingLog => new AccountingLog(folder, KEY, random);
  let written: AccountingLog;
  let found: string[];

  beforeAll(
    async () => {
      written = log();
      await written.open();
      const each = Math.ceil(ROWS / (KILLS + 1));
      for (let life = 0; life < KILLS; life += 1) {
        await written.write(each);
        const child = await start();
        // Meanwhile it reads, publishes, records, or is about to.
        const until = delay(random() * LONGEST_LIFE_MS);
        if (random() < 0.5) await written.rotate();
        await until;
        await kill(child);
      }
      await written.write(each);
      await written.complete();
      const child = await start();
      await eventually(allRead, { timeoutMs: 120_000 + ROWS / 5, everyMs: 250 });
      await kill(child);
      const messages = await readTopic(kafka, events.name, await published(), {
        timeoutMs: 60_000 + ROWS / 5,
      });
      found = messages.map(({ value }) => decodeMailEvent(value ?? Buffer.alloc(0)).id);
    },
    300_000 + ROWS * 5,
  );

  it('makes the events of each good row, and no others', () => {
    const ids = new Set(found);
    expect(ids.size).toBe(written.eventIds.size);
    expect([...written.eventIds].filter((id) => !ids.has(id))).toEqual([]);
  });

  it('repeats at most one batch for each time it was killed', () => {
    expect(found.length - written.eventIds.size).toBeLessThanOrEqual(KILLS * MOST_REPEATED);
    const times = new Map<string, number>();
    for (const id of found) times.set(id, (times.get(id) ?? 0) + 1);
    expect([...times.values()].filter((count) => count > KILLS + 1)).toEqual([]);
  });

  it('sets each bad row aside once', async () => {
    const rows = await test.database.query<{ bytes: Buffer }>('SELECT bytes FROM ingest_quarantine');
    expect(rows.length).toBe(written.badRows);
    expect(new Set(rows.map(({ bytes }) => bytes.toString('latin1'))).size).toBe(written.badRows);
  });
});

/** mulberry32: the same seed gives the same run, as far as the machine lets it. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
