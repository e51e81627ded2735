import { PassThrough } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '#platform/testing/eventually';
import { HEADER_LINE } from '../map/testing.spec.js';
import { Checkpoints } from '../tail/checkpoints.js';
import type { Counters } from '../tail/checkpoints.js';
import { delivery, EnginesBench, record } from '../unfiled/testing.spec.js';
import { ingestPipe } from './pipe.js';

const bench = new EnginesBench();
beforeAll(() => bench.begin());
afterAll(() => bench.end());
beforeEach(() => bench.beginTest());
afterEach(() => bench.endTest());

/** The process that reads a pipe. */
function start(save?: (stored: Checkpoints['save']) => Checkpoints['save']) {
  const input = new PassThrough({ highWaterMark: 1_024 });
  const stopping = new AbortController();
  const giveUp = new AbortController();
  const checkpoints = new Checkpoints(bench.database.database);
  const stored: Checkpoints['save'] = (positions, bad) => checkpoints.save(positions, bad);
  const ended: Promise<Counters | undefined> = ingestPipe({
    input,
    batches: bench.batches,
    publisher: bench.newPublisher({ save: save ? save(stored) : stored }),
    log: bench.log,
    stopping: stopping.signal,
    giveUp: giveUp.signal,
  });
  return { input, stopping, giveUp, ended };
}

describe('accounting rows from a pipe', () => {
  it('are published as they come, and all of them when the pipe ends', async () => {
    const { input, ended } = start();
    input.write(HEADER_LINE + delivery(0) + delivery(1).slice(0, 50));
    await eventually(async () => expect(await bench.total()).toBe(2));
    input.write(delivery(1).slice(50));
    await eventually(async () => expect(await bench.total()).toBe(4));
    input.end(delivery(2).trimEnd());
    expect(await ended).toEqual({ rows: 3, events: 6, bad: 0, skipped: 0 });
    expect((await bench.published(6)).map(({ recipient }) => recipient)).toEqual(
      [0, 0, 1, 1, 2, 2].map((no) => `r${no}@inbox.example`),
    );
  });

  it('end before a row that was cut when told to stop: its writer has not finished it', async () => {
    const { input, stopping, ended } = start();
    input.write(HEADER_LINE + delivery(0) + delivery(1).trimEnd().slice(0, -8));
    await eventually(async () => expect(await bench.total()).toBe(2));
    stopping.abort();
    expect(await ended).toEqual({ rows: 1, events: 2, bad: 0, skipped: 0 });
    expect(await bench.total()).toBe(2);
  });

  it('end well when there is nothing', async () => {
    const { input, ended } = start();
    input.end();
    expect(await ended).toEqual({ rows: 0, events: 0, bad: 0, skipped: 0 });
  });

  it('may be JSON lines', async () => {
    const { input, ended } = start();
    input.end(`${JSON.stringify(record(0))}\n${JSON.stringify(record(1))}\n`);
    expect(await ended).toMatchObject({ rows: 2, events: 4 });
  });

  it('more than a batch takes', async () => {
    const { input, ended } = start();
    const rows = Array.from({ length: 3_000 }, (_, no) => delivery(no));
    input.end(HEADER_LINE + rows.join(''));
    expect(await ended).toMatchObject({ rows: 3_000, events: 6_000 });
    expect(new Set((await bench.published(6_000)).map(({ id }) => id)).size).toBe(6_000);
  });

  it('bad ones are set aside with their columns, once however often they come', async () => {
    const text = `${HEADER_LINE}nonsense\r\n${delivery(0)}nonsense\r\n${delivery(1, { timeLogged: 'soon' })}`;
    for (let time = 0; time < 2; time++) {
      const { input, ended } = start();
      input.end(text);
      expect(await ended).toMatchObject({ rows: 2, bad: 3 });
    }
    const common = { path: 'stdin', offset: 0, format: 'csv', header: expect.any(String) };
    expect(await bench.quarantined()).toEqual([
      { ...common, reason: 'garbage' },
      { ...common, reason: 'bad-time' },
    ]);
  });

  it('wait in the pipe while Kafka is away, so that whoever writes waits too; then none is missing', async () => {
    const { input, ended } = start();
    input.write(HEADER_LINE + delivery(0));
    await eventually(async () => expect(await bench.total()).toBe(2));
    bench.network.cut();
    let written = 1;
    while (input.write(delivery(written))) written += 1;
    await eventually(() => input.readableLength === 0);
    // What the reader holds now waits for Kafka; from here on nobody takes anything out.
    written += 1;
    while (input.write(delivery(written))) written += 1;
    expect(input.writableNeedDrain).toBe(true);
    bench.network.restore();
    input.end();
    expect(await ended).toMatchObject({ rows: written + 1 });
    expect(await bench.total()).toBe((written + 1) * 2);
  });

  it('that were read are published after a signal; what was not read stays with the writer', async () => {
    const { input, ended, stopping } = start();
    input.write(HEADER_LINE + delivery(0));
    await eventually(async () => expect(await bench.total()).toBe(2));
    bench.network.cut();
    input.write(delivery(1));
    stopping.abort();
    bench.network.restore();
    expect(await ended).toMatchObject({ rows: 2 });
    expect(await bench.total()).toBe(4);
    expect(input.readableEnded).toBe(false);
  });

  it('are reported as not published when time runs out', async () => {
    const { input, ended, stopping, giveUp } = start((stored) => (positions, bad) => {
      stopping.abort();
      giveUp.abort();
      return bad.length > 0 ? Promise.reject(new Error('database away')) : stored(positions, bad);
    });
    input.end(`${HEADER_LINE}nonsense\r\n`);
    expect(await ended).toBeUndefined();
  });
});
