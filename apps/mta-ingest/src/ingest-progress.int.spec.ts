import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { renderMetrics } from '#platform/telemetry/metrics';
import { eventually } from '#platform/testing/eventually';
import { Ingest } from './ingest.js';
import { HEADER_LINE } from './map/testing.spec.js';
import { Checkpoints } from './tail/checkpoints.js';
import { Tailer } from './tail/tailer.js';
import { TrackedFile } from './tail/tracked-file.js';
import { delivery, EnginesBench } from './unfiled/testing.spec.js';

const never = new AbortController().signal;
const bench = new EnginesBench();
let folder: string;
let clock: number;
let databaseIsAway: boolean;
let tailer: Tailer;
let ingest: Ingest;

beforeAll(() => bench.begin());
afterAll(() => bench.end());
beforeEach(async () => {
  await bench.beginTest();
  await bench.database.database.execute('DELETE FROM ingest_checkpoints');
  folder = await mkdtemp(join(tmpdir(), 'eg-progress-'));
  clock = 0;
  databaseIsAway = false;
  const checkpoints = new Checkpoints(bench.database.database);
  tailer = new Tailer({ folder, checkpoints, log: bench.log, clock: () => clock });
  ingest = new Ingest({
    tailer,
    publisher: bench.newPublisher({
      save: (positions, bad) =>
        databaseIsAway ? Promise.reject(new Error('database away')) : checkpoints.save(positions, bad),
    }),
    batches: bench.batches,
    pollMs: 0,
    now: () => Date.UTC(2024, 2, 5, 12),
  });
});
afterEach(async () => {
  await tailer.close();
  await bench.endTest();
  await rm(folder, { recursive: true });
});

const file = () => join(folder, 'acct.csv');
const rowAt = (no: number, time: string): string => delivery(no, { timeLogged: `2024-03-05 ${time}+0000` });
const lag = async (): Promise<{ seconds: number; bytes: number }> => {
  const text = await renderMetrics();
  const value = (name: string): number => Number(new RegExp(`^${name} (.+)$`, 'm').exec(text)?.[1]);
  return { seconds: value('ingest_lag_seconds'), bytes: value('ingest_lag_bytes') };
};

describe('readiness and lag of the ingest', () => {
  it('are red, and rise, while Kafka is away and rows wait; green and 0 when it is back', async () => {
    await writeFile(file(), HEADER_LINE + rowAt(0, '11:55:00'));
    await ingest.turn(never);
    expect(await lag()).toEqual({ seconds: 0, bytes: 0 });
    bench.network.cut();
    const row = rowAt(1, '11:58:00');
    await appendFile(file(), row);
    await expect(ingest.turn(never)).rejects.toMatchObject({ name: 'ProducerError' });
    const { seconds, bytes } = await lag();
    // What was published goes to 11:55, what waits begins at 11:58: which of them counts depends on how far Kafka was asked.
    expect([5 * 60, 2 * 60]).toContain(seconds);
    expect(bytes).toBe(row.length);
    clock += 59_000;
    await expect(ingest.progress.check()).resolves.toBeUndefined();
    clock += 2_000;
    await expect(ingest.progress.check()).rejects.toThrow(`${row.length} bytes wait`);
    bench.network.restore();
    await eventually(async () => expect(await ingest.turn(never)).toBe('worked'));
    await expect(ingest.progress.check()).resolves.toBeUndefined();
    expect(await lag()).toEqual({ seconds: 0, bytes: 0 });
  });

  it('count what was read and is not recorded, although nothing is left to read', async () => {
    databaseIsAway = true;
    const text = HEADER_LINE + rowAt(0, '11:59:00') + rowAt(1, '11:59:30');
    await writeFile(file(), text);
    await expect(ingest.turn(never)).rejects.toThrow('database away');
    expect(await lag()).toEqual({ seconds: 60, bytes: text.length });
    clock += 61_000;
    await expect(ingest.progress.check()).rejects.toThrow('no batch published for 61 s');
    databaseIsAway = false;
    await ingest.turn(never);
    await expect(ingest.progress.check()).resolves.toBeUndefined();
    expect(await lag()).toEqual({ seconds: 0, bytes: 0 });
  });

  it('the lag is the age of the last published row while a batch leaves rows behind', async () => {
    const early = Array.from({ length: 3_000 }, (_, no) => rowAt(no, '10:00:00'));
    await writeFile(file(), HEADER_LINE + early.join('') + rowAt(3_000, '11:59:00'));
    await ingest.turn(never);
    expect((await lag()).seconds).toBe(2 * 3600);
    while ((await ingest.turn(never)) === 'worked');
    expect((await lag()).seconds).toBe(0);
  });

  it('a file that cannot be read for a moment costs no row that was read before', async () => {
    await writeFile(file(), HEADER_LINE + rowAt(0, '11:59:00') + rowAt(1, '11:59:30'));
    const original = Reflect.get(TrackedFile.prototype, 'pull') as (
      this: TrackedFile,
      now: number,
    ) => ReturnType<TrackedFile['pull']>;
    let calls = 0;
    const spy = jest.spyOn(TrackedFile.prototype, 'pull').mockImplementation(function (
      this: TrackedFile,
      now,
    ) {
      calls += 1;
      return calls === 2 ? Promise.reject(new Error('EIO')) : original.call(this, now);
    });
    await expect(ingest.turn(never)).rejects.toThrow('EIO');
    spy.mockRestore();
    while ((await ingest.turn(never)) === 'worked');
    expect(await bench.total()).toBe(4);
  });

  it('a file whose disk does not answer holds no other file up, and is read on later', async () => {
    await writeFile(file(), HEADER_LINE + rowAt(0, '11:59:00'));
    await writeFile(file().replace('.csv', '-other.csv'), HEADER_LINE + rowAt(1, '11:59:30'));
    const original = Reflect.get(TrackedFile.prototype, 'pull') as (
      this: TrackedFile,
      now: number,
    ) => ReturnType<TrackedFile['pull']>;
    const fault = Object.assign(new Error('EIO'), { code: 'EIO', syscall: 'read' });
    const spy = jest.spyOn(TrackedFile.prototype, 'pull').mockImplementation(function (
      this: TrackedFile,
      now,
    ) {
      return this.path === file() ? Promise.reject(fault) : original.call(this, now);
    });
    while ((await ingest.turn(never)) === 'worked');
    expect(await bench.total()).toBe(2);
    spy.mockRestore();
    clock += 2_000;
    while ((await ingest.turn(never)) === 'worked');
    expect(await bench.total()).toBe(4);
  });

  it('an unfinished last line is no lag in seconds and never turns readiness red', async () => {
    await writeFile(file(), HEADER_LINE + rowAt(0, '11:59:00') + rowAt(1, '11:59:30').slice(0, 20));
    while ((await ingest.turn(never)) === 'worked');
    clock += 61_000;
    await ingest.turn(never);
    await expect(ingest.progress.check()).resolves.toBeUndefined();
    expect(await lag()).toEqual({ seconds: 0, bytes: 20 });
  });
});
