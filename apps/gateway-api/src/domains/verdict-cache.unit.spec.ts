import { describe, expect, it } from '@jest/globals';
import type { DnsRecord } from '#domain/sender-domain/dns-records';
import { VerdictCache } from './verdict-cache.js';

const set = (label: string): readonly DnsRecord[] => [
  { host: `${label}.example.com`, type: 'CNAME', value: 'mailer.example.net' },
  { host: `h.${label}.example.com`, type: 'TXT', value: 'aGFzaA==' },
];
const flags = (records: readonly DnsRecord[]) => records.map(({ verified }) => verified);

/** A cache over a DNS that says what the test says, with a clock of the test. */
function cacheOver(answer: () => readonly boolean[], options: { ttlMs?: number; capacity?: number } = {}) {
  const clock = { ms: 0 };
  const asked: string[] = [];
  const cache = new VerdictCache({
    ask: (records) => {
      asked.push(records[0]?.host ?? '');
      const found = answer();
      return Promise.resolve(records.map((record, no) => ({ ...record, verified: found[no] ?? false })));
    },
    ttlMs: 60_000,
    now: () => clock.ms,
    ...options,
  });
  return { cache, clock, asked };
}

describe('what the DNS said of a record set', () => {
  it('is believed for its time when everything was found', async () => {
    const { cache, clock, asked } = cacheOver(() => [true, true]);
    expect(flags(await cache.check(set('a')))).toEqual([true, true]);
    clock.ms = 59_999;
    expect(await cache.check(set('a'))).toEqual(set('a').map((record) => ({ ...record, verified: true })));
    expect(asked).toHaveLength(1);
    clock.ms = 60_000;
    await cache.check(set('a'));
    expect(asked).toHaveLength(2);
  });

  it('is asked again at once when something was missing', async () => {
    const answers = [
      [true, false],
      [true, true],
    ];
    const { cache, asked } = cacheOver(() => answers.shift() ?? []);
    expect(flags(await cache.check(set('a')))).toEqual([true, false]);
    expect(flags(await cache.check(set('a')))).toEqual([true, true]);
    expect(asked).toHaveLength(2);
  });

  it('is not what was said of another set: another label, value or type', async () => {
    const { cache, asked } = cacheOver(() => [true, true]);
    const [first, second] = set('a');
    if (first === undefined || second === undefined) throw new Error('two records');
    await cache.check([first, second]);
    await cache.check(set('b'));
    await cache.check([first, { ...second, value: 'other' }]);
    await cache.check([{ ...first, type: 'MX' }, second]);
    await cache.check([first]);
    expect(asked).toHaveLength(5);
  });

  it('does not look at what was found before', async () => {
    const { cache, asked } = cacheOver(() => [true, true]);
    await cache.check(set('a'));
    await cache.check(set('a').map((record) => ({ ...record, verified: false })));
    expect(asked).toHaveLength(1);
  });

  it('is one look-up for all who ask at the same time', async () => {
    const { cache, asked } = cacheOver(() => [true, false]);
    const all = await Promise.all([1, 2, 3].map(() => cache.check(set('a'))));
    expect(all.map(flags)).toEqual([
      [true, false],
      [true, false],
      [true, false],
    ]);
    expect(asked).toHaveLength(1);
    await cache.check(set('a'));
    expect(asked).toHaveLength(2);
  });

  it('is forgotten when the look-up fails, and the failure is not kept', async () => {
    const answers: (() => readonly boolean[])[] = [
      () => {
        throw new Error('no resolver');
      },
      () => [true, true],
    ];
    const { cache } = cacheOver(() => answers.shift()?.() ?? []);
    await expect(cache.check(set('a'))).rejects.toThrow('no resolver');
    expect(flags(await cache.check(set('a')))).toEqual([true, true]);
  });

  it('is never believed when the setting says so', async () => {
    const { cache, asked } = cacheOver(() => [true, true], { ttlMs: 0 });
    await cache.check(set('a'));
    await cache.check(set('a'));
    expect(asked).toHaveLength(2);
  });

  it('gives way to newer ones when there is no more room', async () => {
    const { cache, asked } = cacheOver(() => [true, true], { capacity: 2 });
    for (const label of ['a', 'b', 'c']) await cache.check(set(label));
    await cache.check(set('c'));
    await cache.check(set('b'));
    expect(asked).toEqual(['a', 'b', 'c'].map((label) => `${label}.example.com`));
    await cache.check(set('a'));
    expect(asked).toHaveLength(4);
  });
});
