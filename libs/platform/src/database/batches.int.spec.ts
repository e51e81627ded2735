import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../testing/eventually.js';
import { startTcpProxy, type TcpProxy } from '../testing/tcp-proxy.js';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.js';
import { DatabaseError, isDuplicateKey, MysqlDatabase, type Statement } from './database.js';

const SCHEMA = [
  {
    timestamp: 1_700_000_000_000,
    name: 'CreateThings',
    up: [
      `CREATE TABLE things (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, name VARCHAR(64) NOT NULL,
        text MEDIUMTEXT NULL, amount INT NOT NULL DEFAULT 0, UNIQUE KEY uk_name (name)) ENGINE=InnoDB`,
    ],
  },
];
let test: TestDatabase;
let database: MysqlDatabase;
let proxy: TcpProxy;
/** The same database over a wire that counts and can be cut. */
let through: MysqlDatabase;
let trips: Buffer[] = [];

beforeAll(async () => {
  test = await createTestDatabase(SCHEMA);
  database = test.database;
  proxy = await startTcpProxy(test.options);
  through = new MysqlDatabase({
    ...test.options,
    host: '127.0.0.1',
    port: proxy.port,
    queryTimeoutMs: 4_000,
  });
});
beforeEach(async () => {
  await database.execute('DELETE FROM things');
  proxy.intercept(() => 'forward');
  await through.queryAll([{ sql: 'SELECT 1' }]);
  trips = [];
  proxy.intercept((bytes) => {
    trips.push(bytes);
    return 'forward';
  });
});
afterAll(async () => {
  await through.close();
  await proxy.close();
  await test.drop();
});

const names = async () =>
  (await database.query<{ name: string }>('SELECT name FROM things ORDER BY id')).map(({ name }) => name);
const insert = (name: string, text: string | null = null): Statement => ({
  sql: 'INSERT INTO things (name, text) VALUES (?, ?)',
  params: [name, text],
});
const write = (writes: Iterable<Statement>, on = database) =>
  on.batch([], () => ({ writes, result: 'done' }));
const failureOf = async (work: Promise<unknown>): Promise<DatabaseError> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof DatabaseError)) throw new Error(`expected a DatabaseError, got ${String(error)}`);
  return error;
};

describe('a batch', () => {
  it('without reads is one round trip, from START TRANSACTION to COMMIT', async () => {
    expect(await write([insert('a'), insert('b')], through)).toBe('done');
    expect(trips).toHaveLength(1);
    expect(await names()).toEqual(['a', 'b']);
  });

  it('with reads is two, and its writes are made of their rows', async () => {
    await write([insert('a'), insert('b')]);
    const result = await through.batch<[{ name: string }, { n: number }], number>(
      [
        { sql: 'SELECT name FROM things WHERE name IN (?) ORDER BY name', params: [['a', 'b', 'x']] },
        { sql: 'SELECT COUNT(*) AS n FROM things' },
      ],
      ([found, [count]]) => ({
        writes: found.map(({ name }) => insert(`${name}${name}`)),
        result: count?.n ?? 0,
      }),
    );
    expect(result).toBe(2);
    expect(trips).toHaveLength(2);
    expect(await names()).toEqual(['a', 'b', 'aa', 'bb']);
  });

  it('holds the locks of its reads until its writes are committed', async () => {
    await write([insert('counter')]);
    const add = () =>
      database.batch<[{ amount: number }], void>(
        [{ sql: "SELECT amount FROM things WHERE name = 'counter' FOR UPDATE" }],
        ([[row]]) => ({
          writes: [
            {
              sql: "UPDATE things SET amount = ? WHERE name = 'counter'",
              params: [(row?.amount ?? 0) + 1],
            },
          ],
          result: undefined,
        }),
      );
    await Promise.all(Array.from({ length: 40 }, add));
    expect(await database.query('SELECT amount FROM things')).toEqual([{ amount: 40 }]);
  });

  it('commits nothing of it when a statement fails, says why, and leaves the connection usable', async () => {
    const failure = await failureOf(write([insert('a'), insert('b'), insert('a'), insert('c')]));
    expect(isDuplicateKey(failure, 'uk_name')).toBe(true);
    expect(failure.facts.outcomeUnknown).toBe(false);
    expect(await names()).toEqual([]);
    for (const name of ['d', 'e', 'f', 'g', 'h']) await write([insert(name)]);
    expect(await names()).toEqual(['d', 'e', 'f', 'g', 'h']);
  });

  it('commits nothing when its plan throws, and lets its locks go', async () => {
    await write([insert('a')]);
    const lock = { sql: "SELECT id FROM things WHERE name = 'a' FOR UPDATE" };
    const work = database.batch([lock], () => {
      throw new Error('changed my mind');
    });
    await expect(work).rejects.toThrow('changed my mind');
    await database.execute("UPDATE things SET name = 'b' WHERE name = 'a'");
    expect(await names()).toEqual(['b']);
  });

  it('goes in parts when it is large, still all or nothing', async () => {
    const text = 'x'.repeat(3_000_000);
    const large = function* (last: string) {
      for (const name of ['a', 'b', 'c', 'd', 'e']) yield insert(name, text);
      yield insert(last);
    };
    await write(large('f'));
    expect(await names()).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    await database.execute('DELETE FROM things');
    await failureOf(write(large('a')));
    expect(await names()).toEqual([]);
  }, 30_000);

  it('takes values for what they are, and no second statement in a text', async () => {
    const hostile = [`'); DELETE FROM things; --`, `\\'; DROP TABLE things; #`, '?', '"`; ?', '\u0000\n🚀'];
    await write(hostile.map((name) => insert(name, '; ?')));
    expect(await names()).toEqual(hostile);
    const [found] = await database.queryAll<[{ name: string }]>([
      { sql: 'SELECT name FROM things WHERE name IN (?) ORDER BY id', params: [hostile] },
    ]);
    expect(found.map(({ name }) => name)).toEqual(hostile);
    await expect(write([{ sql: 'DELETE FROM things; SELECT 1' }])).rejects.toThrow('semicolon');
    expect(await names()).toEqual(hostile);
  });

  it('keeps values out of the error', async () => {
    const failure = await failureOf(write([insert('hunter2'), insert('hunter2')]));
    expect(failure.facts.statement).toBe(
      'START TRANSACTION; INSERT INTO things (name, text) VALUES (?, ?); INSERT INTO things (name, text) VALUES (?, ?); COMMIT',
    );
    expect(JSON.stringify([failure.facts, failure.stack]).replace(/entry 'hunter2'/g, '')).not.toContain(
      'hunter2',
    );
  });

  it('says that its outcome is unknown when the connection broke under it', async () => {
    proxy.intercept((bytes) => (bytes.includes(';\nCOMMIT') ? 'forward-then-cut' : 'forward'));
    const failure = await failureOf(write([insert('a')], through));
    expect(failure.facts).toMatchObject({ outcomeUnknown: true, connectionLost: true, transient: true });
    await eventually(async () => expect(await names()).toEqual(['a']));
    proxy.intercept(() => 'forward');
    await write([insert('b')], through);
    expect(await names()).toEqual(['a', 'b']);
  });
});

describe('reads together', () => {
  it('answer in order, in one round trip', async () => {
    await write([insert('a')]);
    const [one, none, two] = await through.queryAll<[{ n: number }, { name: string }, { name: string }]>([
      { sql: 'SELECT ? AS n', params: [7] },
      { sql: "SELECT name FROM things WHERE name = 'x'" },
      { sql: 'SELECT name FROM things' },
    ]);
    expect([one, none, two]).toEqual([[{ n: 7 }], [], [{ name: 'a' }]]);
    expect(trips).toHaveLength(1);
    expect(await through.queryAll([{ sql: 'SELECT 1 AS n' }])).toEqual([[{ n: 1 }]]);
  });
});
