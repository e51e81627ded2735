import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Database, SqlValue } from '../database/database.js';
import { plumbingMigrations } from '../schema/plumbing.js';
import { eventually } from '../testing/eventually.js';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.js';
import { LEASE_IS_CURRENT, LeaseKeeper, type Lease } from './lease-keeper.js';

let test: TestDatabase;

beforeAll(async () => {
  test = await createTestDatabase(plumbingMigrations);
});
beforeEach(() => test.database.execute('DELETE FROM leases'));
afterAll(() => test.drop());

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const keeper = (owner: string, ttlMs = 60_000, group = 'work'): LeaseKeeper =>
  new LeaseKeeper({ database: test.database, group, owner, ttlMs });
const namesOf = (leases: readonly Lease[]): string[] => leases.map(({ name }) => name);

/** Lets leases lapse by the database's clock, without waiting. */
const lapse = (where: string, ...values: string[]): Promise<unknown> =>
  test.database.execute(`UPDATE leases SET expires_at = NOW(6) - INTERVAL 1 SECOND WHERE ${where}`, values);

describe('lease keeper', () => {
  it('takes every name when it is alone, and only once', async () => {
    const alone = keeper('one');
    const leases = await alone.hold(NAMES);
    expect(namesOf(leases)).toEqual(NAMES);
    expect(leases.every(({ token, key, name }) => token === 1 && key === `work/${name}`)).toBe(true);
    expect(await keeper('two').hold(NAMES)).toEqual([]);
  });

  it('shares the names among live owners, each name held by one', async () => {
    const keepers = ['one', 'two', 'three'].map((owner) => keeper(owner, 300));
    const holdings = await eventually(async () => {
      const held: (readonly Lease[])[] = [];
      for (const each of keepers) held.push(await each.hold(NAMES));
      expect(held.map((leases) => leases.length).toSorted((a, b) => a - b)).toEqual([2, 3, 3]);
      return held;
    });
    expect(holdings.flatMap(namesOf).toSorted()).toEqual(NAMES);
  });

  it('leaves the names of another group alone, and does not count its owners', async () => {
    await keeper('one', 60_000, 'other').hold(NAMES);
    expect(await keeper('two').hold(NAMES)).toHaveLength(NAMES.length);
  });

  it('holds no more than it was allowed', async () => {
    expect(await keeper('one').hold(NAMES, 3)).toHaveLength(3);
  });

  it('gives up a name that is not wanted any more', async () => {
    const one = keeper('one', 900);
    await one.hold(NAMES);
    await eventually(async () => expect(namesOf(await one.hold(['a', 'b']))).toEqual(['a', 'b']));
    expect(namesOf(await keeper('two').hold(['g', 'h']))).toContain('g');
  });

  it('takes over what lapsed by the clock of the database, with a higher token', async () => {
    await keeper('killed').hold(NAMES);
    const heir = keeper('heir');
    expect(await heir.hold(NAMES)).toEqual([]);
    await lapse('owner = ?', 'killed');
    const leases = await eventually(async () => {
      const held = await heir.hold(NAMES);
      expect(namesOf(held)).toEqual(NAMES);
      return held;
    });
    expect(leases.every(({ token }) => token === 2)).toBe(true);
  });

  it('does not take what another took between looking and taking', async () => {
    const rival = keeper('rival');
    const slow: Database = Object.create(test.database, {
      execute: {
        value: async (sql: string, params?: readonly SqlValue[]) => {
          if (sql.includes('SET owner = ?')) await rival.hold(NAMES);
          return test.database.execute(sql, params);
        },
      },
      query: { value: test.database.query.bind(test.database) },
    }) as Database;
    const racer = new LeaseKeeper({ database: slow, group: 'work', owner: 'racer', ttlMs: 60_000 });
    expect(namesOf(await racer.hold(NAMES))).toEqual(['e', 'f', 'g', 'h']);
    const [row] = await test.database.query(
      "SELECT COUNT(*) AS held FROM leases WHERE owner = 'rival' AND token = 1",
    );
    expect(row).toEqual({ held: 4 });
  });

  it('does not take what another is renewing, whatever the local clock says', async () => {
    const holder = keeper('holder', 1_000);
    await holder.hold(NAMES);
    const rival = keeper('rival', 1_000);
    const deadline = performance.now() + 2_500;
    await eventually(async () => {
      await holder.renew();
      expect(await rival.hold(NAMES)).toEqual([]);
      return performance.now() > deadline;
    });
  });

  it('keeps a lease with its token when it lapsed and nobody took it', async () => {
    const one = keeper('one', 600);
    const [first] = await one.hold(['a']);
    await lapse('name = ?', 'work/a');
    await eventually(async () => {
      expect(await one.hold(['a'])).toEqual([first]);
      const [row] = await test.database.query(
        "SELECT expires_at > NOW(6) AS live FROM leases WHERE name = 'work/a'",
      );
      expect(row).toEqual({ live: 1 });
    });
  });

  it('notices that a lease was taken, and does not count on it until then once the time is up', async () => {
    const paused = keeper('paused', 150);
    await paused.hold(['a']);
    expect(paused.isCurrent()).toBe(true);
    await lapse('owner = ?', 'paused');
    expect(await keeper('heir').hold(['a'])).toMatchObject([{ name: 'a', token: 2 }]);
    await eventually(() => !paused.isCurrent());
    expect(await paused.hold(['a'])).toEqual([]);
  });

  it('is not current after renewing only a part of what it held', async () => {
    const paused = keeper('paused', 200);
    await paused.hold(['a', 'b']);
    await test.database.execute("UPDATE leases SET owner = 'heir', token = token + 1 WHERE name = 'work/a'");
    await paused.renew();
    await eventually(async () => {
      await paused.renew();
      expect(paused.isCurrent()).toBe(false);
    });
  });

  it('fences: a write under a lease that was taken matches nothing', async () => {
    const [stale] = await keeper('stale').hold(['a']);
    await lapse('owner = ?', 'stale');
    const [fresh] = await keeper('fresh').hold(['a']);
    await test.database.execute("INSERT INTO sequences (name, value) VALUES ('guarded', 0)");
    const write = (lease: Lease | undefined) =>
      test.database.execute(
        `UPDATE sequences SET value = value + 1 WHERE name = 'guarded' AND ${LEASE_IS_CURRENT}`,
        [lease?.key ?? '', lease?.token ?? -1],
      );
    expect((await write(stale)).affectedRows).toBe(0);
    expect((await write(fresh)).affectedRows).toBe(1);
  });

  it('frees everything at once when it is released', async () => {
    const one = keeper('one');
    await one.hold(NAMES);
    await one.release();
    const leases = await keeper('two').hold(NAMES);
    expect(namesOf(leases)).toEqual(NAMES);
    expect(leases.every(({ token }) => token === 2)).toBe(true);
  });

  it('asks the database only when a renewal is due', async () => {
    const one = keeper('one');
    const leases = await one.hold(NAMES);
    await test.database.execute('DELETE FROM leases');
    expect(await one.hold(NAMES)).toBe(leases);
  });

  it.each([
    ['Group!', 'owner'],
    ['group', 'an owner'],
    ['group', ''],
  ])('refuses the group %j with the owner %j', (group, owner) => {
    expect(() => keeper(owner, 1_000, group)).toThrow(RangeError);
  });
});
