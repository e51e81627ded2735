import { randomBytes } from 'node:crypto';
import { addDomain, deleteDomain } from '#domain/sender-domain/lifecycle.decisions';
import type { SenderDomain } from '#domain/sender-domain/sender-domain';
import { addExampleDomain } from '#domain/testing/sender-domain.given';
import { SecretBox } from '#platform/crypto/secret-box';
import type { MysqlDatabase } from '#platform/database/database';
import { createLogger } from '#platform/telemetry/logger';
import { eventually } from '#platform/testing/eventually';
import { startTestGateway, type TestGateway } from '../../http/testing/test-gateway.js';
import { SenderDomains } from '../sender-domains.js';

const MASTER_KEY = '5a'.repeat(32);

/** The group of a test's user. */
export interface GroupWish {
  readonly privileges?: string;
  readonly limitDomains?: number;
  readonly manualApproval?: boolean;
  readonly dnsTemplate?: string;
}

export interface TestUser {
  readonly userId: number;
  /** Sends a command with the user's key and returns the body of the reply, whose status must be 200. */
  call(command: string, parameters?: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>>;
}

/** The gateway as its features' suites need it: users with a group of their own, domains that come and go. */
export interface FeatureGateway {
  readonly database: MysqlDatabase;
  readonly secrets: SecretBox;
  user(group?: GroupWish): Promise<TestUser>;
  /** A new domain of the user, for features that only need one; returns its id. */
  domain(userId: number): Promise<number>;
  deleteDomain(userId: number, domainId: number): Promise<void>;
  /**
   * Sends a change of a domain whose deletion is under way: the request finds the domain, and when it wants to write,
   * the domain has been deleted.
   */
  overtakenByDeletion<T>(userId: number, domainId: number, send: () => Promise<T>): Promise<T>;
  /** The lines of its log. */
  readonly logged: TestGateway['logged'];
  /** Any request, such as one to a v1 route. */
  readonly request: TestGateway['request'];
  /** An operator's request; returns the status of the reply. */
  setStatus(domainId: number, status: string): Promise<number>;
  stop(): Promise<void>;
}

/** Starts the whole application over HTTP, on a database of its own. Settings by their `EG_…` names. */
export async function startFeatureGateway(settings: NodeJS.ProcessEnv = {}): Promise<FeatureGateway> {
  const gateway = await startTestGateway({ EG_MASTER_KEY: MASTER_KEY, ...settings });
  const { database } = gateway;
  const secrets = new SecretBox(MASTER_KEY);
  const domains = new SenderDomains(database, createLogger('gateway-api', 'silent'));
  let lastDomain = 1_000_000;
  return {
    database,
    secrets,
    logged: () => gateway.logged(),
    request: (method, path, options) => gateway.request(method, path, options),
    async user(group = {}) {
      const APIKey = randomBytes(8).toString('hex');
      const userId = await insertUser(database, secrets, APIKey, group);
      return {
        userId,
        async call(command, parameters = {}) {
          const { status, json, text } = await gateway.command(command, { APIKey, ...parameters });
          if (status !== 200) throw new Error(`HTTP ${status}: ${text}`);
          return json;
        },
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
    async overtakenByDeletion(userId, domainId, send) {
      const decide = (domain: SenderDomain) => deleteDomain({ userId }, domain);
      // In an object: a promise that a transaction returns would be waited for inside it.
      const { sent } = await database.transaction(async (tx) => {
        await domains.changeWithin(tx, { domainId, decide });
        const request = { sent: send() };
        await eventually(async () => {
          const threads = await database.query<{ Info: string | null }>('SHOW FULL PROCESSLIST');
          return threads.some(
            ({ Info }) => Info?.includes('INSERT INTO events') && Info.includes(`'domain-${domainId}'`),
          );
        });
        return request;
      });
      return sent;
    },
    async setStatus(domainId, status) {
      return (await gateway.operator('PUT', `/domains/${domainId}/status`, { status })).status;
    },
    stop: () => gateway.close(),
  };
}

/** Straight into the tables: suites make dozens of users, and a password hash is slow on purpose. */
async function insertUser(
  database: MysqlDatabase,
  secrets: SecretBox,
  apiKey: string,
  { privileges = '*', limitDomains = 0, manualApproval = false, dnsTemplate = 'Default' }: GroupWish,
): Promise<number> {
  const name = randomBytes(6).toString('hex');
  const { insertId: groupId } = await database.execute(
    `INSERT INTO oempro_user_groups (Name, Privileges, LimitEmailGatewaySenderDomains,
       EmailGatewayNewDomainManualApproval, EmailGatewayDNSTemplate) VALUES (?, ?, ?, ?, ?)`,
    [name, privileges, limitDomains, manualApproval ? 'Enabled' : 'Disabled', dnsTemplate],
  );
  const { insertId: userId } = await database.execute(
    `INSERT INTO oempro_users (GroupID, Username, PasswordHash, EmailAddress, APIKeyHash, APIKeyCipher)
     VALUES (?, ?, '', 'owner@example.com', ?, ?)`,
    [groupId, name, secrets.lookup(apiKey), secrets.seal(apiKey)],
  );
  return userId;
}
