import { EventEmitter } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { createLogger } from '../telemetry/logger.js';
import { eventually } from '../testing/eventually.js';
import { type Component, type ProcessOptions, runProcess } from './process.js';

/** The operating system's process: signals come from the test, an exit is only noted. */
class Host extends EventEmitter {
  readonly exits: number[] = [];
  exit(code: number): void {
    this.exits.push(code);
  }
}

function start(options: Partial<ProcessOptions> = {}) {
  const host = new Host();
  const lines: Record<string, unknown>[] = [];
  const log = createLogger('test', 'info', { write: (line) => void lines.push(JSON.parse(line)) });
  const running = runProcess({
    log,
    health: { host: '127.0.0.1', port: 0 },
    checks: [],
    components: [],
    host,
    ...options,
  });
  const port = () =>
    eventually(() => {
      const found = lines.find(({ msg }) => msg === 'process.starting')?.['healthPort'];
      if (typeof found !== 'number') throw new Error('no port yet');
      return found;
    });
  const end = async (signal: 'SIGTERM' | 'SIGINT' = 'SIGTERM'): Promise<number[]> => {
    host.emit(signal);
    await eventually(() => host.exits.length > 0);
    return host.exits;
  };
  return { host, lines, running, port, end };
}

async function get(port: number, path: string, method = 'GET') {
  return new Promise<{ status: number; body: string; type: string }>((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, method, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (part: string) => (body += part));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body, type: response.headers['content-type'] ?? '' }),
      );
    });
    asked.on('error', reject).end();
  });
}
const ready = async (port: number): Promise<[number, unknown]> => {
  const { status, body } = await get(port, '/health/ready');
  return [status, JSON.parse(body)];
};

describe('process', () => {
  const recorder = (events: string[], name: string, overrides: Partial<Component> = {}): Component => ({
    name,
    start: async () => void events.push(`start ${name}`),
    stop: async () => void events.push(`stop ${name}`),
    ...overrides,
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'starts in order, stops in reverse on %s and exits 0',
    async (signal) => {
      const events: string[] = [];
      const run = start({ components: ['a', 'b', 'c'].map((name) => recorder(events, name)) });
      await run.running;
      expect(events).toEqual(['start a', 'start b', 'start c']);
      expect(await run.end(signal)).toEqual([0]);
      expect(events.slice(3)).toEqual(['stop c', 'stop b', 'stop a']);
      expect(run.lines.map(({ msg }) => msg)).toEqual([
        'process.starting',
        'process.started',
        'process.stopping',
        'process.stopped',
      ]);
    },
  );

  it('drains once, however many signals come', async () => {
    const events: string[] = [];
    const run = start({ components: [recorder(events, 'a')] });
    await run.running;
    run.host.emit('SIGINT');
    run.host.emit('SIGTERM');
    expect(await run.end()).toEqual([0]);
    expect(events).toEqual(['start a', 'stop a']);
  });

  it('obeys a signal while a component still waits for its engine, and starts nothing more', async () => {
    const events: string[] = [];
    const waiting = Promise.withResolvers<void>();
    const run = start({
      components: [
        recorder(events, 'a'),
        recorder(events, 'b', {
          start: () => waiting.promise,
          stop: async () => waiting.reject(new Error('aborted')),
        }),
        recorder(events, 'c'),
      ],
    });
    const port = await run.port();
    expect(await ready(port)).toEqual([
      503,
      { status: 'not ready', failing: 'start', checks: { start: 'still starting' } },
    ]);
    expect(await run.end()).toEqual([0]);
    await run.running;
    expect(events).toEqual(['start a', 'stop a']);
  });

  it('stops the others although one does not stop cleanly, and exits 1', async () => {
    const events: string[] = [];
    const failing = async (): Promise<void> => {
      throw new Error('jammed');
    };
    const run = start({ components: [recorder(events, 'a'), recorder(events, 'b', { stop: failing })] });
    await run.running;
    expect(await run.end()).toEqual([1]);
    expect(events).toContain('stop a');
    expect(run.lines).toContainEqual(
      expect.objectContaining({ msg: 'component.stop-failed', component: 'b', level: 'error' }),
    );
  });

  it('exits 1 when draining takes longer than its bound', async () => {
    const finish = Promise.withResolvers<void>();
    const run = start({
      drainTimeoutMs: 30,
      components: [recorder([], 'a', { stop: () => finish.promise })],
    });
    await run.running;
    expect(await run.end()).toEqual([1]);
    expect(run.lines.at(-1)).toMatchObject({ level: 'fatal', msg: 'process.drain-timed-out' });
    // A real process would be gone by now; this one must give its port back.
    finish.resolve();
    await eventually(() => run.host.exits.length === 2);
  });

  it('exits 1 when a component cannot start', async () => {
    const failing = async (): Promise<void> => {
      throw new Error('no such folder');
    };
    const run = start({ components: [recorder([], 'a', { start: failing })] });
    await run.running;
    expect(run.host.exits).toEqual([1]);
    expect(run.lines.at(-1)).toMatchObject({
      level: 'fatal',
      msg: 'process.start-failed',
      err: { message: 'no such folder' },
    });
    await run.end();
  });

  it('exits 1 and says which address when its health port is taken', async () => {
    const first = start();
    await first.running;
    const port = await first.port();
    const second = start({ health: { host: '127.0.0.1', port } });
    await second.running;
    expect(second.host.exits).toEqual([1]);
    expect(second.lines.at(-1)).toMatchObject({
      err: { code: 'EADDRINUSE', message: expect.stringContaining(String(port)) },
    });
    await first.end();
  });

  it.each(['uncaughtException', 'unhandledRejection'])('exits 1 on an %s', async (event) => {
    const run = start();
    await run.running;
    run.host.emit(event, new Error('nobody handled this'));
    expect(run.host.exits).toEqual([1]);
    expect(run.lines.at(-1)).toMatchObject({ level: 'fatal', err: { message: 'nobody handled this' } });
    await run.end();
  });
});

describe('health server', () => {
  it('is ready when every check is, and names the one that is not', async () => {
    let reason: string | undefined;
    const run = start({
      checks: [
        { name: 'mysql', check: async () => undefined },
        {
          name: 'kafka',
          check: async () => {
            if (reason !== undefined) throw new Error(reason);
          },
        },
      ],
    });
    await run.running;
    const port = await run.port();
    expect(await ready(port)).toEqual([200, { status: 'ready', checks: { mysql: 'ok', kafka: 'ok' } }]);
    reason = 'no broker answers';
    await eventually(async () =>
      expect(await ready(port)).toEqual([
        503,
        { status: 'not ready', failing: 'kafka', checks: { mysql: 'ok', kafka: 'no broker answers' } },
      ]),
    );
    await run.end();
  });

  it('asks each check at most once a second, also for probes at the same time', async () => {
    let asked = 0;
    const run = start({ checks: [{ name: 'mysql', check: async () => void (asked += 1) }] });
    await run.running;
    const port = await run.port();
    await Promise.all(Array.from({ length: 10 }, () => ready(port)));
    await ready(port);
    expect(asked).toBe(1);
    await run.end();
  });

  it('does not hang on a check that does', async () => {
    const run = start({ checks: [{ name: 'frozen', check: () => new Promise(() => undefined) }] });
    await run.running;
    const [status, report] = await ready(await run.port());
    expect([status, report]).toEqual([
      503,
      { status: 'not ready', failing: 'frozen', checks: { frozen: 'no answer within 2000 ms' } },
    ]);
    await run.end();
  });

  it('is not ready while stopping, and still alive', async () => {
    const finish = Promise.withResolvers<void>();
    const draining = { name: 'a', start: async () => undefined, stop: () => finish.promise };
    const run = start({ components: [draining] });
    await run.running;
    const port = await run.port();
    run.host.emit('SIGTERM');
    const [status, report] = await ready(port);
    expect([status, report]).toMatchObject([503, { status: 'stopping' }]);
    expect((await get(port, '/health/live')).status).toBe(200);
    finish.resolve();
    await eventually(() => expect(run.host.exits).toEqual([0]));
    await expect(get(port, '/health/live')).rejects.toThrow('ECONNREFUSED');
  });

  it('serves metrics, and clear answers to everything else', async () => {
    const run = start();
    await run.running;
    const port = await run.port();
    expect(await get(port, '/health/live?x=1')).toMatchObject({ status: 200, body: '{"status":"live"}\n' });
    const metrics = await get(port, '/metrics');
    expect(metrics).toMatchObject({ status: 200, type: expect.stringContaining('text/plain') });
    expect(metrics.body).toContain('process_cpu_seconds_total');
    expect(await get(port, '/elsewhere')).toMatchObject({ status: 404 });
    expect(await get(port, '/health/live', 'POST')).toMatchObject({ status: 405 });
    expect(await get(port, '/health/live', 'HEAD')).toMatchObject({ status: 200, body: '' });
    await run.end();
  });

  it('stops although a client keeps its connection open', async () => {
    const run = start();
    await run.running;
    const idle = connect(await run.port(), '127.0.0.1');
    await new Promise((resolve) => idle.once('connect', resolve));
    expect(await run.end()).toEqual([0]);
    idle.destroy();
  });
});
