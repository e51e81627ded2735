import { describe, expect, it } from '@jest/globals';
import { toDatabaseError } from '../database/errors.js';
import { createLogger, eachTurn } from './logger.js';
import { collectProcessMetrics, counter, gauge, histogram, renderMetrics } from './metrics.js';
import { reasonOf } from './reason.js';

const SECRET = 'hunter2-do-not-log';

function capture(level = 'info') {
  const lines: Record<string, unknown>[] = [];
  const texts: string[] = [];
  const log = createLogger('some-app', level, {
    write: (text) => {
      texts.push(text);
      lines.push(JSON.parse(text) as Record<string, unknown>);
    },
  });
  return { log, lines, texts };
}

describe('log lines of one turn', () => {
  const collected = () => {
    const writes: string[] = [];
    return { writes, destination: eachTurn({ write: (text) => void writes.push(text) }) };
  };

  it('are written together, in order, at its end', async () => {
    const { writes, destination } = collected();
    destination.write('one\n');
    destination.write('two\n');
    expect(writes).toEqual([]);
    await new Promise(setImmediate);
    destination.write('three\n');
    await new Promise(setImmediate);
    expect(writes).toEqual(['one\ntwo\n', 'three\n']);
  });

  it('are written when the process exits in the middle of it', () => {
    const { writes, destination } = collected();
    destination.write('the reason\n');
    process.emit('exit', 1);
    expect(writes).toEqual(['the reason\n']);
  });

  it('are not kept without bounds', () => {
    const { writes, destination } = collected();
    destination.write('x'.repeat(40_000));
    destination.write('y'.repeat(40_000));
    expect(writes).toHaveLength(1);
  });
});

describe('logger', () => {
  it('writes one JSON line with time, level, app and facts', () => {
    const { log, lines } = capture();
    log.info({ published: 12, durationMs: 8 }, 'outbox.published');
    expect(lines).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        app: 'some-app',
        pid: process.pid,
        published: 12,
        durationMs: 8,
        msg: 'outbox.published',
      },
    ]);
  });

  it('leaves out what is less severe than its level', () => {
    const { log, lines } = capture('warn');
    log.info('quiet');
    log.warn('loud');
    expect(lines.map(({ msg }) => msg)).toEqual(['loud']);
  });

  it.each([
    [{ password: SECRET }],
    [{ user: { password: SECRET, apiKey: SECRET } }],
    [{ request: { headers: { authorization: SECRET, 'x-api-key': SECRET, cookie: SECRET } } }],
    [{ secret: SECRET, config: { masterKey: SECRET } }],
  ])('replaces secrets by their names in %j', (facts) => {
    const { log, texts, lines } = capture();
    log.info(facts, 'seen');
    expect(texts.join('')).not.toContain(SECRET);
    expect(lines[0]).toMatchObject({ msg: 'seen' });
    expect(JSON.stringify(lines[0])).toContain('[redacted]');
  });

  it('keeps the statements that a driver hangs on its errors out of the line', () => {
    const { log, texts, lines } = capture();
    const driverError = Object.assign(new Error('duplicate'), {
      code: 'ER_DUP_ENTRY',
      errno: 1062,
      sql: `INSERT INTO keys VALUES ('${SECRET}')`,
      parameters: [SECRET],
    });
    log.error({ err: driverError }, 'direct');
    log.error({ err: new Error('outer', { cause: driverError }) }, 'as a cause');
    log.error({ err: new AggregateError([driverError], 'several') }, 'as one of several');
    log.error(
      { err: toDatabaseError(driverError, { statement: 'INSERT INTO keys VALUES (?)' }) },
      'converted',
    );
    expect(texts.join('')).not.toContain(SECRET);
    expect(lines[0]?.['err']).toMatchObject({ type: 'Error', message: 'duplicate', code: 'ER_DUP_ENTRY' });
    expect(lines[1]?.['err']).toMatchObject({ message: 'outer', cause: { code: 'ER_DUP_ENTRY' } });
    expect(lines[2]?.['err']).toMatchObject({ errors: [{ code: 'ER_DUP_ENTRY' }] });
    expect(lines[3]?.['err']).toMatchObject({ type: 'DatabaseError', code: 'ER_DUP_ENTRY' });
  });

  it('takes anything as an error, also one that is its own cause', () => {
    const { log, lines } = capture();
    const circular = new Error('round');
    circular.cause = circular;
    log.error({ err: circular }, 'a');
    log.error({ err: 'just text' }, 'b');
    log.error({ err: null }, 'c');
    expect(lines.map(({ msg }) => msg)).toEqual(['a', 'b', 'c']);
    expect(lines[1]?.['err']).toEqual({ type: 'string', message: 'just text' });
  });
});

describe('reasonOf', () => {
  it.each([
    [new Error('what happened'), 'what happened'],
    [Object.assign(new AggregateError([], ''), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
    [{ message: 'of another realm' }, 'of another realm'],
    ['text', 'text'],
    [undefined, 'undefined'],
  ])('of %p is %j', (error, reason) => {
    expect(reasonOf(error)).toBe(reason);
  });
});

describe('metrics', () => {
  it('are counted together by name and rendered for Prometheus', async () => {
    counter('spec_things_total', 'Things', ['outcome']).inc({ outcome: 'done' }, 2);
    counter('spec_things_total', 'Things', ['outcome']).inc({ outcome: 'done' });
    gauge('spec_level', 'Level').set(7);
    histogram('spec_seconds', 'Time', [], [1, 2]).observe(1.5);
    const text = await renderMetrics();
    expect(text).toContain('# TYPE spec_things_total counter\nspec_things_total{outcome="done"} 3\n');
    expect(text).toContain('spec_level 7\n');
    expect(text).toContain('spec_seconds_bucket{le="1"} 0\nspec_seconds_bucket{le="2"} 1\n');
  });

  it('refuse one name for two kinds', () => {
    counter('spec_kind_total', 'A counter');
    expect(() => gauge('spec_kind_total', 'A gauge')).toThrow('spec_kind_total is already registered');
  });

  it('include those of the process, asked for once or twice', async () => {
    collectProcessMetrics();
    collectProcessMetrics();
    expect(await renderMetrics()).toMatch(/^process_resident_memory_bytes \d+$/m);
  });
});
