import { randomBytes } from 'node:crypto';
import { SecretBox } from '#platform/crypto/secret-box';
import {
  startTestGateway,
  type TestDomain,
  type TestGateway,
  type TestReply,
  type TestUser,
} from '../http/testing/test-gateway.js';
import { startDnsServer, type TestDnsServer } from '../sender-domain/testing/dns-server.js';
import type { OwnedKind } from './seed/seed-endpoint.js';

export const WEBHOOK_URL = 'https://hooks.example.com/webhooks/email-events';
const MASTER_KEY = '5a'.repeat(32);
export const unique = () => randomBytes(6).toString('hex');

/** An SMTP login with the password that only its creation tells. */
export interface SmtpLogin {
  readonly id: number;
  readonly username: string;
  readonly password: string;
}

/** A gateway with an owner, a stranger and what belongs to them, made through the API as a customer makes it. */
export class Side {
  private readonly kept = new Map<string, Promise<unknown>>();

  private constructor(
    readonly gateway: TestGateway,
    readonly owner: TestUser,
    readonly stranger: TestUser,
    /** Of the owner, Enabled. */
    readonly domain: TestDomain,
    readonly foreign: TestDomain,
  ) {}

  static async start(settings: NodeJS.ProcessEnv): Promise<Side> {
    const gateway = await startTestGateway({ EG_MASTER_KEY: MASTER_KEY, ...settings });
    const owner = await gateway.createUser();
    const stranger = await gateway.createUser();
    // The stranger's come first: the ids that a careless request guesses are not the owner's.
    const foreign = await gateway.createDomain(stranger);
    return new Side(gateway, owner, stranger, await gateway.createDomain(owner), foreign);
  }

  newUser(group = 'Default'): Promise<TestUser> {
    return insertUser(this.gateway, group);
  }

  /** Makes something once and keeps it for later cases. */
  once<T>(name: string, make: () => Promise<T>): Promise<T> {
    const made = (this.kept.get(name) as Promise<T> | undefined) ?? make();
    this.kept.set(name, made);
    return made;
  }

  /** A command of the owner, or of another user, that has to succeed: what a case needs before its request. */
  async call(
    command: string,
    parameters: object = {},
    user: TestUser = this.owner,
  ): Promise<Record<string, unknown>> {
    return succeeded(command, await this.gateway.command(command, { APIKey: user.APIKey, ...parameters }));
  }

  newDomain(user: TestUser = this.owner): Promise<TestDomain> {
    return this.gateway.createDomain(user);
  }

  /** An Enabled domain that its owner deleted. */
  async deletedDomain(): Promise<TestDomain> {
    const domain = await this.newDomain();
    await this.call('emailgateway.deletedomain', { DomainID: domain.domainId });
    return domain;
  }

  async apiKey(domain = this.domain, user = this.owner): Promise<{ id: number; key: string }> {
    const { NewAPIKeyID, APIKey } = await this.call(
      'emailgateway.addapi',
      { DomainID: domain.domainId, Description: 'made for a case' },
      user,
    );
    return { id: Number(NewAPIKeyID), key: String((APIKey as { APIKey: unknown }).APIKey) };
  }

  async smtpLogin(domain = this.domain, user = this.owner): Promise<SmtpLogin> {
    const { SMTP } = await this.call('emailgateway.addsmtp', { DomainID: domain.domainId }, user);
    const { SMTPID, SMTPUsername, SMTPPassword } = SMTP as Record<string, unknown>;
    return { id: Number(SMTPID), username: String(SMTPUsername), password: String(SMTPPassword) };
  }

  async webhook(
    domain = this.domain,
    user = this.owner,
    url = `${WEBHOOK_URL}/${unique()}`,
  ): Promise<number> {
    const parameters = { DomainID: domain.domainId, Event: 'delivery', WebhookURL: url };
    const { NewWebhookID } = await this.call('emailgateway.addwebhook', parameters, user);
    return Number(NewWebhookID);
  }

  /** A user in a group of its own. */
  async userWith(group: object): Promise<TestUser> {
    const name = unique();
    const made = await this.gateway.operator('POST', '/groups', { name, ...group });
    if (made.status >= 300) throw new Error(made.text);
    return this.newUser(name);
  }

  async updateUser(user: TestUser, change: object): Promise<void> {
    const reply = await this.gateway.operator('PATCH', `/users/${user.UserID}`, change);
    if (reply.status >= 300) throw new Error(reply.text);
  }

  /** Straight into the tables: what operators fill and no public command does. */
  sql(statement: string, values: readonly (string | number)[] = []): Promise<{ insertId: number }> {
    return this.gateway.database.execute(statement, [...values]);
  }

  /** An id of the stranger, and one of the owner that was deleted. Both have to look like one that never was. */
  notOwn(kind: OwnedKind): Promise<{ foreign: number; deleted: number }> {
    return this.once(`not-own ${kind}`, async () => {
      const { foreign, stranger } = this;
      switch (kind) {
        case 'domain':
          return { foreign: foreign.domainId, deleted: (await this.deletedDomain()).domainId };
        case 'api-key': {
          const { id } = await this.apiKey();
          await this.call('emailgateway.deleteapi', { APIKeyID: id });
          return { foreign: (await this.apiKey(foreign, stranger)).id, deleted: id };
        }
        case 'smtp-login': {
          const { id } = await this.smtpLogin();
          await this.call('emailgateway.deletesmtp', { SMTPID: id });
          return { foreign: (await this.smtpLogin(foreign, stranger)).id, deleted: id };
        }
        case 'webhook': {
          const id = await this.webhook();
          await this.call('emailgateway.deletewebhook', { WebhookID: id, DomainID: this.domain.domainId });
          return { foreign: await this.webhook(foreign, stranger), deleted: id };
        }
      }
    });
  }

  close(): Promise<void> {
    return this.gateway.close();
  }
}

/** A gateway of its own whose tables a case may break. */
export const FAULTY = { EG_LEGACY_KEY_SALT: 'faulty' };

/** What the cases of the contract happen in: one gateway with room for everything, and others with a single difference. */
export class World {
  private readonly others = new Map<string, Promise<Side>>();

  private constructor(
    readonly dns: TestDnsServer,
    private readonly settings: NodeJS.ProcessEnv,
    readonly main: Side,
  ) {}

  static async start(): Promise<World> {
    const dns = await startDnsServer();
    const settings = {
      EG_DNS_SERVERS: dns.address,
      EG_DNS_CACHE_MS: '0',
      EG_RATE_LIMIT_PER_MINUTE: '0',
      EG_MAX_TO: '3',
      EG_MAX_CC: '2',
      EG_MAX_BCC: '2',
      EG_MAX_REPLY_TO: '2',
    };
    return new World(dns, settings, await Side.start(settings));
  }

  /** A gateway of its own with these settings besides the usual ones; started once. */
  with(settings: NodeJS.ProcessEnv): Promise<Side> {
    const name = JSON.stringify(settings);
    const side = this.others.get(name) ?? Side.start({ ...this.settings, ...settings });
    this.others.set(name, side);
    return side;
  }

  async close(): Promise<void> {
    const others = await Promise.allSettled(this.others.values());
    await Promise.all([
      this.main.close(),
      ...others.map((side) => (side.status === 'fulfilled' ? side.value.close() : undefined)),
    ]);
    await this.dns.stop();
  }
}

/** Straight into the table: the cases need dozens of users, and the hash of a password is slow on purpose. */
async function insertUser({ database }: TestGateway, group: string): Promise<TestUser> {
  const secrets = new SecretBox(MASTER_KEY);
  const APIKey = `${unique()}-${unique()}`;
  const { insertId: UserID } = await database.execute(
    `INSERT INTO oempro_users (GroupID, Username, PasswordHash, EmailAddress, APIKeyHash, APIKeyCipher)
     SELECT GroupID, ?, '', 'owner@example.com', ?, ? FROM oempro_user_groups WHERE Name = ?`,
    [unique(), secrets.lookup(APIKey), secrets.seal(APIKey), group],
  );
  return { UserID, APIKey };
}

export function succeeded(what: string, reply: TestReply): Record<string, unknown> {
  if (reply.status !== 200 || reply.json['Success'] !== true) {
    throw new Error(`${what} was to succeed, but answered ${reply.status} ${reply.text}`);
  }
  return reply.json;
}
