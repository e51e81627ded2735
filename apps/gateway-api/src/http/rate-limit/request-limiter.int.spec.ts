import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { contractMigrations } from '#contracts/schema/migrations';
import { MysqlDatabase } from '#platform/database/database';
import { plumbingMigrations } from '#platform/schema/plumbing';
import { createLogger } from '#platform/telemetry/logger';
import { eventually } from '#platform/testing/eventually';
import { startTcpProxy, type TcpProxy } from '#platform/testing/tcp-proxy';
import { createTestDatabase, testMysqlServer, type TestDatabase } from '#platform/testing/test-database';
import type { Verdict } from './bucket.js';
import { RequestLimiter } from './request-limiter.js';
import { WindowsTable } from './windows-table.js';

const LIMIT = 100;
const log = createLogger('test', 'silent');

let test: TestDatabase;
let proxy: TcpProxy;
const open: (() => Promise<void>)[] = [];

beforeAll(async () => {
  test = await createTestDatabase([...plumbingMigrations, ...contractMigrations]);
  proxy = await startTcpProxy(testMysqlServer());
});
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});
afterAll(async () => {
  await test.drop();
  await proxy.close();
});

/** A gateway process as far as its limit goes. */
function limiter(database = test.database, limit = LIMIT): RequestLimiter {
  const created = new RequestLimiter(new WindowsTable(database, limit), limit, log);
  open.push(() => created.onModuleDestroy());
  return created;
}
/** One whose connections to MySQL can be frozen. */
function limiterBehindProxy(): RequestLimiter {
  const database = new MysqlDatabase({ ...test.options, host: '127.0.0.1', port: proxy.port });
  open.push(() => database.close());
  return limiter(database);
}
const newBucket = () => `POST /api/v1/test key ${randomBytes(4).readUInt32BE()}`;
const many = (count: number, take: (at: number) => Promise<Verdict> | Verdict) =>
  Promise.all(Array.from({ length: count }, async (_, at) => take(at)));
const allowed = (verdicts: readonly Verdict[]) => verdicts.filter((verdict) => verdict.allowed).length;
const storedTaken = async (bucket: string) => {
  const [row] = await test.database.query<{ taken: number }>(
    'SELECT taken FROM eg_request_windows WHERE bucket = ?',
    [bucket],
  );
  return row?.taken;
};
/** Ends the window of a bucket, as time would. */
const endWindow = (bucket: string) =>
  test.database.execute(
    'UPDATE eg_request_windows SET ends_at = NOW(3) - INTERVAL 1 SECOND WHERE bucket = ?',
    [bucket],
  );

describe('two processes over one database', () => {
  it('let exactly the limit through when both are flooded at once', async () => {
    const [one, two, bucket] = [limiter(), limiter(), newBucket()];
    const verdicts = await many(400, (at) => (at % 2 === 0 ? one : two).take(bucket));
    expect(allowed(verdicts)).toBe(LIMIT);
  });
  it('let exactly the limit through when they are asked in turns', async () => {
    const [one, two, bucket] = [limiter(), limiter(), newBucket()];
    const verdicts: Verdict[] = [];
    for (let at = 0; at < LIMIT + 40; at += 1) verdicts.push(await (at % 2 === 0 ? one : two).take(bucket));
    expect(allowed(verdicts)).toBe(LIMIT);
  });
  it.each([1, 7, 40, 99])(
    'let exactly the limit through when one gets %i and the other the rest',
    async (first) => {
      const [one, two, bucket] = [limiter(), limiter(), newBucket()];
      const verdicts: Verdict[] = [];
      for (let at = 0; at < first; at += 1) verdicts.push(await one.take(bucket));
      for (let at = 0; at < LIMIT; at += 1) verdicts.push(await two.take(bucket));
      expect(allowed(verdicts)).toBe(LIMIT);
      expect((await one.take(bucket)).allowed).toBe(false);
    },
  );
  it('count buckets apart', async () => {
    const [one, two] = [limiter(), limiter()];
    const buckets = Array.from({ length: 30 }, newBucket);
    const verdicts = await Promise.all(
      buckets.map((bucket) => many(LIMIT + 10, (at) => (at % 3 === 0 ? one : two).take(bucket))),
    );
    expect(verdicts.map(allowed)).toEqual(buckets.map(() => LIMIT));
  });
  it('give back what was not used', async () => {
    const [one, bucket] = [limiter(), newBucket()];
    for (let at = 0; at < 20; at += 1) await one.take(bucket);
    await eventually(async () => expect(await storedTaken(bucket)).toBe(20));
  });
  it('give back what was not used when they stop', async () => {
    const [one, bucket] = [limiter(), newBucket()];
    for (let at = 0; at < 20; at += 1) await one.take(bucket);
    await one.onModuleDestroy();
    expect(await storedTaken(bucket)).toBe(20);
  });
});

describe('a window', () => {
  it('says what is left, when it ends and how long to wait', async () => {
    const [one, bucket] = [limiter(), newBucket()];
    const before = Date.now() / 1000;
    const verdicts: Verdict[] = [];
    for (let at = 0; at < LIMIT + 1; at += 1) verdicts.push(await one.take(bucket));
    expect(verdicts.map(({ remaining }) => remaining)).toEqual([
      ...Array.from({ length: LIMIT }, (_, at) => LIMIT - 1 - at),
      0,
    ]);
    const refused = verdicts.at(-1);
    expect(refused).toMatchObject({ allowed: false, limit: LIMIT });
    expect(refused?.resetAt).toBeGreaterThanOrEqual(Math.floor(before) + 59);
    expect(refused?.resetAt).toBeLessThanOrEqual(Math.ceil(Date.now() / 1000) + 60);
    expect(refused?.retryAfterS).toBeGreaterThan(50);
    expect(refused?.retryAfterS).toBeLessThanOrEqual(60);
  });
  it('begins anew when it has ended', async () => {
    const bucket = newBucket();
    expect(allowed(await many(LIMIT + 5, () => limiter().take(bucket)))).toBe(LIMIT);
    await endWindow(bucket);
    expect(allowed(await many(LIMIT + 5, () => limiter().take(bucket)))).toBe(LIMIT);
  });
  it('is deleted after its end, and not before', async () => {
    const [live, dead] = [newBucket(), newBucket()];
    for (const bucket of [live, dead]) await limiter().take(bucket);
    await test.database.execute(
      'UPDATE eg_request_windows SET ends_at = NOW(3) - INTERVAL 10 MINUTE WHERE bucket = ?',
      [dead],
    );
    await new WindowsTable(test.database, LIMIT).purge();
    expect([await storedTaken(live), await storedTaken(dead)]).toEqual([1, undefined]);
  });
});

describe('a process that was killed', () => {
  it('costs the window what it held, and delays others only until its permits lapse', async () => {
    const bucket = newBucket();
    const killed = new WindowsTable(test.database, LIMIT);
    const nothing = { window: undefined, lent: 0, unused: 0 };
    const [held] = await killed.settle([{ bucket, ...nothing, need: 1, ahead: 20 }]);
    const verdicts = await many(LIMIT, () => limiter().take(bucket));
    expect(held?.ahead).toBe(20);
    expect(allowed(verdicts)).toBe(LIMIT - 21);
  });
});

describe('MySQL away', () => {
  it('is no reason to stop: the process counts by itself, and tells MySQL when it is back', async () => {
    const [one, bucket] = [limiterBehindProxy(), newBucket()];
    expect(allowed(await many(10, () => one.take(bucket)))).toBe(10);
    proxy.freeze();
    try {
      const verdicts: Verdict[] = [];
      for (let at = 0; at < LIMIT; at += 1) verdicts.push(await one.take(bucket));
      // What it had got ahead may be counted twice when the question that gives it back is lost.
      expect(allowed(verdicts)).toBeGreaterThan(LIMIT / 2);
      expect(allowed(verdicts)).toBeLessThanOrEqual(LIMIT - 10);
      expect((await one.take(bucket)).allowed).toBe(false);
    } finally {
      proxy.thaw();
    }
  });
  it('is made up for: what passed meanwhile counts in the window that MySQL knows', async () => {
    const [one, two, bucket] = [limiterBehindProxy(), limiter(), newBucket()];
    proxy.freeze();
    expect(allowed(await many(60, () => one.take(bucket)))).toBe(60);
    proxy.thaw();
    await eventually(async () => {
      await one.take(bucket);
      expect(await storedTaken(bucket)).toBeGreaterThanOrEqual(60);
    });
    expect(allowed(await many(LIMIT, () => two.take(bucket)))).toBeLessThan(LIMIT - 60);
  });
});
