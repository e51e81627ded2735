import { describe, expect, it } from '@jest/globals';
import type { SearchClient } from '#platform/search/search-client';
import { EventIndices } from './event-indices.js';

const alias = 'eg-events-u1-2026.11.24';

/** Keeps what it is asked for, in order. Fails the first `failures` times that the template is put. */
function recorder(failures = 0) {
  const calls: string[] = [];
  let left = failures;
  const search: Pick<SearchClient, 'putTemplate' | 'ensureIndex'> = {
    putTemplate: async (name) => {
      calls.push(`template ${name}`);
      if (left-- > 0) throw new Error('down');
    },
    ensureIndex: async (name, options) => {
      calls.push(`index ${name} as ${options.alias}`);
    },
  };
  return { calls, indices: new EventIndices(search) };
}

describe('event indices', () => {
  it('have their template before the first of them is created, and are asked for once a batch', async () => {
    const { calls, indices } = recorder();
    await indices.ensure([alias, alias]);
    await indices.ensure([alias]);
    const index = `index eg-v1-events-u1-2026.11.24 as ${alias}`;
    expect(calls).toEqual(['template eg-events', index, index]);
  });

  it('are not created while the template cannot be put', async () => {
    const { calls, indices } = recorder(1);
    await expect(indices.ensure([alias])).rejects.toThrow('down');
    expect(calls).toEqual(['template eg-events']);
    await indices.ensure([alias]);
    expect(calls).toHaveLength(3);
  });

  it('get their template again after an outage, from which the cluster may have come back empty', async () => {
    const { calls, indices } = recorder();
    await indices.ensure([alias]);
    indices.forget();
    await indices.ensure([alias]);
    expect(calls.filter((call) => call.startsWith('template'))).toHaveLength(2);
  });
});
