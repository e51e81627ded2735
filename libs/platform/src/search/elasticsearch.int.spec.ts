import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import {
  dropIndices,
  elasticsearchRequest,
  searchFromEnv,
  uniqueIndexPrefix,
} from '../testing/test-search.js';
import {
  ElasticsearchSearchClient,
  IncompleteSearch,
  SearchRefused,
  SearchUnavailable,
} from './search-client.js';

const prefix = uniqueIndexPrefix();
let search: ElasticsearchSearchClient;
let number = 0;
let index: string;
let alias: string;

beforeAll(async () => {
  search = searchFromEnv();
  await search.putTemplate(prefix, {
    index_patterns: [`${prefix}-v*`],
    priority: 500,
    template: {
      settings: { number_of_shards: 1, number_of_replicas: 0 },
      mappings: { dynamic: false, properties: { n: { type: 'long' }, tag: { type: 'keyword' } } },
    },
  });
});

beforeEach(() => {
  number += 1;
  index = `${prefix}-v1-${number}`;
  alias = `${prefix}-${number}`;
});

afterAll(async () => {
  await dropIndices(`${prefix}-v`);
  await elasticsearchRequest('DELETE', `/_index_template/${prefix}`);
  await search.close();
});

const documents = (...ns: unknown[]) =>
  ns.map((n, i) => ({ id: `d${i}`, index: alias, document: { n, tag: 'x' } }));

describe('bulkCreate', () => {
  it('creates, finds what is there already, and refuses what does not fit the mapping, item by item', async () => {
    await search.ensureIndex(index, { alias });
    expect(await search.bulkCreate(documents(1))).toEqual([{ status: 'created' }]);
    const outcomes = await search.bulkCreate(documents(999, 2, 'no number', 4));
    expect(outcomes.map(({ status }) => status)).toEqual(['exists', 'created', 'rejected', 'created']);
    expect(outcomes[2]?.reason).toMatch(/^400: document_parsing_exception: .*field \[n\]/);
    await search.refresh(alias);
    const { hits } = await search.search<{ n: number }>({
      index: alias,
      query: { ids: { values: ['d0'] } },
      size: 1,
    });
    expect(hits[0]?.source.n).toBe(1);
  });

  it('answers in the order of the items, whatever index they are for', async () => {
    const others = [`${alias}-a`, `${alias}-b`];
    for (const other of others)
      await search.ensureIndex(other.replace(prefix, `${prefix}-v1`), { alias: other });
    const items = Array.from({ length: 30 }, (_, i) => ({
      id: `d${i}`,
      index: others[i % 2] as string,
      document: { n: i % 5 === 0 ? 'bad' : i },
    }));
    const outcomes = await search.bulkCreate(items);
    expect(outcomes.map(({ status }) => status)).toEqual(
      items.map((_, i) => (i % 5 === 0 ? 'rejected' : 'created')),
    );
  });

  it('splits what is larger than one request should be', async () => {
    await search.ensureIndex(index, { alias });
    const padding = 'x'.repeat(400_000);
    const items = Array.from({ length: 30 }, (_, i) => ({
      id: `d${i}`,
      index: alias,
      document: { n: i, padding },
    }));
    const outcomes = await search.bulkCreate(items);
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['created']));
    await search.refresh(alias);
    expect(await search.count({ index: alias })).toBe(30);
  });

  it('asks for another attempt while an index is read-only, and while it is closed', async () => {
    await search.ensureIndex(index, { alias });
    const block = (on: boolean) =>
      elasticsearchRequest('PUT', `/${index}/_settings`, {
        'index.blocks.read_only_allow_delete': on || null,
      });
    await block(true);
    const [blocked] = await search.bulkCreate(documents(1));
    expect(blocked).toMatchObject({ status: 'retry', reason: expect.stringContaining('429') });
    await block(false);
    await elasticsearchRequest('POST', `/${index}/_close`);
    const [closed] = await search.bulkCreate(documents(1));
    expect(closed).toMatchObject({ status: 'retry', reason: expect.stringContaining('closed') });
    await elasticsearchRequest('POST', `/${index}/_open`);
    expect(await search.bulkCreate(documents(1))).toEqual([{ status: 'created' }]);
  });

  it('does not create an index by guessing: without its alias the item is for another attempt', async () => {
    const [outcome] = await search.bulkCreate(documents(1));
    expect(outcome).toMatchObject({ status: 'retry', reason: expect.stringContaining('404') });
    expect(await elasticsearchRequest('GET', `/_cat/indices/${alias}*?format=json`)).toEqual([]);
  });

  it('writes through an alias only, so that a rebuild can swap what is behind the name', async () => {
    await search.ensureIndex(index, { alias });
    const [outcome] = await search.bulkCreate([{ id: 'd', index, document: { n: 1 } }]);
    expect(outcome).toMatchObject({ status: 'retry', reason: expect.stringContaining('is not an alias') });
  });

  it('makes the index again when it was dropped after it had been made sure of', async () => {
    await search.ensureIndex(index, { alias });
    await elasticsearchRequest('DELETE', `/${index}`);
    expect((await search.bulkCreate(documents(1)))[0]?.status).toBe('retry');
    await search.ensureIndex(index, { alias });
    expect(await search.bulkCreate(documents(1))).toEqual([{ status: 'created' }]);
  });

  it('does not let an item that spoils the whole request hold back the others', async () => {
    await search.ensureIndex(index, { alias });
    const items = documents(1, 2, 3, 4, 5).map((item, i) =>
      i === 2 ? { ...item, id: 'x'.repeat(600) } : item,
    );
    const outcomes = await search.bulkCreate(items);
    expect(outcomes.map(({ status }) => status)).toEqual([
      'created',
      'created',
      'rejected',
      'created',
      'created',
    ]);
  });
});

describe('ensureIndex', () => {
  it('may be called by several processes at once', async () => {
    const clients = Array.from({ length: 4 }, searchFromEnv);
    await Promise.all(clients.map((client) => client.ensureIndex(index, { alias })));
    const aliases = (await elasticsearchRequest('GET', `/_alias/${alias}`)) as object;
    expect(Object.keys(aliases)).toEqual([index]);
    await Promise.all(clients.map((client) => client.close()));
  });

  it('shows a new index to searches only when it can answer them', async () => {
    const names = Array.from({ length: 8 }, (_, i) => ({ index: `${index}-${i}`, alias: `${alias}-${i}` }));
    let creating = true;
    const created = Promise.all(names.map((name) => search.ensureIndex(name.index, { alias: name.alias })));
    const searching = (async () => {
      while (creating) await search.count({ index: `${alias}-*` });
    })();
    await created.finally(() => (creating = false));
    await expect(searching).resolves.toBeUndefined();
  });

  it('leaves an alias alone that points to another generation', async () => {
    await search.ensureIndex(index.replace('-v1-', '-v2-'), { alias });
    const later = searchFromEnv();
    await later.ensureIndex(index, { alias });
    const aliases = (await elasticsearchRequest('GET', `/_alias/${alias}`)) as object;
    expect(Object.keys(aliases)).toEqual([index.replace('-v1-', '-v2-')]);
    await later.close();
  });

  it('gives the alias back to an index that lost it', async () => {
    await search.ensureIndex(index, { alias });
    await elasticsearchRequest('DELETE', `/${index}/_alias/${alias}`);
    expect((await search.bulkCreate(documents(1)))[0]?.status).toBe('retry');
    await search.ensureIndex(index, { alias });
    expect(await search.bulkCreate(documents(1))).toEqual([{ status: 'created' }]);
  });
});

describe('reading', () => {
  it('finds ids at once, and none in an index that does not exist', async () => {
    await search.ensureIndex(index, { alias });
    await search.bulkCreate(documents(1));
    const found = await search.findExisting([
      { id: 'd0', index: alias },
      { id: 'd0', index: `${alias}-absent` },
      { id: 'other', index: alias },
    ]);
    expect(found).toEqual([true, false, false]);
    expect(await search.findExisting([])).toEqual([]);
  });

  it('counts exactly beyond 10,000 hits', async () => {
    await search.ensureIndex(index, { alias });
    await search.bulkCreate(documents(...Array.from({ length: 12_000 }, (_, i) => i)));
    await search.refresh(alias);
    const { total, aggregations } = await search.search({
      index: [alias, `${alias}-absent`],
      query: { match_all: {} },
      aggregations: { tags: { terms: { field: 'tag' } } },
    });
    expect(total).toBe(12_000);
    expect(aggregations['tags']).toMatchObject({ buckets: [{ key: 'x', doc_count: 12_000 }] });
    expect(await search.count({ index: alias, query: { range: { n: { gte: 11_990 } } } })).toBe(10);
  });

  it('answers an empty result for indices that do not exist', async () => {
    const result = await search.search({ index: `${alias}-absent-*`, query: { match_all: {} } });
    expect(result).toEqual({ total: 0, hits: [], aggregations: {} });
    expect(await search.count({ index: `${alias}-absent-*` })).toBe(0);
  });

  it('blames the caller for a wrong query', async () => {
    await search.ensureIndex(index, { alias });
    await expect(search.search({ index: alias, query: { no_such_query: {} } })).rejects.toBeInstanceOf(
      SearchRefused,
    );
  });

  it('never answers a wrong total when a shard fails', async () => {
    await search.ensureIndex(index, { alias });
    await search.ensureIndex(`${index}b`, { alias: `${alias}b` });
    await search.bulkCreate(documents(1));
    await search.refresh(alias);
    // One shard of two fails: its window of 10,000 hits is smaller than what the query asks for.
    await elasticsearchRequest('PUT', `/${index}b/_settings`, { 'index.max_result_window': 5 });
    const partial = search.search({ index: [alias, `${alias}b`], query: { match_all: {} }, size: 10 });
    await expect(partial).rejects.toBeInstanceOf(IncompleteSearch);
  });
});

describe('outage', () => {
  it('is told from a fault of the caller: connection refused', async () => {
    const nowhere = new ElasticsearchSearchClient({ url: 'http://127.0.0.1:1' });
    await expect(nowhere.bulkCreate(documents(1))).rejects.toBeInstanceOf(SearchUnavailable);
    await expect(nowhere.ensureIndex(index, { alias })).rejects.toBeInstanceOf(SearchUnavailable);
    await expect(nowhere.ping()).rejects.toBeInstanceOf(SearchUnavailable);
    await nowhere.close();
  });

  describe('with a server that answers as told', () => {
    let server: Server;
    let answer: { status: number; body: string } | 'silence';
    let client: ElasticsearchSearchClient;

    beforeAll(async () => {
      server = createServer((_request, response) => {
        if (answer === 'silence') return;
        response.writeHead(answer.status, {
          'content-type': 'application/json',
          'x-elastic-product': 'Elasticsearch',
        });
        response.end(answer.body);
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      client = new ElasticsearchSearchClient({ url: `http://127.0.0.1:${port}`, requestTimeoutMs: 300 });
    });

    afterAll(async () => {
      await client.close();
      server.closeAllConnections();
      server.close();
    });

    it.each([
      ['overload', { status: 429, body: '{"error":{"type":"circuit_breaking_exception","reason":"r"}}' }],
      ['no master', { status: 503, body: '{"error":{"type":"cluster_block_exception","reason":"r"}}' }],
      [
        'read-only cluster',
        { status: 403, body: '{"error":{"type":"cluster_block_exception","reason":"r"}}' },
      ],
      ['a proxy that answers for it', { status: 502, body: '<html>' }],
      ['fewer answers than items', { status: 200, body: '{"items":[]}' }],
      ['silence', 'silence'],
    ] as const)('%s', async (_name, given) => {
      answer = given;
      await expect(client.bulkCreate(documents(1, 2))).rejects.toBeInstanceOf(SearchUnavailable);
    });

    it('is a cluster that is red', async () => {
      answer = { status: 200, body: '{"status":"red"}' };
      await expect(client.ping()).rejects.toThrow('red');
      answer = { status: 200, body: '{"status":"yellow"}' };
      await expect(client.ping()).resolves.toBeUndefined();
    });
  });
});
