import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../testing/eventually.js';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.js';
import { startTcpProxy, type TcpProxy } from '../testing/tcp-proxy.js';
import { DatabaseError, isDuplicateKey, isTransient, MysqlDatabase, type Transaction } from './database.js';

const SCHEMA = [
  {
    timestamp: 1_700_000_000_000,
    name: 'CreateThings',
    up: [
      `CREATE TABLE things (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, name VARCHAR(64) NOT NULL,
        at DATETIME(6) NULL, bytes VARBINARY(64) NULL, facts JSON NULL, UNIQUE KEY uk_name (name)) ENGINE=InnoDB`,
    ],
  },
];

let test: TestDatabase;
let database: MysqlDatabase;

beforeAll(async () => {
  test = await createTestDatabase(SCHEMA);
  database = test.database;
});
beforeEach(() => database.execute('DELETE FROM things'));
afterAll(() => test.drop());

const names = async (): Promise<string[]> => {
  const rows = await database.query<{ name: string }>('SELECT name FROM things ORDER BY id');
  return rows.map((row) => row.name);
};
const insert = (tx: Transaction | MysqlDatabase, name: string) =>
  tx.execute('INSERT INTO things (name) VALUES (?)', [name]);
const failureOf = async (work: Promise<unknown>): Promise<DatabaseError> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof DatabaseError)) throw new Error(`expected a DatabaseError, got ${String(error)}`);
  return error;
};

describe('statements', () => {
  it('gives back what was written: Unicode, bytes, microseconds as UTC dates, JSON, NULL', async () => {
    const at = new Date('2026-03-29T00:59:59.123Z');
    const bytes = Buffer.from([0, 1, 0x27, 0x5c, 0xff]);
    const name = `O'Brien \\ "quoted" — 日本 🚀`;
    const { insertId, affectedRows } = await database.execute(
      'INSERT INTO things (name, at, bytes, facts) VALUES (?, ?, ?, ?)',
      [name, at, bytes, JSON.stringify({ a: [1, `it's`] })],
    );
    expect(affectedRows).toBe(1);
    const [row] = await database.query('SELECT * FROM things WHERE id = ?', [insertId]);
    expect(row).toEqual({ id: insertId, name, at, bytes, facts: { a: [1, `it's`] } });
  });

  it('expands an array in IN and rows in VALUES', async () => {
    await database.execute('INSERT INTO things (name, at) VALUES ?', [
      ['a', 'b', 'c'].map((name) => [name, null]),
    ]);
    const rows = await database.query<{ name: string }>(
      'SELECT name FROM things WHERE name IN (?) ORDER BY name',
      [['a', 'c']],
    );
    expect(rows.map(({ name }) => name)).toEqual(['a', 'c']);
  });

  it('gives a BIGINT as a number when it is exact and as a text when it is not', async () => {
    const [row] = await database.query(
      'SELECT CAST(? AS UNSIGNED) AS exact, CAST(? AS UNSIGNED) AS greater',
      [Number.MAX_SAFE_INTEGER, 9_007_199_254_740_993n],
    );
    expect(row).toEqual({ exact: Number.MAX_SAFE_INTEGER, greater: '9007199254740993' });
  });

  it('counts the rows that an UPDATE found, also when they already had the value', async () => {
    await insert(database, 'same');
    const { affectedRows } = await database.execute("UPDATE things SET name = 'same' WHERE name = 'same'");
    expect(affectedRows).toBe(1);
  });

  it('sets up every session: READ COMMITTED, UTC, strict, lock waits shorter than statements', async () => {
    const sessions = await Promise.all(
      Array.from({ length: 4 }, () =>
        database.query(`SELECT @@transaction_isolation AS isolation, @@time_zone AS zone, SLEEP(0.05) AS slept,
          @@innodb_lock_wait_timeout AS lock_s, FIND_IN_SET('STRICT_TRANS_TABLES', @@sql_mode) > 0 AS strict`),
      ),
    );
    const expected = { isolation: 'READ-COMMITTED', zone: '+00:00', slept: 0, lock_s: 5, strict: 1 };
    expect(sessions.flat()).toEqual(Array.from({ length: 4 }, () => expected));
  });

  it('names the violated unique key, and not another whose name stands in the value', async () => {
    await insert(database, "x' for key 'uk_other");
    const failure = await failureOf(insert(database, "x' for key 'uk_other"));
    expect(failure.code).toBe('ER_DUP_ENTRY');
    expect(isDuplicateKey(failure)).toBe(true);
    expect(isDuplicateKey(failure, 'uk_name')).toBe(true);
    expect(isDuplicateKey(failure, 'uk_other')).toBe(false);
    expect(isTransient(failure)).toBe(false);
  });

  it('keeps the values of a failed statement out of the error', async () => {
    const failure = await failureOf(
      database.query('SELECT * FROM nowhere WHERE password = ?', ['hunter2-secret']),
    );
    expect(failure.code).toBe('ER_NO_SUCH_TABLE');
    expect(failure.facts.statement).toBe('SELECT * FROM nowhere WHERE password = ?');
    expect(JSON.stringify([Object.entries(failure), failure.message, failure.stack])).not.toContain(
      'hunter2',
    );
    expect(failure.cause).toBeUndefined();
  });
});

describe('transactions', () => {
  it('commits together what returned', async () => {
    const result = await database.transaction(async (tx) => {
      await insert(tx, 'one');
      await insert(tx, 'two');
      expect(await names()).toEqual([]);
      return 'done';
    });
    expect(result).toBe('done');
    expect(await names()).toEqual(['one', 'two']);
  });

  it('rolls back together what threw, and says what was thrown', async () => {
    const work = database.transaction(async (tx) => {
      await insert(tx, 'one');
      throw new Error('changed my mind');
    });
    await expect(work).rejects.toThrow('changed my mind');
    expect(await names()).toEqual([]);
  });

  it('refuses a statement that arrives after the end', async () => {
    let leaked: Transaction | undefined;
    await database.transaction(async (tx) => {
      leaked = tx;
    });
    await expect(leaked?.execute("INSERT INTO things (name) VALUES ('late')")).rejects.toThrow('has ended');
    expect(await names()).toEqual([]);
  });

  it('reports a deadlock as transient, and leaves the connection usable', async () => {
    await insert(database, 'a');
    await insert(database, 'b');
    const bothLocked = Promise.withResolvers<void>();
    let locked = 0;
    const lockIn = (first: string, second: string): Promise<void> =>
      database.transaction(async (tx) => {
        await tx.query('SELECT id FROM things WHERE name = ? FOR UPDATE', [first]);
        locked += 1;
        if (locked === 2) bothLocked.resolve();
        await bothLocked.promise;
        await tx.query('SELECT id FROM things WHERE name = ? FOR UPDATE', [second]);
      });
    const outcomes = await Promise.allSettled([lockIn('a', 'b'), lockIn('b', 'a')]);
    const failures = outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [outcome.reason as unknown] : [],
    );
    expect(failures).toHaveLength(1);
    expect(failures[0]).toMatchObject({ code: 'ER_LOCK_DEADLOCK' });
    expect(isTransient(failures[0])).toBe(true);
    await database.transaction((tx) => insert(tx, 'after'));
  });
});

describe('when connections break', () => {
  let proxy: TcpProxy;
  let through: MysqlDatabase;

  beforeEach(async () => {
    proxy = await startTcpProxy(test.options);
    const address = { host: '127.0.0.1', port: proxy.port };
    through = new MysqlDatabase({ ...test.options, ...address, poolSize: 2, queryTimeoutMs: 400 });
    await through.ping();
  });
  afterEach(async () => {
    await through.close();
    await proxy.close();
  });

  it('works at once after the engine has closed idle connections', async () => {
    await Promise.all([through.query('SELECT SLEEP(0.05)'), through.query('SELECT SLEEP(0.05)')]);
    proxy.cutAll();
    await eventually(() => through.ping());
    await expect(Promise.all([through.ping(), through.ping()])).resolves.toHaveLength(2);
  });

  it('rejects a transaction whose connection broke, as transient, and nothing of it stays', async () => {
    const work = through.transaction(async (tx) => {
      await insert(tx, 'half');
      proxy.cutAll();
      await insert(tx, 'other half');
    });
    const failure = await failureOf(work);
    expect(isTransient(failure)).toBe(true);
    expect(failure.facts.outcomeUnknown).toBe(false);
    expect(await names()).toEqual([]);
    await through.transaction((tx) => insert(tx, 'next'));
  });

  it.each([
    ['before', 'cut', []],
    ['after', 'forward-then-cut', ['fate unknown']],
  ] as const)(
    'says that the outcome is unknown when it broke %s the COMMIT arrived',
    async (_when, how, kept) => {
      proxy.intercept((bytes) => (bytes.includes('COMMIT') ? how : 'forward'));
      const failure = await failureOf(through.transaction((tx) => insert(tx, 'fate unknown')));
      expect(failure.facts).toMatchObject({ outcomeUnknown: true, connectionLost: true });
      expect(isTransient(failure)).toBe(true);
      await eventually(async () => expect(await names()).toEqual(kept));
      proxy.intercept(() => 'forward');
      await through.transaction((tx) => insert(tx, 'next'));
    },
  );

  it('gives up on a stopped engine within the statement bound, and answers rightly once it goes on', async () => {
    proxy.freeze();
    const startedAt = performance.now();
    const failures = await Promise.all([1, 2, 3].map((n) => failureOf(through.query('SELECT ? AS n', [n]))));
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(failures.every(isTransient)).toBe(true);
    proxy.thaw();
    const answers = await Promise.all(
      [7, 8, 9].map((n) => eventually(() => through.query<{ n: number }>('SELECT ? AS n', [n]))),
    );
    expect(answers.map(([row]) => row?.n)).toEqual([7, 8, 9]);
  });

  it('does not use a connection again that did not answer', async () => {
    proxy.freezeOpen();
    expect((await failureOf(through.query('SELECT 1'))).code).toBe('PROTOCOL_SEQUENCE_TIMEOUT');
    expect(await through.query('SELECT 2 AS n')).toEqual([{ n: 2 }]);
  });

  it('does not wait for ever for a free connection', async () => {
    const release = Promise.withResolvers<void>();
    const holders = [1, 2].map(() => through.transaction(() => release.promise));
    const failure = await failureOf(through.query('SELECT 1'));
    expect(failure.code).toBe('POOL_ACQUIRE_TIMEOUT');
    expect(isTransient(failure)).toBe(true);
    release.resolve();
    await Promise.all(holders);
    await through.ping();
  });

  it('closes within its bound although a stopped engine answers no statement', async () => {
    const address = { host: '127.0.0.1', port: proxy.port };
    const slow = new MysqlDatabase({ ...test.options, ...address, poolSize: 1, queryTimeoutMs: 4_000 });
    await slow.ping();
    const arrived = Promise.withResolvers<void>();
    proxy.intercept((bytes) => {
      if (bytes.includes('SELECT 2')) {
        proxy.freeze();
        arrived.resolve();
      }
      return 'forward';
    });
    const unanswered = failureOf(slow.query('SELECT 2, SLEEP(0.05)'));
    await arrived.promise;
    const startedAt = performance.now();
    await slow.close();
    expect((await unanswered).facts.connectionLost).toBe(true);
    expect(performance.now() - startedAt).toBeLessThan(3_500);
    expect((await failureOf(slow.query('SELECT 1'))).code).toBe('POOL_CLOSED');
  });

  it('reports an engine that is not there as transient', async () => {
    await proxy.close();
    const failure = await failureOf(through.ping());
    expect(isTransient(failure)).toBe(true);
  });
});
