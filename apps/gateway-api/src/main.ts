import { redactedSummary } from '#platform/config/settings';
import { MysqlDatabase, mysqlOptions } from '#platform/database/database';
import { runProcess } from '#platform/lifecycle/process';
import { ElasticsearchSearchClient } from '#platform/search/search-client';
import { createLogger } from '#platform/telemetry/logger';
import { definition, readGatewayConfig } from './config.js';
import { startGateway, type GatewayServer } from './server.js';

const config = readGatewayConfig();
const log = createLogger(definition.app, config.logLevel);
log.info({ settings: redactedSummary(definition, config) }, 'process.configured');

const database = new MysqlDatabase(mysqlOptions(config));
const search = new ElasticsearchSearchClient({ url: config.elasticsearchUrl });
let server: GatewayServer | undefined;

await runProcess({
  app: definition.app,
  log,
  health: { host: config.healthHost, port: config.healthPort },
  checks: [
    { name: 'mysql', check: () => database.ping() },
    { name: 'elasticsearch', check: () => search.ping() },
  ],
  components: [
    {
      name: 'connections',
      start: async () => {},
      stop: async () => {
        await Promise.all([database.close(), search.close()]);
      },
    },
    {
      name: 'http',
      start: async () => {
        server = await startGateway({ config, log, database, search });
        log.info({ api: server.api, operator: server.operator }, 'http.listening');
      },
      stop: async () => server?.close(),
    },
  ],
});
