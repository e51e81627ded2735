// @ts-check
// The gateway as it is built, on a free port. BENCH_DATABASE=none puts a database behind it that answers at once, so that
// everything but MySQL is measured; BENCH_ACCEPTANCE=none also leaves out the rows that would be stored: HTTP, the credential,
// validation, the log line and the metrics are left.
import { appendFileSync } from 'node:fs';
import { serveParent, usage } from '../lib/child.mjs';
import { load } from './dist.mjs';

const { startGateway } = await load('apps/gateway-api/src/server.js');
const { readGatewayConfig } = await load('apps/gateway-api/src/config.js');
const { MysqlDatabase, mysqlOptions } = await load('libs/platform/src/database/database.js');
const { ElasticsearchSearchClient } = await load('libs/platform/src/search/search-client.js');
const { createLogger } = await load('libs/platform/src/telemetry/logger.js');

if (process.env['BENCH_ACCEPTANCE'] === 'none') {
  const { MailAcceptance } = await load('apps/gateway-api/src/mail-acceptance/mail-acceptance.js');
  MailAcceptance.prototype.accept = async (/** @type {{ messageId: string }[]} */ mails) => ({
    accepted: mails.map(({ messageId }) => messageId),
  });
}
const config = readGatewayConfig(process.env);
const database =
  process.env['BENCH_DATABASE'] === 'none' ? instantDatabase() : new MysqlDatabase(mysqlOptions(config));
const recorded = process.env['BENCH_RECORD'];
const search = new ElasticsearchSearchClient({ url: config.elasticsearchUrl });
const log = createLogger('gateway-api', 'info');
const server = await startGateway({
  config,
  log,
  database: recorded === undefined ? database : recording(database, recorded),
  search,
});

serveParent(
  { port: Number(new URL(server.api).port), operatorPort: Number(new URL(server.operator).port) },
  {
    usage,
    peak: () => ({ rssMb: process.resourceUsage().maxRSS / 1024 }),
    settle: () => {
      globalThis.gc?.();
      return usage();
    },
  },
);

/** One enabled key on one enabled domain; everything that is written is accepted. */
function instantDatabase() {
  const row = {
    APIKeyID: 1,
    UserID: 1,
    DomainID: 1,
    SenderDomain: 'bench.example',
    DomainStatus: 'Enabled',
    DomainOptions: { LinkTracking: 1, OpenTracking: 1, UnsubscribeLink: 0 },
    AccountStatus: 'Enabled',
    ReputationLevel: 'Trusted',
    PhoneVerified: 1,
  };
  /** An account without limits; it is asked for first among the rules of acceptance. */
  const account = {
    UserID: 1,
    GroupPerDay: 0,
    GroupPerMonth: 0,
    GroupLifetime: 0,
    UserPerDay: null,
    UserPerMonth: null,
    UserLifetime: null,
    UserRates: null,
    GroupRates: null,
    CreditSystem: 'Disabled',
    HasUsage: 0,
  };
  const q = {
    query: async (/** @type {string} */ sql, /** @type {unknown[][]} */ params) =>
      sql.includes('oempro_eg_api_keys') ? params[0]?.map((KeyHash) => ({ ...row, KeyHash })) : [],
    execute: async () => ({ affectedRows: 1, insertId: 1 }),
    inTransaction: true,
  };
  return {
    ...q,
    transaction: (/** @type {(tx: typeof q) => unknown} */ work) => work(q),
    queryAll: async (/** @type {{ sql: string }[]} */ reads) =>
      reads.map(({ sql }) => (sql.includes('oempro_user_groups') ? [account] : [])),
    batch: async (/** @type {unknown[]} */ reads, /** @type {(rows: unknown[][]) => any} */ plan) => {
      const { writes, result } = plan(reads.map(() => []));
      for (const _ of writes);
      return result;
    },
    ping: async () => {},
    close: async () => {},
  };
}

/**
 * Writes every statement with its values to a file, for the reference that runs them bare.
 * @param {any} inner
 * @param {string} file
 */
function recording(inner, file) {
  const note = (/** @type {string} */ sql, /** @type {unknown} */ params) =>
    appendFileSync(
      file,
      JSON.stringify({ sql, params }, function (key, value) {
        const raw = /** @type {any} */ (this)[key];
        if (Buffer.isBuffer(raw)) return { $bytes: raw.toString('base64') };
        if (raw instanceof Date) return { $date: raw.toISOString() };
        return value;
      }) + '\n',
    );
  const over = (/** @type {any} */ q) => ({
    inTransaction: true,
    query: (/** @type {string} */ sql, /** @type {any} */ params) => (
      note(sql, params),
      q.query(sql, params)
    ),
    execute: (/** @type {string} */ sql, /** @type {any} */ params) => (
      note(sql, params),
      q.execute(sql, params)
    ),
  });
  return {
    ...over(inner),
    transaction: (/** @type {(tx: any) => Promise<unknown>} */ work) => {
      note('START TRANSACTION', []);
      return inner.transaction(async (/** @type {any} */ tx) => {
        const result = await work(over(tx));
        note('COMMIT', []);
        return result;
      });
    },
    queryAll: (/** @type {any[]} */ reads) => {
      for (const { sql, params = [] } of reads) note(sql, params);
      return inner.queryAll(reads);
    },
    batch: (/** @type {any[]} */ reads, /** @type {(rows: any) => any} */ plan) => {
      note('START TRANSACTION', []);
      for (const { sql, params = [] } of reads) note(sql, params);
      return inner
        .batch(reads, (/** @type {any} */ rows) => {
          const planned = plan(rows);
          const writes = [...planned.writes];
          for (const { sql, params = [] } of writes) note(sql, params);
          return { ...planned, writes };
        })
        .then((/** @type {unknown} */ result) => (note('COMMIT', []), result));
    },
    ping: () => inner.ping(),
    close: () => inner.close(),
  };
}
