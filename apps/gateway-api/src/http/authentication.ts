import { Inject, Injectable } from '@nestjs/common';
import { createHash, timingSafeEqual } from 'node:crypto';
import { ACCESS_ERRORS } from '#contracts/errors/catalogue';
import type { SecretBox } from '#platform/crypto/secret-box';
import type { Database } from '#platform/database/database';
import type { GatewayConfig } from '../config.js';
import { CONFIG, DATABASE, SECRET_BOX } from '../tokens.js';
import type { Caller, SenderCaller } from './caller.js';
import type { Endpoint, Parameters, SenderErrors } from './endpoint.js';
import { refuse, type Refused } from './outcome.js';
import { type SenderKeyRow, SenderKeys } from './sender-keys.js';

/** `Authorization` header and parameters of a request: every place where a credential may stand. */
export interface Credentials {
  readonly authorization: string | undefined;
  /** IP address of the client. */
  readonly address: string;
  readonly parameters: Parameters;
}

export interface Authenticated {
  /** The caller, or the error of the first check that fails. */
  readonly outcome: Caller | Refused;
  /** Names the credential (`key 12`, `admin`), also when it is known but may not do this; absent when it is missing or wrong. */
  readonly holder?: string;
}

interface UserRow {
  UserID: number;
  AccountStatus: string;
  Privileges: string;
}

const BY_SESSION = `u.UserID = (
  SELECT s.user_id FROM eg_sessions s WHERE s.token_hash = ? AND s.expires_at > UTC_TIMESTAMP(6))`;
const BEARER = /^Bearer +([\x21-\x7e]+) *$/i;
/** Longest text that can be a key; longer ones are refused before they are hashed. */
const MOST_KEY_CHARACTERS = 256;

/**
 * Finds out for whom a request speaks, in MySQL and for each request anew, so that a revoked key stops working at once.
 * Unknown, disabled and deleted credentials answer alike.
 */
@Injectable()
export class Authentication {
  private readonly adminKeyDigest: Buffer;
  private readonly senderKeys: SenderKeys;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(SECRET_BOX) private readonly secrets: SecretBox,
    @Inject(CONFIG) private readonly config: Pick<GatewayConfig, 'adminApiKey' | 'phoneVerificationRequired'>,
  ) {
    this.senderKeys = new SenderKeys(database);
    this.adminKeyDigest = digest(this.config.adminApiKey);
  }

  /** Finds the caller of the endpoint's credential with the endpoint's privilege. */
  async authenticate(endpoint: Endpoint, credentials: Credentials): Promise<Authenticated> {
    if (endpoint.sender !== undefined) return this.sender(endpoint.sender, credentials);
    if (endpoint.credential === 'anonymous')
      return { outcome: { kind: 'anonymous', address: credentials.address } };
    return endpoint.credential === 'admin'
      ? this.admin(endpoint, credentials)
      : this.user(endpoint, credentials);
  }

  /** An `APIKey` is tried first, then a `SessionID`. */
  private async user(endpoint: Endpoint, { parameters }: Credentials): Promise<Authenticated> {
    const key = keyText(parameters.get('apikey'));
    const session = keyText(parameters.get('sessionid'));
    const user =
      (key === undefined ? undefined : await this.userWhere('u.APIKeyHash = ?', key)) ??
      (session === undefined ? undefined : await this.userWhere(BY_SESSION, session));
    if (user?.AccountStatus !== 'Enabled') return { outcome: refuse(ACCESS_ERRORS.unauthenticated) };
    const allowed = endpoint.privilege === undefined || holds(user.Privileges, endpoint.privilege);
    return {
      outcome: allowed ? { kind: 'user', userId: user.UserID } : refuse(ACCESS_ERRORS.forbidden),
      holder: `user ${user.UserID}`,
    };
  }

  private async userWhere(condition: string, secret: string): Promise<UserRow | undefined> {
    const [user] = await this.database.query<UserRow>(
      `SELECT u.UserID, u.AccountStatus, g.Privileges
       FROM oempro_users u JOIN oempro_user_groups g ON g.GroupID = u.GroupID WHERE ${condition}`,
      [this.secrets.lookup(secret)],
    );
    return user;
  }

  private async sender(errors: SenderErrors, credentials: Credentials): Promise<Authenticated> {
    const given = givenKey(credentials, 'senderapikey');
    if (given === '') return { outcome: refuse(errors.missing) };
    const key = keyText(given);
    if (key === undefined) return { outcome: refuse(errors.unknown) };
    const row = await this.senderKeys.find(this.secrets.lookup(key));
    return row === undefined
      ? { outcome: refuse(errors.unknown) }
      : { outcome: senderCaller(row, errors, this.config), holder: `key ${row.APIKeyID}` };
  }

  private admin(endpoint: Endpoint, credentials: Credentials): Authenticated {
    const key = keyText(givenKey(credentials, 'adminapikey'));
    return key !== undefined && this.isAdminKey(key)
      ? { outcome: { kind: 'admin' }, holder: 'admin' }
      : { outcome: refuse(endpoint.denied ?? ACCESS_ERRORS.unauthenticated) };
  }

  /** Compares in constant time. */
  isAdminKey(key: string): boolean {
    return timingSafeEqual(digest(key), this.adminKeyDigest);
  }
}

/** Token of a Bearer header; undefined when the header has none. */
export function bearer(authorization: string): string | undefined {
  return BEARER.exec(authorization)?.[1];
}

/** A text that no key has. */
const NO_KEY = '-';

/** A Bearer token wins over the parameter. Where neither is, a header of another scheme is an invalid key, not a missing one. */
function givenKey({ authorization = '', parameters }: Credentials, parameter: string): unknown {
  const given = bearer(authorization) ?? parameters.get(parameter) ?? '';
  return given === '' && authorization.trim() !== '' ? NO_KEY : given;
}

function senderCaller(
  row: SenderKeyRow,
  errors: SenderErrors,
  { phoneVerificationRequired }: Pick<GatewayConfig, 'phoneVerificationRequired'>,
): SenderCaller | Refused {
  const { SenderDomain, DomainStatus, AccountStatus, ReputationLevel, PhoneVerified } = row;
  if (
    SenderDomain === null ||
    DomainStatus === null ||
    DomainStatus === 'Deleted' ||
    AccountStatus === null
  ) {
    return refuse(errors.gone);
  }
  if (AccountStatus !== 'Enabled') return refuse(errors.ownerDisabled);
  if (errors.ownerUntrusted !== undefined && ReputationLevel !== 'Trusted')
    return refuse(errors.ownerUntrusted);
  if (errors.ownerUnverified !== undefined && phoneVerificationRequired && PhoneVerified !== 1)
    return refuse(errors.ownerUnverified);
  if (errors.domainNotEnabled !== undefined && DomainStatus !== 'Enabled')
    return refuse(errors.domainNotEnabled);
  return {
    kind: 'sender',
    userId: row.UserID,
    domainId: row.DomainID,
    apiKeyId: row.APIKeyID,
    domain: SenderDomain,
    domainStatus: DomainStatus,
    // PHP heritage: an empty map is stored and shown as an empty list.
    domainOptions: row.DomainOptions === null || Array.isArray(row.DomainOptions) ? {} : row.DomainOptions,
  };
}

function keyText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= MOST_KEY_CHARACTERS ? value : undefined;
}

/** Privileges are a list with commas; `*` alone is every privilege. */
function holds(privileges: string, privilege: string): boolean {
  return privileges === '*' || privileges.split(',').some((held) => held.trim() === privilege);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}
