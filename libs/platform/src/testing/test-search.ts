import { randomBytes } from 'node:crypto';
import { ElasticsearchSearchClient } from '../search/search-client.js';

/** Address of the search engine that `npm test` started. @throws when EG_TEST_ELASTICSEARCH is not set */
export function elasticsearchUrl(): string {
  const url = process.env['EG_TEST_ELASTICSEARCH'];
  if (!url) throw new Error('EG_TEST_ELASTICSEARCH is not set: run integration tests through npm test');
  return url;
}

export function searchFromEnv(): ElasticsearchSearchClient {
  return new ElasticsearchSearchClient({ url: elasticsearchUrl() });
}

/** Prefix for index names that no other test uses. */
export function uniqueIndexPrefix(): string {
  return `eg-t-${randomBytes(6).toString('hex')}`;
}

/** Sends a request past the client, to bring an index into a state (read-only, closed) that the product never causes. */
export async function elasticsearchRequest(method: string, path: string, body?: object): Promise<unknown> {
  const response = await fetch(new URL(path, elasticsearchUrl()), {
    method,
    ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  const text = await response.text();
  if (!response.ok && response.status !== 404)
    throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text === '' ? undefined : (JSON.parse(text) as unknown);
}

/** Drops every index that starts with the prefix. */
export async function dropIndices(prefix: string): Promise<void> {
  const found = (await elasticsearchRequest('GET', `/_cat/indices/${prefix}*?format=json&h=index`)) as {
    index: string;
  }[];
  if (!Array.isArray(found) || found.length === 0) return;
  await elasticsearchRequest('DELETE', `/${found.map(({ index }) => index).join(',')}`);
}
