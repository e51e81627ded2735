import { describe, expect, it } from '@jest/globals';
import type { RejectedMessage } from './dead-letters.js';
import { deadLetter, done, retry, stop, type KafkaBatch, type Settlement } from './settle.js';
import { settleBatch } from './settle-batch.js';

function batchOf(...offsets: number[]): KafkaBatch {
  return {
    topic: 'facts',
    partition: 3,
    messages: offsets.map((offset) => ({
      offset: String(offset),
      key: Buffer.from('k'),
      value: Buffer.from(`v${offset}`),
      headers: {},
      timestamp: 0,
    })),
  };
}

interface Given {
  batch: KafkaBatch;
  settled?: Set<string>;
  answers: Record<number, Settlement>;
  publishing?: Error;
}

async function settle({ batch, settled = new Set(), answers, publishing }: Given) {
  const published: RejectedMessage[] = [];
  const handed: string[] = [];
  const result = await settleBatch({
    batch,
    settled,
    handle: async ({ messages }) => {
      handed.push(...messages.map(({ offset }) => offset));
      return messages.map(({ offset }) => answers[Number(offset)] ?? done);
    },
    publishDeadLetters: async (rejected) => {
      if (publishing) throw publishing;
      published.push(...rejected);
    },
  });
  return { ...result, settled: [...settled], handed, published };
}

describe('settling a batch', () => {
  it('moves past everything when all is done', async () => {
    const result = await settle({ batch: batchOf(5, 6, 7), answers: {} });
    expect(result).toMatchObject({ settledUpTo: '7', blockedBy: undefined, counts: { done: 3, retry: 0 } });
  });

  it('stays before the first message that is to be tried again, and remembers the settled ones after it', async () => {
    const result = await settle({ batch: batchOf(5, 6, 7), answers: { 6: retry('busy', 50) } });
    expect(result).toMatchObject({ settledUpTo: '5', blockedBy: retry('busy', 50), settled: ['5', '7'] });
  });

  it('moves nowhere when the first message is to be tried again', async () => {
    const result = await settle({ batch: batchOf(5, 6), answers: { 5: retry('busy') } });
    expect(result).toMatchObject({ settledUpTo: undefined, blockedBy: retry('busy') });
  });

  it('hands over only what is not settled yet, and then moves past all of it', async () => {
    const result = await settle({ batch: batchOf(6, 7, 8), settled: new Set(['7']), answers: {} });
    expect(result).toMatchObject({ handed: ['6', '8'], settledUpTo: '8', known: 1, counts: { done: 2 } });
  });

  it('asks the handler nothing when everything is settled already', async () => {
    const result = await settle({ batch: batchOf(6), settled: new Set(['6']), answers: {} });
    expect(result).toMatchObject({ handed: [], settledUpTo: '6', blockedBy: undefined });
  });

  it('moves past a dead letter once it is published', async () => {
    const result = await settle({ batch: batchOf(5, 6), answers: { 5: deadLetter('no tenant') } });
    expect(result).toMatchObject({ settledUpTo: '6', counts: { done: 1, 'dead-letter': 1 } });
    expect(result.published).toEqual([
      { topic: 'facts', partition: 3, reason: 'no tenant', message: batchOf(5).messages[0] },
    ]);
  });

  it('does not move past a dead letter that could not be published', async () => {
    const result = await settle({
      batch: batchOf(5, 6),
      answers: { 5: deadLetter('no tenant') },
      publishing: new Error('broker down'),
    });
    expect(result).toMatchObject({
      settledUpTo: undefined,
      blockedBy: { outcome: 'retry', reason: 'dead letter not published: broker down' },
      settled: ['6'],
    });
  });

  it('stops at a stop, but keeps what lies before it', async () => {
    const result = await settle({ batch: batchOf(5, 6, 7), answers: { 6: stop('unknown schema') } });
    expect(result).toMatchObject({ settledUpTo: '5', blockedBy: stop('unknown schema') });
  });

  it('tries first what lies before a stop', async () => {
    const result = await settle({ batch: batchOf(5, 6), answers: { 5: retry('busy'), 6: stop('unknown') } });
    expect(result).toMatchObject({ settledUpTo: undefined, blockedBy: retry('busy') });
  });

  it.each([
    ['throws', () => Promise.reject(new TypeError('oops')), 'TypeError: oops'],
    ['answers too few settlements', () => Promise.resolve([done]), 'answered 1 values instead of 2'],
    ['answers nothing', () => Promise.resolve(undefined), 'answered undefined instead of 2'],
    ['answers something else', () => Promise.resolve(['done', 'done']), 'answered 2 values instead of 2'],
    ['answers null', () => Promise.resolve([null, null]), 'answered 2 values'],
  ])('asks for another delivery of the whole batch when the handler %s', async (_name, handle, reason) => {
    const settled = new Set<string>();
    const result = await settleBatch({
      batch: batchOf(5, 6),
      settled,
      handle,
      publishDeadLetters: () => Promise.resolve(),
    });
    expect(result).toMatchObject({ settledUpTo: undefined, counts: { done: 0, retry: 2 } });
    expect(result.blockedBy?.reason).toContain(reason);
    expect(settled.size).toBe(0);
  });
});
