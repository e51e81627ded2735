import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Database, MysqlDatabase } from '../database/database.js';
import { plumbingMigrations } from '../schema/plumbing.js';
import { createLogger } from '../telemetry/logger.js';
import { eventually } from '../testing/eventually.js';
import { RecordingProducer, type SentMessage } from '../testing/recording-producer.js';
import { startTcpProxy } from '../testing/tcp-proxy.js';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.js';
import { enqueue, MOST_VALUE_BYTES, OUTBOX_SHARDS, type OutboxMessage, shardOf } from './outbox.js';
import { purgePublished, readBacklog, readPending } from './outbox-table.js';
import { createRelay, type Relay, type RelayOptions } from './relay.js';

let test: TestDatabase;
let running: Relay[] = [];
let lines: { msg: string; [fact: string]: unknown }[] = [];

const log = createLogger('test', 'info', { write: (line) => void lines.push(JSON.parse(line)) });
const ALL_SHARDS = Array.from({ length: OUTBOX_SHARDS }, (_, shard) => shard);

beforeAll(async () => {
  test = await createTestDatabase(plumbingMigrations, { poolSize: 12 });
});
beforeEach(async () => {
  lines = [];
  running = [];
  for (const table of ['outbox', 'leases']) await test.database.execute(`DELETE FROM ${table}`);
});
afterEach(() => Promise.all(running.map((relay) => relay.stop())));
afterAll(() => test.drop());

async function startRelay(producer: RecordingProducer, options: Partial<RelayOptions> = {}): Promise<Relay> {
  const relay = createRelay({ database: test.database, producer, log, ...options });
  running.push(relay);
  await relay.start();
  return relay;
}

const message = (key: string, text: string, topic = 'facts'): OutboxMessage => ({
  topic,
  key,
  value: Buffer.from(text),
});
const put = (...messages: OutboxMessage[]): Promise<void> =>
  test.database.transaction((tx) => enqueue(tx, messages));
const pending = async (): Promise<number> => (await readBacklog(test.database, ALL_SHARDS)).pending;
const texts = (sent: readonly SentMessage[], key?: string): string[] =>
  sent.filter((each) => key === undefined || each.key === key).map(({ value }) => value.toString());

/** Lets an owner's leases lapse by the database's clock, without waiting. */
const lapseAll = (): Promise<unknown> =>
  test.database.execute('UPDATE leases SET expires_at = NOW(6) - INTERVAL 1 SECOND');

describe('enqueue', () => {
  it('spreads keys over the shards, always the same way', () => {
    const shards = new Set(Array.from({ length: 500 }, (_, n) => shardOf(`key-${n}`)));
    expect(shards.size).toBe(OUTBOX_SHARDS);
    expect(shardOf('domain-42')).toBe(shardOf(Buffer.from('domain-42')));
  });

  it.each([
    ['an empty key', message('', 'x')],
    ['a key of 129 bytes', message('é'.repeat(64) + 'x', 'x')],
    ['a value that no broker takes', { topic: 't', key: 'k', value: Buffer.alloc(MOST_VALUE_BYTES + 1) }],
  ])('refuses %s, and with it the transaction', async (_what, refused) => {
    await expect(put(message('k', 'before'), refused)).rejects.toBeInstanceOf(RangeError);
    expect(await pending()).toBe(0);
  });

  it('takes more messages than one statement carries, in order', async () => {
    const many = Array.from({ length: 1_203 }, (_, n) => message('k', String(n)));
    await put(...many, { topic: 'facts', key: 'k', value: Buffer.alloc(MOST_VALUE_BYTES, 1) });
    const rows = await readPending(test.database, [shardOf('k')], 2_000);
    expect(rows.slice(0, -1).map(({ value }) => value.toString())).toEqual(
      many.map(({ value }) => value.toString()),
    );
    expect(rows.at(-1)?.value).toHaveLength(MOST_VALUE_BYTES);
  });
});

describe('relay', () => {
  it('publishes the stored bytes with topic, key and headers', async () => {
    const value = Buffer.from([0xc3, 0x01, 0x00, 0xff, 0x27]);
    await put(
      { topic: 'facts', key: 'schlüssel', value, headers: { origin: `it's` } },
      message('k', 'b', 'others'),
    );
    const producer = new RecordingProducer();
    await startRelay(producer);
    await eventually(() => expect(producer.sent).toHaveLength(2));
    expect(producer.sent).toContainEqual({
      topic: 'facts',
      key: 'schlüssel',
      value,
      headers: { origin: `it's` },
    });
    expect(producer.sent).toContainEqual({
      topic: 'others',
      key: 'k',
      value: Buffer.from('b'),
      headers: undefined,
    });
    await eventually(async () => expect(await pending()).toBe(0));
  });

  it('publishes nothing of a transaction that rolled back', async () => {
    const producer = new RecordingProducer();
    await startRelay(producer);
    const work = test.database.transaction(async (tx) => {
      await enqueue(tx, [message('k', 'never')]);
      throw new Error('changed my mind');
    });
    await expect(work).rejects.toThrow('changed my mind');
    await put(message('k', 'always'));
    await eventually(() => expect(texts(producer.sent)).toEqual(['always']));
  });

  it('publishes a row whose commit came after that of a later id', async () => {
    const producer = new RecordingProducer();
    await startRelay(producer);
    const mayCommit = Promise.withResolvers<void>();
    const inserted = Promise.withResolvers<void>();
    const slow = test.database.transaction(async (tx) => {
      await enqueue(tx, [message('slow', 'lower id')]);
      inserted.resolve();
      await mayCommit.promise;
    });
    await inserted.promise;
    await put(message('fast', 'higher id'));
    await eventually(async () => {
      expect(texts(producer.sent)).toEqual(['higher id']);
      expect(await pending()).toBe(0);
    });
    mayCommit.resolve();
    await slow;
    await eventually(() => expect(texts(producer.sent)).toEqual(['higher id', 'lower id']));
  });

  it('works together with a second one: each message once, in order per key, both at work', async () => {
    const all: SentMessage[] = [];
    const producers = [new RecordingProducer(all), new RecordingProducer(all)];
    for (const producer of producers) await startRelay(producer, { leaseTtlMs: 600, perShard: 5 });
    await eventually(async () => {
      const owners = await test.database.query(
        "SELECT owner, COUNT(*) AS held FROM leases WHERE name NOT LIKE 'outbox/@%' AND owner IS NOT NULL GROUP BY owner",
      );
      expect(owners).toMatchObject([{ held: 8 }, { held: 8 }]);
    });
    const keys = Array.from({ length: 20 }, (_, n) => `key-${n}`);
    const perKey = Array.from({ length: 30 }, (_, n) => String(n));
    await Promise.all(
      keys.map(async (key) => {
        for (const text of perKey) await put(message(key, text));
      }),
    );
    await eventually(async () => expect(await pending()).toBe(0));
    for (const key of keys) expect(texts(all, key)).toEqual(perKey);
    expect(all).toHaveLength(keys.length * perKey.length);
    for (const producer of producers) expect(producer.sent.length).toBeGreaterThan(0);
  });

  it('publishes again what it could not mark, and skips nothing', async () => {
    await put(message('k', '1'), message('k', '2'));
    let failures = 2;
    const dying: Database = Object.create(test.database, {
      execute: {
        value: (sql: string, params?: never[]) => {
          if (sql.startsWith('UPDATE outbox') && failures-- > 0)
            return Promise.reject(new Error('killed here'));
          return test.database.execute(sql, params);
        },
      },
      query: { value: test.database.query.bind(test.database) },
    }) as Database;
    const producer = new RecordingProducer();
    await startRelay(producer, { database: dying });
    await eventually(async () => expect(await pending()).toBe(0));
    expect(texts(producer.sent)).toEqual(['1', '2', '1', '2', '1', '2']);
  });

  it('marks nothing while the broker is away, turns red, and goes on by itself', async () => {
    const producer = new RecordingProducer();
    producer.before = () => Promise.reject(new Error('no broker'));
    const relay = await startRelay(producer);
    await put(message('k', '1'), message('k', '2'));
    await eventually(() => expect(relay.readiness.check()).rejects.toThrow('no broker'));
    expect(await pending()).toBe(2);
    producer.before = () => Promise.resolve();
    await eventually(() => expect(texts(producer.sent)).toEqual(['1', '2']));
    await eventually(() => relay.readiness.check());
  });

  it('outlives an absence of MySQL', async () => {
    const proxy = await startTcpProxy(test.options);
    const address = { host: '127.0.0.1', port: proxy.port };
    const database = new MysqlDatabase({ ...test.options, ...address, poolSize: 3, queryTimeoutMs: 300 });
    const producer = new RecordingProducer();
    const relay = await startRelay(producer, { database });
    await put(message('k', '1'));
    await eventually(() => expect(texts(producer.sent)).toEqual(['1']));
    proxy.freeze();
    await eventually(() => expect(relay.readiness.check()).rejects.toThrow('turns failed in a row'));
    await put(message('k', '2'));
    proxy.cutAll();
    proxy.thaw();
    await eventually(async () => expect(await pending()).toBe(0));
    expect(texts(producer.sent).at(-1)).toBe('2');
    await relay.stop();
    await database.close();
    await proxy.close();
  });

  it('marks nothing once another has taken its shards', async () => {
    await put(message('k', '1'));
    const stale = new RecordingProducer();
    const answer = Promise.withResolvers<void>();
    stale.before = () => answer.promise;
    await startRelay(stale, { leaseTtlMs: 60_000 });
    await eventually(() => expect(stale.calls).toBe(1));

    await lapseAll();
    const fresh = new RecordingProducer();
    fresh.before = () => Promise.reject(new Error('not yet'));
    await startRelay(fresh, { leaseTtlMs: 60_000 });
    await eventually(() => expect(fresh.calls).toBeGreaterThan(0));

    answer.resolve();
    await eventually(() =>
      expect(lines).toContainEqual(expect.objectContaining({ msg: 'outbox.lease-lost', marked: 0 })),
    );
    expect(await pending()).toBe(1);
    fresh.before = () => Promise.resolve();
    await eventually(async () => expect(await pending()).toBe(0));
    expect(texts(fresh.sent)).toEqual(['1']);
  });

  it('keeps its shards while the broker is slow for longer than a lease lasts', async () => {
    await put(message('k', '1'));
    const slow = new RecordingProducer();
    const answer = Promise.withResolvers<void>();
    slow.before = () => answer.promise;
    await startRelay(slow, { leaseTtlMs: 1_000 });
    await eventually(() => expect(slow.calls).toBe(1));
    const rival = new RecordingProducer();
    await startRelay(rival, { leaseTtlMs: 1_000 });
    const twoLifetimes = performance.now() + 2_000;
    await eventually(() => performance.now() > twoLifetimes);
    answer.resolve();
    await eventually(async () => expect(await pending()).toBe(0));
    expect(texts(rival.sent)).toEqual([]);
    expect(texts(slow.sent)).toEqual(['1']);
  });

  it('takes over from one that was killed, once its leases lapsed by themselves', async () => {
    await test.database.execute('INSERT INTO leases (name, owner, token, expires_at) VALUES ?', [
      ['@killed', ...ALL_SHARDS.map(String)].map((name) => [`outbox/${name}`, 'killed', 7, new Date(0)]),
    ]);
    await test.database.execute('UPDATE leases SET expires_at = NOW(6) + INTERVAL 700000 MICROSECOND');
    await put(message('k', '1'));
    const producer = new RecordingProducer();
    await startRelay(producer);
    await eventually(() => expect(texts(producer.sent)).toEqual(['1']));
    const [row] = await test.database.query(
      "SELECT MIN(token) AS token FROM leases WHERE name NOT LIKE 'outbox/@%'",
    );
    expect(row).toEqual({ token: 8 });
  });

  it('frees its shards when it stops, after finishing what is under way', async () => {
    const producer = new RecordingProducer();
    const answer = Promise.withResolvers<void>();
    producer.before = () => answer.promise;
    await put(message('k', '1'));
    const relay = await startRelay(producer, { leaseTtlMs: 60_000 });
    await eventually(() => expect(producer.calls).toBe(1));
    const stopped = relay.stop();
    answer.resolve();
    await stopped;
    expect(await pending()).toBe(0);
    const next = new RecordingProducer();
    await startRelay(next, { leaseTtlMs: 60_000 });
    await put(message('k', '2'));
    await eventually(() => expect(texts(next.sent)).toEqual(['2']), { timeoutMs: 3_000 });
    expect(texts(producer.sent)).toEqual(['1']);
  });

  it('deletes what was published longer ago than it is kept', async () => {
    const producer = new RecordingProducer();
    await startRelay(producer, { keepPublishedMs: 1, careEveryMs: 50 });
    await put(message('k', '1'), message('l', '2'));
    await eventually(async () => {
      const rows = await test.database.query('SELECT id FROM outbox');
      expect([producer.sent.length, rows.length]).toEqual([2, 0]);
    });
  });
});

describe('outbox table', () => {
  it('reads the oldest rows of each shard, a bounded number of each, whatever waits in the others', async () => {
    const busy = Array.from({ length: 50 }, (_, n) => message('busy', String(n)));
    const other = ['a', 'b', 'c', 'd'].find((key) => shardOf(key) !== shardOf('busy')) ?? '';
    await put(...busy, message(other, 'last'));
    const rows = await readPending(test.database, ALL_SHARDS, 3);
    expect(rows.map(({ value }) => value.toString())).toEqual(['0', '1', '2', 'last']);
    expect(await readPending(test.database, [shardOf(other)], 3)).toHaveLength(1);
  });

  it('measures count and age of what waits', async () => {
    expect(await readBacklog(test.database, ALL_SHARDS)).toEqual({ pending: 0, oldestSeconds: 0 });
    expect(await readBacklog(test.database, [])).toEqual({ pending: 0, oldestSeconds: 0 });
    await put(message('a', '1'), message('b', '2'));
    await test.database.execute(
      "UPDATE outbox SET created_at = NOW(6) - INTERVAL 90 SECOND WHERE message_key = 'b'",
    );
    const backlog = await readBacklog(test.database, ALL_SHARDS);
    expect(backlog.pending).toBe(2);
    expect(backlog.oldestSeconds).toBeGreaterThanOrEqual(90);
    expect(backlog.oldestSeconds).toBeLessThan(100);
  });

  it('purges in bounded steps, the oldest first, and never what is pending', async () => {
    await put(...['1', '2', '3', '4'].map((text) => message('k', text)));
    await test.database.execute(
      "UPDATE outbox SET state = 'published', published_at = NOW(6) - INTERVAL 2 HOUR WHERE value IN ('1', '2', '3')",
    );
    await test.database.execute(
      "UPDATE outbox SET published_at = NOW(6) - INTERVAL 30 MINUTE WHERE value = '3'",
    );
    const steps: number[] = [];
    for (let step = 0; step < 3; step += 1) steps.push(await purgePublished(test.database, 3_600_000, 1));
    expect(steps).toEqual([1, 1, 0]);
    const rows = await test.database.query<{ value: Buffer }>('SELECT value FROM outbox ORDER BY id');
    expect(rows.map(({ value }) => value.toString())).toEqual(['3', '4']);
  });
});
