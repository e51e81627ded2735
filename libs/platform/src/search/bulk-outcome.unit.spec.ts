import { describe, expect, it } from '@jest/globals';
import { outcomeOf } from './bulk-outcome.js';

const item = (status: number, type?: string) => ({
  create: { status, ...(type && { error: { type, reason: 'r', caused_by: { reason: 'c' } } }) },
});

describe('outcome of one bulk item', () => {
  it.each([
    ['stored', item(201), 'created'],
    ['there already', item(409, 'version_conflict_engine_exception'), 'exists'],
    ['read-only index', item(429, 'cluster_block_exception'), 'retry'],
    ['overload', item(429, 'es_rejected_execution_exception'), 'retry'],
    ['write block', item(403, 'cluster_block_exception'), 'retry'],
    ['alias missing', item(404, 'index_not_found_exception'), 'retry'],
    ['shard lost', item(503, 'unavailable_shards_exception'), 'retry'],
    ['closed index', item(400, 'index_closed_exception'), 'retry'],
    ['does not fit the mapping', item(400, 'document_parsing_exception'), 'rejected'],
    ['no answer for the item', undefined, 'retry'],
  ] as const)('%s', (_name, answer, status) => {
    expect(outcomeOf(answer).status).toBe(status);
  });

  it('says why, down to the cause', () => {
    expect(outcomeOf(item(400, 'document_parsing_exception'))).toEqual({
      status: 'rejected',
      reason: '400: document_parsing_exception: r: c',
    });
  });
});
