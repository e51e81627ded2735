import { MysqlDatabase, mysqlOptions } from '#platform/database/database';
import { configure } from '#platform/lifecycle/configure';
import { runProcess } from '#platform/lifecycle/process';
import { ElasticsearchSearchClient } from '#platform/search/search-client';
import { definition, readGatewayConfig } from './config.js';
import { startGateway, type GatewayServer } from './server.js';

const { config, log } = configure(definition, readGatewayConfig);

const database = new MysqlDatabase(mysqlOptions(config));
const search = new ElasticsearchSearchClient({ url: config.elasticsearchUrl });
let server: GatewayServer | undefined;

await runProcess({
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
