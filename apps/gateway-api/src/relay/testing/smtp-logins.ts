import { expect } from '@jest/globals';
import { randomBytes, scryptSync } from 'node:crypto';
import type { TestGateway } from '../../http/testing/test-gateway.js';

export interface TestLogin {
  readonly userId: number;
  readonly domainId: number;
  readonly domain: string;
  readonly smtpId: number;
  readonly credentials: { readonly SMTPUsername: string; readonly SMTPPassword: string };
}

/** Body of a refusal of the relay command. */
export const refused = (
  ErrorCode: number,
  SMTPResponse: unknown,
  ErrorText: unknown = expect.any(String),
) => ({
  Success: false,
  SMTPResponse,
  ErrorCode,
  ErrorText,
});

const CHEAP_PASSWORD = 'a cheap password';
/** A hash that costs nothing; suites make dozens of logins. */
const CHEAP_HASH = (() => {
  const unpadded = (data: Buffer) => data.toString('base64').replace(/=+$/, '');
  const salt = randomBytes(16);
  return `$scrypt$ln=1,r=8,p=1$${unpadded(salt)}$${unpadded(scryptSync(CHEAP_PASSWORD, salt, 32, { N: 2, r: 8, p: 1 }))}`;
})();
let lastId = 3_000_000;

/** Logins, and the command that they are for. @param gateway the suite's, once it has started */
export function relayTesting(gateway: () => TestGateway) {
  /** By the commands that customers use. */
  async function addLogin(on: TestGateway = gateway()): Promise<TestLogin & { readonly apiKey: string }> {
    const user = await on.createUser();
    const { domainId, name } = await on.createDomain(user);
    const { json } = await on.command('emailgateway.addsmtp', { APIKey: user.APIKey, DomainID: domainId });
    const { SMTPID, SMTPUsername, SMTPPassword } = json['SMTP'] as Record<string, string>;
    const credentials = { SMTPUsername: String(SMTPUsername), SMTPPassword: String(SMTPPassword) };
    const { UserID: userId, APIKey: apiKey } = user;
    return { userId, domainId, domain: name, smtpId: Number(SMTPID), credentials, apiKey };
  }

  async function insertUser(id: number): Promise<number> {
    const group = await gateway().database.execute(
      `INSERT INTO oempro_user_groups (Name, Privileges) VALUES (?, '*')`,
      [`group-${id}`],
    );
    const user = await gateway().database.execute(
      `INSERT INTO oempro_users (GroupID, Username, PasswordHash, EmailAddress, APIKeyHash, APIKeyCipher)
     VALUES (?, ?, '', 'owner@example.com', ?, '')`,
      [group.insertId, `user-${id}`, randomBytes(32)],
    );
    return user.insertId;
  }

  /** Straight into the tables: a login of an Enabled domain of a user of its own, or of a given one. */
  async function newLogin(userId?: number): Promise<TestLogin> {
    const id = (lastId += 1);
    const owner = userId ?? (await insertUser(id));
    const domain = `d${id}.example.com`;
    await gateway().database.execute(
      `INSERT INTO oempro_eg_domains (DomainID, UserID, SenderDomain, Status, Options, VerificationMeta, PolicyMeta,
       Version, CreatedAt, UpdatedAt) VALUES (?, ?, ?, 'Enabled', '{}', '{"DNSRecords":[]}', '[]', 1, NOW(6), NOW(6))`,
      [id, owner, domain],
    );
    const SMTPUsername = `smtp_test${id}`;
    await gateway().database.execute(
      `INSERT INTO oempro_eg_smtp_credentials (SMTPID, UserID, DomainID, SMTPUsername, PasswordHash, Status, CreatedAt)
     VALUES (?, ?, ?, ?, ?, 'Enabled', NOW(6))`,
      [id, owner, id, SMTPUsername, CHEAP_HASH],
    );
    const credentials = { SMTPUsername, SMTPPassword: CHEAP_PASSWORD };
    return { userId: owner, domainId: id, domain, smtpId: id, credentials };
  }

  const relay = (parameters: object, on: TestGateway = gateway()) =>
    on.command('emailgateway.smtprelay', { AdminAPIKey: on.adminKey, ...parameters });

  /** The body of a reply that must have HTTP 200. */
  async function ask(parameters: object, on?: TestGateway): Promise<Record<string, unknown>> {
    const { status, json, text } = await relay(parameters, on);
    if (status !== 200) throw new Error(`HTTP ${status}: ${text}`);
    return json;
  }
  const set = (table: string, changes: string, where: string, id: number) =>
    gateway().database.execute(`UPDATE ${table} SET ${changes} WHERE ${where} = ?`, [id]);

  return { addLogin, newLogin, relay, ask, set };
}
