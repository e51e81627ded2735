import { describe, expect, it } from '@jest/globals';
import type { DueRow } from './delivery.js';
import { Lanes, REQUESTS_PER_LANE, ROWS_PER_LANE } from './lanes.js';

let nextId = 1;
const rows = (webhookId: number, count: number): DueRow[] =>
  Array.from({ length: count }, () => ({ id: nextId++, webhookId }));
const lanesOf = (taken: readonly DueRow[]): number[] => taken.map(({ webhookId }) => webhookId);
const ok = { status: 200, durationMs: 5 };

/** Lets an endpoint show that it answers quickly. */
function prove(lanes: Lanes, webhookId: number): void {
  const [row] = rows(webhookId, 1);
  if (!row) throw new Error('a row');
  lanes.offer([row]);
  expect(lanes.take()).toEqual([row]);
  lanes.finished(row, ok);
  lanes.release(row.id);
}

describe('lanes', () => {
  it('give an endpoint one request until it has answered, then several', () => {
    const lanes = new Lanes(32);
    lanes.offer(rows(1, 10));
    const [first] = lanes.take();
    if (!first) throw new Error('a row');
    expect(lanes.take()).toEqual([]);
    lanes.finished(first, { status: 500, durationMs: 5 });
    expect(lanes.take()).toHaveLength(REQUESTS_PER_LANE);
  });

  it('hand rows out in the order of one endpoint and take turns between endpoints', () => {
    const lanes = new Lanes(6);
    prove(lanes, 1);
    prove(lanes, 2);
    const many = rows(1, 10);
    lanes.offer([...many, ...rows(2, 2)]);
    const taken = lanes.take();
    expect(lanesOf(taken)).toEqual([1, 2, 1, 2, 1, 1]);
    expect(taken.filter(({ webhookId }) => webhookId === 1)).toEqual(many.slice(0, 4));
  });

  it('leave half of the slots to endpoints that answer quickly, however many others hang', () => {
    const lanes = new Lanes(8);
    prove(lanes, 1);
    for (let webhookId = 100; webhookId < 150; webhookId++) lanes.offer(rows(webhookId, 5));
    expect(lanes.take()).toHaveLength(4);
    lanes.offer(rows(1, 5));
    expect(lanesOf(lanes.take())).toEqual([1, 1, 1, 1]);
    expect(lanes.inFlight).toBe(8);
  });

  it('move an endpoint to the slow half when it takes long, and back', () => {
    const lanes = new Lanes(4);
    prove(lanes, 1);
    lanes.offer(rows(1, 10));
    const taken = lanes.take();
    expect(taken).toHaveLength(4);
    for (const row of taken) lanes.finished(row, { status: 200, durationMs: 1_500 });
    const slow = lanes.take();
    expect(slow).toHaveLength(2);
    for (const row of slow) lanes.finished(row, ok);
    expect(lanes.take()).toHaveLength(4);
  });

  it('ignore a row that is waiting, under way or not yet recorded', () => {
    const lanes = new Lanes(4);
    const [row] = rows(1, 1);
    if (!row) throw new Error('a row');
    lanes.offer([row, row]);
    expect(lanes.take()).toEqual([row]);
    lanes.offer([row]);
    lanes.finished(row, ok);
    lanes.offer([row]);
    expect(lanes.take()).toEqual([]);
    lanes.release(row.id);
    lanes.offer([row]);
    expect(lanes.take()).toEqual([row]);
  });

  it('hold a bounded number of rows of one endpoint and say so', () => {
    const lanes = new Lanes(4);
    expect(lanes.offer(rows(1, ROWS_PER_LANE))).toBe(true);
    expect(lanes.offer(rows(1, 1))).toBe(false);
    expect(lanes.rowsOf(1)).toEqual({ held: ROWS_PER_LANE, queued: ROWS_PER_LANE });
  });

  it('forget what waits for endpoints that are not ours any more, and keep what is under way', () => {
    const lanes = new Lanes(4);
    const lost = rows(1, 3);
    lanes.offer([...lost, ...rows(2, 1)]);
    const taken = lanes.take();
    lanes.forget((webhookId) => webhookId === 2);
    expect(lanes.rowsOf(1)).toEqual({ held: 1, queued: 0 });
    for (const row of taken) {
      lanes.finished(row, ok);
      lanes.release(row.id);
    }
    expect(lanes.inFlight).toBe(0);
    lanes.offer(lost);
    expect(lanesOf(lanes.take())).toEqual([1, 1, 1]);
  });
});
