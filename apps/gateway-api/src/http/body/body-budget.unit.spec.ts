import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { BodyBudget, type Share } from './body-budget.js';

const KB = 1024;
const FREE = 64 * KB;
const never = () => {
  throw new Error('asked to make room');
};

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** What a share that asked for room was told; `waiting` so far. */
function asked(share: Share, bytes: number): () => 'room' | 'refused' | 'waiting' {
  let answer: 'room' | 'refused' | 'waiting' = 'waiting';
  const room = share.grow(bytes);
  if (room === true) return () => 'room';
  void room.then((hasRoom) => (answer = hasRoom ? 'room' : 'refused'));
  return () => answer;
}
const later = (ms: number) => jest.advanceTimersByTimeAsync(ms);

describe('the budget of bodies', () => {
  it('never holds up small ones', () => {
    const budget = new BodyBudget(0);
    for (let at = 0; at < 1_000; at += 1) expect(budget.open(never).grow(FREE)).toBe(true);
  });
  it('lets a body wait until another has gone, first come, first served', async () => {
    const budget = new BodyBudget(100 * KB);
    const [one, two, three] = [budget.open(never), budget.open(never), budget.open(never)];
    expect(one.grow(FREE + 80 * KB)).toBe(true);
    const second = asked(two, FREE + 90 * KB);
    const third = asked(three, FREE + 20 * KB);
    await later(100);
    expect([second(), third()]).toEqual(['waiting', 'waiting']);
    one.release();
    await later(0);
    expect([second(), third()]).toEqual(['room', 'waiting']);
    two.release();
    await later(0);
    expect(third()).toBe('room');
  });
  it('counts a share that grows only for what it grew', () => {
    const budget = new BodyBudget(100 * KB);
    const share = budget.open(never);
    for (const size of [10, 80, 100, 164]) expect(share.grow(size * KB)).toBe(true);
    expect(budget.open(never).grow(FREE + 1)).not.toBe(true);
  });
  it('refuses who waited 0.8 s in all', async () => {
    const budget = new BodyBudget(100 * KB);
    const [one, two] = [budget.open(never), budget.open(never)];
    void one.grow(FREE + 60 * KB);
    const first = asked(two, FREE + 50 * KB);
    await later(500);
    one.release();
    await later(0);
    expect(first()).toBe('room');
    const other = budget.open(never);
    void other.grow(FREE + 50 * KB);
    const again = asked(two, FREE + 60 * KB);
    await later(290);
    expect(again()).toBe('waiting');
    await later(20);
    expect(again()).toBe('refused');
  });
  it('makes bodies that arrive slowly give up for one that waits, and only then', async () => {
    const budget = new BodyBudget(100 * KB);
    const giveUp = jest.fn(() => slow.release());
    const slow = budget.open(giveUp);
    void slow.grow(FREE + 60 * KB);
    const done = budget.open(never);
    void done.grow(FREE + 40 * KB);
    done.arrived();
    await later(10_000);
    expect(giveUp).not.toHaveBeenCalled();
    const waiting = asked(budget.open(never), FREE + 50 * KB);
    await later(900);
    expect([giveUp.mock.calls.length, waiting()]).toEqual([1, 'room']);
  });
  it('gives room back that came too late', async () => {
    const budget = new BodyBudget(100 * KB);
    const [one, gone] = [budget.open(never), budget.open(never)];
    void one.grow(FREE + 100 * KB);
    asked(gone, FREE + 100 * KB);
    gone.release();
    one.release();
    await later(0);
    expect(budget.open(never).grow(FREE + 100 * KB)).toBe(true);
  });
});
