import { describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../testing/eventually.js';
import { Grouped, type Grouping } from './grouped.js';

/** Groups that end when the test says so. */
function held(options: Partial<Grouping<number, number>> = {}) {
  const groups: {
    items: readonly number[];
    end: PromiseWithResolvers<readonly PromiseSettledResult<number>[]>;
  }[] = [];
  const grouped = new Grouped<number, number>({
    run(items) {
      const end = Promise.withResolvers<readonly PromiseSettledResult<number>[]>();
      groups.push({ items, end });
      return end.promise;
    },
    patienceMs: 60_000,
    atMost: 3,
    mostItems: 10,
    ...options,
  });
  const succeed = async (at: number) => {
    const group = groups[at];
    group?.end.resolve(group.items.map((value) => ({ status: 'fulfilled', value })));
    await group?.end.promise;
    await Promise.resolve();
    await Promise.resolve();
  };
  return { grouped, succeed, groups, items: () => groups.map((group) => group.items) };
}

describe('grouped work', () => {
  it('starts a lone item at once, and what comes meanwhile together', async () => {
    const { grouped, succeed, items } = held();
    const results = [1, 2, 3].map((item) => grouped.submit(item));
    expect(items()).toEqual([[1]]);
    await succeed(0);
    expect(items()).toEqual([[1], [2, 3]]);
    await succeed(1);
    expect(await Promise.all(results)).toEqual([1, 2, 3]);
    void grouped.submit(4);
    expect(items()).toEqual([[1], [2, 3], [4]]);
  });

  it('waits for a slow group no longer than its patience, and has no more under way than allowed', async () => {
    const { grouped, succeed, items } = held({ patienceMs: 5, atMost: 2 });
    for (const item of [1, 2, 3]) void grouped.submit(item);
    expect(items()).toEqual([[1]]);
    await eventually(() => expect(items()).toEqual([[1], [2, 3]]));
    void grouped.submit(4);
    await delay(20);
    expect(items()).toEqual([[1], [2, 3]]);
    await succeed(0);
    expect(items()).toEqual([[1], [2, 3], [4]]);
    void grouped.submit(5);
    await succeed(1);
    expect(items()).toEqual([[1], [2, 3], [4]]);
    await succeed(2);
    expect(items()).toEqual([[1], [2, 3], [4], [5]]);
  });

  it('bounds a group by items and by weight; what is heavier goes alone', async () => {
    const { grouped, succeed, items } = held({ mostItems: 3, mostWeight: 10, weightOf: (item) => item });
    for (const item of [0, 1, 1, 1, 1, 8, 2, 30, 1]) void grouped.submit(item);
    for (let at = 0; at < 5; at++) await succeed(at);
    expect(items()).toEqual([[0], [1, 1, 1], [1, 8], [2], [30], [1]]);
  });

  it('settles each item by itself, and all of them when the group as a whole failed', async () => {
    const { grouped, succeed, groups } = held();
    const first = grouped.submit(0);
    const bad = grouped.submit(1);
    const good = grouped.submit(2);
    await succeed(0);
    await first;
    groups[1]?.end.resolve([
      { status: 'rejected', reason: new Error('poison') },
      { status: 'fulfilled', value: 2 },
    ]);
    await expect(bad).rejects.toThrow('poison');
    expect(await good).toBe(2);
    const lost = [grouped.submit(3), grouped.submit(4)];
    groups[2]?.end.reject(new Error('away'));
    await expect(lost[0]).rejects.toThrow('away');
    groups[3]?.end.reject(new Error('still away'));
    await expect(lost[1]).rejects.toThrow('still away');
  });
});
