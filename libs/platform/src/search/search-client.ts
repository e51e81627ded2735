/** What an application needs to reach the search engine. Everything that names @elastic stays behind it. */
export * from './search.js';
export { ElasticsearchSearchClient, type ElasticsearchOptions } from './elasticsearch.js';
