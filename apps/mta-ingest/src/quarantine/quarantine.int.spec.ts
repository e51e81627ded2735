import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { contractMigrations } from '#contracts/schema/migrations';
import { createTestDatabase } from '#platform/testing/test-database';
import type { TestDatabase } from '#platform/testing/test-database';
import { Quarantine } from './quarantine.js';
import type { Quarantined } from './quarantined.js';

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase(contractMigrations);
});
afterAll(() => test.drop());
beforeEach(async () => {
  for (const table of ['ingest_quarantine', 'ingest_headers', 'ingest_dropped'])
    await test.database.execute(`DELETE FROM ${table}`);
});

const bad = (offset: number, more: Partial<Quarantined> = {}): Quarantined => ({
  identity: `${'0'.repeat(32)}-1-2-e0`,
  path: '/accounting/acct.csv',
  format: 'csv',
  columns: ['type', 'timeLogged', 'rcpt'],
  offset,
  length: 7,
  reason: 'garbage',
  bytes: Buffer.from(`bytes at ${offset}`),
  ...more,
});
const store = async (items: Quarantined[], most?: number): Promise<number[]> => {
  const dropped = await test.database.transaction((tx) => new Quarantine(most).store(tx, items));
  return dropped.map(({ offset }) => offset);
};
const rows = (columns = 'offset') =>
  test.database.query<Record<string, unknown>>(`SELECT ${columns} FROM ingest_quarantine ORDER BY 1`);
const offsets = async (): Promise<unknown[]> => (await rows()).map(({ offset }) => offset);
const done = (offset: number) =>
  test.database.execute('UPDATE ingest_quarantine SET done_at = NOW(6) WHERE offset = ?', [offset]);

describe('the quarantine', () => {
  it('keeps a place once, with the reason that it has now', async () => {
    await store([bad(10), bad(20), bad(10, { reason: 'torn' })]);
    await store([bad(10, { reason: 'bad-time' }), bad(30)]);
    expect(await rows('offset, reason')).toEqual([
      { offset: 10, reason: 'bad-time' },
      { offset: 20, reason: 'garbage' },
      { offset: 30, reason: 'garbage' },
    ]);
  });

  it('what was ingested later stays so when it is read again', async () => {
    await store([bad(10)]);
    await done(10);
    await store([bad(10, { reason: 'torn' })]);
    expect(await rows('reason, done_at IS NOT NULL AS done')).toEqual([{ reason: 'garbage', done: 1 }]);
  });

  it('keeps the columns of all rows of a file once', async () => {
    await store([bad(10), bad(20), bad(30, { columns: ['type', 'rcpt'] }), bad(40, { columns: null })]);
    const headers = await test.database.query('SELECT column_names FROM ingest_headers');
    expect(headers).toHaveLength(2);
    const joined = await test.database.query(
      'SELECT h.column_names FROM ingest_quarantine q LEFT JOIN ingest_headers h ON h.hash = q.header ORDER BY q.id',
    );
    expect(joined.map(({ column_names }) => column_names)).toEqual([
      ['type', 'timeLogged', 'rcpt'],
      ['type', 'timeLogged', 'rcpt'],
      ['type', 'rcpt'],
      null,
    ]);
  });

  it('takes the columns of a row that was set aside before they were kept', async () => {
    await store([bad(10)]);
    await test.database.execute('UPDATE ingest_quarantine SET format = NULL, header = NULL');
    await store([bad(10)]);
    expect(await rows('format, header IS NOT NULL AS header')).toEqual([{ format: 'csv', header: 1 }]);
  });

  it('is full with so many rows; what was ingested later gives way, the rest is counted as dropped', async () => {
    const of = (offset: number) => bad(offset, { identity: `${String(offset).padStart(32, '0')}-1-2-e0` });
    await store([of(1), of(2), of(3)], 4);
    await done(2);
    expect(await store([of(4), of(5), of(6)], 4)).toEqual([6]);
    expect(await offsets()).toEqual([1, 3, 4, 5]);
    // What is there already needs no room.
    expect(await store([of(1), of(7)], 4)).toEqual([7]);
    const dropped = await test.database.query('SELECT source, dropped FROM ingest_dropped ORDER BY source');
    expect(dropped).toEqual([6, 7].map((offset) => ({ source: of(offset).identity, dropped: 1 })));
  });

  it('one file, or one way in without files, takes a tenth at most', async () => {
    const posted = (no: number) => bad(0, { identity: `http-${no}`, path: 'http' });
    expect(await store([bad(1), bad(2), bad(3), posted(1), posted(2)], 20)).toEqual([3]);
    expect(await store([posted(3), bad(4)], 20)).toEqual([0, 4]);
    expect(await test.database.query('SELECT source, dropped FROM ingest_dropped ORDER BY source')).toEqual([
      { source: bad(1).identity, dropped: 2 },
      { source: 'http', dropped: 1 },
    ]);
  });

  it('takes more bytes at once than one statement may have', async () => {
    const large = Array.from({ length: 600 }, (_, no) => bad(no, { bytes: Buffer.alloc(64 * 1024) }));
    expect(await store(large)).toEqual([]);
    expect(await rows('COUNT(*) AS held')).toEqual([{ held: 600 }]);
  });
});
