import { Module, type DynamicModule, type Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { contractMigrations } from '#contracts/schema/migrations';
import { addDomain, deleteDomain } from '#domain/sender-domain/lifecycle.decisions';
import { addExampleDomain } from '#domain/testing/sender-domain.given';
import { SecretBox } from '#platform/crypto/secret-box';
import type { MysqlDatabase } from '#platform/database/database';
import { plumbingMigrations } from '#platform/schema/plumbing';
import { createLogger } from '#platform/telemetry/logger';
import { createTestDatabase } from '#platform/testing/test-database';
import type { Endpoint } from '../../http/endpoint.js';
import { createHttpAdapter } from '../../http/fastify.js';
import { HttpModule } from '../../http/http.module.js';
import { CONFIG, DATABASE, LOGGER, SECRET_BOX } from '../../tokens.js';
import { SenderDomainModule } from '../sender-domain.module.js';
import { SenderDomains } from '../sender-domains.js';

export const testConfig = {
  adminApiKey: 'admin-key-of-the-tests',
  dnsServers: ['127.0.0.1:1'],
  dnsTimeoutMs: 200,
  dnsInfrastructureDomain: 'mailer.example.net',
  dnsSubdomain: 'sl',
  dnsTrackPrefix: 'track',
  dnsTrackMerge: '-',
  legacyKeySalt: 'salt',
  legacyKeyLicense: 'license',
};

export interface Feature {
  readonly module: Type;
  readonly endpoints: readonly Endpoint[];
}

export interface GroupWish {
  readonly privileges?: string;
  readonly domainLimit?: number;
  readonly manualApproval?: boolean;
  readonly dnsTemplate?: string;
}

export interface TestUser {
  readonly userId: number;
  /** Sends a command with the user's key and returns the body of the reply, whose status must be 200. */
  call(command: string, parameters?: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>>;
}

export interface TestGateway {
  readonly database: MysqlDatabase;
  readonly secrets: SecretBox;
  readonly app: NestFastifyApplication;
  /** A new user in a new group. */
  user(group?: GroupWish): Promise<TestUser>;
  /** A new domain of the user, for features that only need one; returns its id. */
  domain(userId: number): Promise<number>;
  deleteDomain(userId: number, domainId: number): Promise<void>;
  stop(): Promise<void>;
}

@Module({})
class SharedParts {
  static of(database: MysqlDatabase, secrets: SecretBox, config: object): DynamicModule {
    const providers = [
      { provide: DATABASE, useValue: database },
      { provide: SECRET_BOX, useValue: secrets },
      { provide: CONFIG, useValue: config },
      { provide: LOGGER, useValue: createLogger('gateway-api', 'silent') },
    ];
    return { module: SharedParts, global: true, providers, exports: providers };
  }
}

/** The API with the features named, over HTTP, on a database of its own. */
export async function startTestGateway(
  features: readonly Feature[],
  config: Partial<typeof testConfig> = {},
): Promise<TestGateway> {
  const test = await createTestDatabase([...plumbingMigrations, ...contractMigrations]);
  const { database } = test;
  const secrets = new SecretBox('5a'.repeat(32));
  const testing = await Test.createTestingModule({
    imports: [
      SharedParts.of(database, secrets, { ...testConfig, ...config }),
      HttpModule.forEndpoints(features.flatMap(({ endpoints }) => endpoints)),
      SenderDomainModule,
      ...features.map(({ module }) => module),
    ],
  }).compile();
  const app = testing.createNestApplication<NestFastifyApplication>(
    createHttpAdapter({ bodyLimitBytes: 1_000_000 }),
    { bodyParser: false, logger: false },
  );
  await app.listen(0, '127.0.0.1');
  const url = `${await app.getUrl()}/api.php`;
  const domains = testing.get(SenderDomains);
  let users = 0;
  let lastDomain = 1000;
  return {
    database,
    secrets,
    app,
    async user(group = {}) {
      users += 1;
      const apiKey = `TEST-0000-0000-${String(users).padStart(4, '0')}`;
      const userId = await insertUser(database, `user${users}`, secrets, apiKey, group);
      return {
        userId,
        call: (command, parameters = {}) => post(url, { Command: command, APIKey: apiKey, ...parameters }),
      };
    },
    async domain(userId) {
      const domainId = (lastDomain += 1);
      const command = { ...addExampleDomain, domainId, userId, name: `d${domainId}.example.com` };
      await domains.change({ domainId, decide: (domain) => addDomain(command, domain) });
      return domainId;
    },
    async deleteDomain(userId, domainId) {
      const { refused } = await domains.change({
        domainId,
        decide: (domain) => deleteDomain({ userId }, domain),
      });
      if (refused !== undefined) throw new Error(refused);
    },
    async stop() {
      await app.close();
      await test.drop();
    },
  };
}

async function insertUser(
  database: MysqlDatabase,
  name: string,
  secrets: SecretBox,
  apiKey: string,
  { privileges = '*', domainLimit = 0, manualApproval = false, dnsTemplate = 'Default' }: GroupWish,
): Promise<number> {
  const { insertId: groupId } = await database.execute(
    `INSERT INTO oempro_user_groups (Name, Privileges, LimitEmailGatewaySenderDomains,
       EmailGatewayNewDomainManualApproval, EmailGatewayDNSTemplate) VALUES (?, ?, ?, ?, ?)`,
    [`group of ${name}`, privileges, domainLimit, manualApproval ? 'Enabled' : 'Disabled', dnsTemplate],
  );
  const { insertId: userId } = await database.execute(
    `INSERT INTO oempro_users (GroupID, Username, PasswordHash, EmailAddress, APIKeyHash, APIKeyCipher)
     VALUES (?, ?, '', ?, ?, ?)`,
    [groupId, name, `${name}@example.com`, secrets.lookup(apiKey), secrets.seal(apiKey)],
  );
  return userId;
}

async function post(url: string, parameters: object): Promise<Record<string, unknown>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(parameters),
  });
  const body: unknown = await response.json();
  if (response.status !== 200 || typeof body !== 'object' || body === null)
    throw new Error(`HTTP ${response.status}: ${JSON.stringify(body)}`);
  return { ...body };
}
