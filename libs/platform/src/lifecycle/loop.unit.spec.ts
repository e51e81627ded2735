import { describe, expect, it } from '@jest/globals';
import { createLogger } from '../telemetry/logger.js';
import { eventually } from '../testing/eventually.js';
import { pollingLoop } from './loop.js';
import { untilItWorks } from './retry.js';

function capture() {
  const lines: Record<string, unknown>[] = [];
  const log = createLogger('test', 'info', { write: (line) => void lines.push(JSON.parse(line)) });
  return { log, lines };
}

describe('polling loop', () => {
  it('runs turns one after another, never two at once', async () => {
    let atOnce = 0;
    let most = 0;
    let turns = 0;
    const loop = pollingLoop({
      name: 'loop',
      idleMs: 1,
      log: capture().log,
      run: async () => {
        turns += 1;
        atOnce += 1;
        most = Math.max(most, atOnce);
        await new Promise((resolve) => setImmediate(resolve));
        atOnce -= 1;
        return turns % 2 === 0 ? 'worked' : 'idle';
      },
    });
    await loop.start();
    await loop.start();
    await eventually(() => turns > 20);
    await loop.stop();
    expect(most).toBe(1);
  });

  it('pauses after an idle turn and not after work', async () => {
    const at: number[] = [];
    const loop = pollingLoop({
      name: 'loop',
      idleMs: 60,
      log: capture().log,
      run: async () => {
        at.push(performance.now());
        return at.length < 20 ? 'worked' : 'idle';
      },
    });
    await loop.start();
    await eventually(() => at.length >= 22);
    await loop.stop();
    expect((at[19] ?? 0) - (at[0] ?? 0)).toBeLessThan(1_000);
    // Timers may fire a millisecond early.
    expect((at[20] ?? 0) - (at[19] ?? 0)).toBeGreaterThanOrEqual(58);
    expect((at[21] ?? 0) - (at[20] ?? 0)).toBeGreaterThanOrEqual(58);
  });

  it('slows down while nothing happens, to its greatest pause, and is quick again after work', async () => {
    const pauses: number[] = [];
    let last = performance.now();
    let work = false;
    const loop = pollingLoop({
      name: 'loop',
      idleMs: 2,
      maxIdleMs: 40,
      log: capture().log,
      run: async () => {
        pauses.push(performance.now() - last);
        last = performance.now();
        const outcome = work ? 'worked' : 'idle';
        work = false;
        return outcome;
      },
    });
    await loop.start();
    await eventually(() => pauses.length >= 18);
    expect(Math.max(...pauses.slice(15))).toBeGreaterThanOrEqual(38);
    work = true;
    const mark = pauses.length;
    await eventually(() => pauses.length >= mark + 4);
    await loop.stop();
    // mark: the working turn; mark + 1: at once; mark + 2: after 2 ms.
    expect(pauses[mark + 2]).toBeLessThan(30);
  });

  it('survives failing turns, says so, turns red and green again', async () => {
    const { log, lines } = capture();
    let failing = true;
    let turns = 0;
    const loop = pollingLoop({
      name: 'loop',
      idleMs: 1,
      log,
      run: async () => {
        turns += 1;
        if (failing) throw new Error('engine away');
        return 'idle';
      },
    });
    await expect(loop.readiness.check()).resolves.toBeUndefined();
    await loop.start();
    await eventually(() =>
      expect(loop.readiness.check()).rejects.toThrow('3 turns failed in a row: engine away'),
    );
    failing = false;
    await eventually(() => loop.readiness.check());
    const seen = turns;
    await eventually(() => turns > seen);
    await loop.stop();
    expect(lines).toContainEqual(
      expect.objectContaining({ level: 'error', loop: 'loop', failures: 1, msg: 'loop.turn-failed' }),
    );
    expect(lines).toContainEqual(
      expect.objectContaining({ level: 'info', msg: 'loop.recovered', failures: 3 }),
    );
  });

  it('backs off between failing turns, at most for two seconds', async () => {
    const at: number[] = [];
    const loop = pollingLoop({
      name: 'loop',
      idleMs: 1,
      log: capture().log,
      run: async () => {
        at.push(performance.now());
        throw new Error('engine away');
      },
    });
    await loop.start();
    await eventually(() => at.length >= 7);
    await loop.stop();
    const pauses = at.slice(1).map((each, index) => each - (at[index] ?? 0));
    expect(pauses[0]).toBeGreaterThanOrEqual(98);
    expect(pauses[1]).toBeGreaterThanOrEqual(198);
    expect(pauses[5]).toBeGreaterThanOrEqual(1_990);
    expect(pauses[5]).toBeLessThan(3_000);
  });

  it('stops after the turn under way, and at once from a pause', async () => {
    const finish = Promise.withResolvers<void>();
    let aborted = false;
    let turns = 0;
    const loop = pollingLoop({
      name: 'loop',
      idleMs: 60_000,
      log: capture().log,
      run: async (signal) => {
        turns += 1;
        signal.addEventListener('abort', () => (aborted = true));
        if (turns === 1) await finish.promise;
        return turns === 1 ? 'worked' : 'idle';
      },
    });
    await loop.start();
    await eventually(() => turns === 1);
    let stopped = false;
    const stopping = loop.stop().then(() => (stopped = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect([aborted, stopped]).toEqual([true, false]);
    finish.resolve();
    await stopping;
    expect(turns).toBe(1);

    const pausing = pollingLoop({ name: 'p', idleMs: 60_000, log: capture().log, run: async () => 'idle' });
    await pausing.start();
    await pausing.stop();
  });

  it('stops although it was never started', async () => {
    const loop = pollingLoop({ name: 'p', idleMs: 1, log: capture().log, run: async () => 'idle' });
    await expect(loop.stop()).resolves.toBeUndefined();
  });
});

describe('untilItWorks', () => {
  it('returns the first success', async () => {
    const { log, lines } = capture();
    let tries = 0;
    const attempt = async (): Promise<string> => {
      tries += 1;
      if (tries < 3) throw new Error('away');
      return 'here';
    };
    expect(await untilItWorks('engine', attempt, { log, signal: new AbortController().signal })).toBe('here');
    expect(lines.map(({ msg, what, tries: n }) => [msg, what, n])).toEqual([
      ['start.waiting', 'engine', 1],
      ['start.waiting', 'engine', 2],
    ]);
  });

  it('ends without a result when it is aborted in a pause', async () => {
    const controller = new AbortController();
    const attempt = async (): Promise<never> => {
      setImmediate(() => controller.abort());
      throw new Error('away');
    };
    expect(
      await untilItWorks('engine', attempt, { log: capture().log, signal: controller.signal }),
    ).toBeUndefined();
  });
});
