import { randomBytes, randomInt } from 'node:crypto';
import { contractMigrations } from '#contracts/schema/migrations';
import { toDocument } from '#contracts/search/event-document';
import { EVENT_TEMPLATE_NAME, eventsTemplate, indexAlias, indexName } from '#contracts/search/event-index';
import type { MailEvent } from '#contracts/mail-events/mail-event';
import { MysqlDatabase, mysqlOptions } from '#platform/database/database';
import { plumbingMigrations } from '#platform/schema/plumbing';
import { ElasticsearchSearchClient } from '#platform/search/search-client';
import { createLogger } from '#platform/telemetry/logger';
import { createTestDatabase, testMysqlServer } from '#platform/testing/test-database';
import { dropIndices, elasticsearchUrl } from '#platform/testing/test-search';
import { readGatewayConfig, type GatewayConfig } from '../../config.js';
import { startGateway } from '../../server.js';

/** A reply of either server, its body parsed when it is JSON. */
export interface TestReply {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
  readonly headers: Headers;
  // A test reads bodies of every shape; each expectation states the shape it needs.
  readonly json: Record<string, unknown>;
}

export interface TestUser {
  readonly UserID: number;
  readonly APIKey: string;
}

export interface TestDomain {
  readonly domainId: number;
  readonly name: string;
  readonly senderKey: string;
}

/** The gateway in this process, on free ports, over a database of its own and the real engines. */
export interface TestGateway {
  readonly api: string;
  readonly operatorUrl: string;
  readonly adminKey: string;
  readonly database: MysqlDatabase;
  readonly search: ElasticsearchSearchClient;
  readonly logged: () => readonly Record<string, unknown>[];
  /** `POST /api.php` with a JSON body. */
  command(command: string, parameters?: object): Promise<TestReply>;
  request(method: string, path: string, options?: RequestOptions): Promise<TestReply>;
  /** An operators' request with the admin key. */
  operator(method: string, path: string, body?: object): Promise<TestReply>;
  createUser(body?: object): Promise<TestUser>;
  /** An Enabled domain with a sender key. */
  createDomain(user: TestUser, name?: string): Promise<TestDomain>;
  /** Puts events where the projector would, and makes them searchable. */
  index(events: readonly MailEvent[]): Promise<void>;
  /** A second process of the gateway over the same engines; `close` ends it too. */
  second(): Promise<Pick<TestGateway, 'api' | 'request'>>;
  close(): Promise<void>;
}

export interface RequestOptions {
  readonly bearer?: string;
  readonly json?: unknown;
  readonly body?: string | Uint8Array | URLSearchParams | FormData;
  readonly headers?: Record<string, string>;
}

const random = (length = 8) => randomBytes(length).toString('hex');

/** Starts one; every suite closes its own. Settings may be overridden by their `EG_…` names. */
export async function startTestGateway(overrides: NodeJS.ProcessEnv = {}): Promise<TestGateway> {
  const test = await createTestDatabase([...plumbingMigrations, ...contractMigrations]);
  // Event indices are named by user: every suite gets users of its own, with room for one whose id is ten times as large.
  const firstUser = randomInt(100_000_000, 400_000_000);
  await test.database.execute(`ALTER TABLE oempro_users AUTO_INCREMENT = ${firstUser}`);
  const config = testConfig(overrides, test.name);
  const search = new ElasticsearchSearchClient({ url: config.elasticsearchUrl });
  if (overrides['EG_ELASTICSEARCH_URL'] === undefined)
    await search.putTemplate(EVENT_TEMPLATE_NAME, eventsTemplate);
  const lines: Record<string, unknown>[] = [];
  const log = createLogger('gateway-api', 'info', {
    write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>),
  });
  // A suite that sends the gateway to another MySQL keeps the real one for itself.
  const database =
    overrides['EG_MYSQL_PORT'] === undefined ? test.database : new MysqlDatabase(mysqlOptions(config));
  const server = await startGateway({ config, log, database, search });
  const users: number[] = [];
  const others: (() => Promise<void>)[] = [];

  const request: TestGateway['request'] = (method, path, options = {}) =>
    send(server.api + path, method, options);
  const command: TestGateway['command'] = (name, parameters = {}) =>
    request('POST', '/api.php', { json: { Command: name, ...parameters } });
  const operator: TestGateway['operator'] = (method, path, body) =>
    send(server.operator + path, method, {
      bearer: config.adminApiKey,
      ...(body === undefined ? {} : { json: body }),
    });

  return {
    api: server.api,
    operatorUrl: server.operator,
    adminKey: config.adminApiKey,
    database: test.database,
    search,
    logged: () => lines,
    command,
    request,
    operator,
    async createUser(body = {}) {
      const reply = await operator('POST', '/users', {
        username: `user-${random()}`,
        password: random(),
        email: 'owner@example.com',
        ...body,
      });
      if (reply.status !== 201) throw new Error(reply.text);
      const user = { UserID: Number(reply.json['UserID']), APIKey: String(reply.json['APIKey']) };
      users.push(user.UserID);
      return user;
    },
    async createDomain({ APIKey }, name = `d-${random()}.example.com`) {
      const added = await command('emailgateway.adddomain', { APIKey, DomainName: name });
      const domainId = Number(added.json['NewSenderDomainID']);
      const enabled = await operator('PUT', `/domains/${domainId}/status`, { status: 'Enabled' });
      const key = await command('emailgateway.addapi', { APIKey, DomainID: domainId, Description: 'test' });
      const minted = key.json['APIKey'] as { APIKey?: unknown } | undefined;
      if (enabled.status !== 200 || minted === undefined)
        throw new Error([added, enabled, key].map(({ text }) => text).join());
      return { domainId, name, senderKey: String(minted.APIKey) };
    },
    async index(events) {
      for (const { userId, loggedAt } of events) {
        const alias = indexAlias(userId, loggedAt);
        await search.ensureIndex(indexName(alias), { alias });
      }
      const items = events.map((event) => ({
        id: event.id,
        index: indexAlias(event.userId, event.loggedAt),
        document: toDocument(event),
      }));
      const outcomes = await search.bulkCreate(items);
      const bad = outcomes.find(({ status }) => status !== 'created');
      if (bad !== undefined) throw new Error(`not indexed: ${bad.status} ${bad.reason ?? ''}`);
      for (const index of new Set(items.map((item) => item.index))) await search.refresh(index);
    },
    async second() {
      const ownDatabase = new MysqlDatabase(mysqlOptions(config));
      const other = await startGateway({ config, log, database: ownDatabase, search });
      others.push(async () => {
        await other.close();
        await ownDatabase.close();
      });
      return {
        api: other.api,
        request: (method, path, options = {}) => send(other.api + path, method, options),
      };
    },
    async close() {
      for (const close of others) await close();
      await server.close();
      await search.close();
      if (database !== test.database) await database.close();
      await test.drop();
      for (const userId of users) await dropIndices(`eg-v1-events-u${userId}-`);
    },
  };
}

function testConfig(overrides: NodeJS.ProcessEnv, database: string): GatewayConfig {
  const { host, port, user, password } = testMysqlServer();
  return readGatewayConfig({
    EG_MYSQL_HOST: host,
    EG_MYSQL_PORT: String(port),
    EG_MYSQL_USER: user,
    EG_MYSQL_PASSWORD: password,
    EG_MYSQL_DATABASE: database,
    EG_ELASTICSEARCH_URL: elasticsearchUrl(),
    EG_HTTP_PORT: '0',
    EG_OPERATOR_PORT: '0',
    EG_MASTER_KEY: random(32),
    EG_ADMIN_API_KEY: random(16),
    EG_LEGACY_KEY_SALT: random(),
    EG_LEGACY_KEY_LICENSE: random(),
    // A suite may send more with one key than a customer; the limit has suites of its own.
    EG_RATE_LIMIT_PER_MINUTE: '0',
    ...overrides,
  });
}

async function send(url: string, method: string, options: RequestOptions): Promise<TestReply> {
  const { bearer, json, body, headers } = options;
  const response = await fetch(url, {
    method,
    headers: {
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(json !== undefined ? { body: JSON.stringify(json) } : body !== undefined ? { body } : {}),
  });
  const text = await response.text();
  const contentType = response.headers.get('content-type') ?? '';
  return {
    status: response.status,
    contentType,
    text,
    headers: response.headers,
    json:
      contentType.startsWith('application/json') && text !== ''
        ? (JSON.parse(text) as Record<string, unknown>)
        : {},
  };
}
