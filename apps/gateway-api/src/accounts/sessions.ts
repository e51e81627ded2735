import { Inject, Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import type { SecretBox } from '#platform/crypto/secret-box';
import type { Database, Transaction } from '#platform/database/database';
import { reasonOf } from '#platform/telemetry/reason';
import type { Logger } from '#platform/telemetry/logger';
import type { GatewayConfig } from '../config.js';
import { CONFIG, DATABASE, LOGGER, SECRET_BOX } from '../tokens.js';

/** What the caller proved to know, as it is stored with the account. */
export type Proof =
  | { readonly column: 'PasswordHash'; readonly value: string }
  | { readonly column: 'APIKeyHash'; readonly value: Buffer };

const ID_BYTES = 32;
const MOST_PURGED = 500;
const PURGE_EVERY_MS = 60_000;

/** Sessions from `user.login`. Only a keyed hash of each id is kept; `http/authentication.ts` reads it for each request. */
@Injectable()
export class Sessions {
  private purgedAt = Number.NEGATIVE_INFINITY;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(SECRET_BOX) private readonly secrets: SecretBox,
    @Inject(CONFIG) private readonly config: Pick<GatewayConfig, 'sessionLifetimeS'>,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /**
   * Opens a session and returns its id; `undefined` when the account was disabled, deleted or given another password
   * since the proof was checked. The account's row is locked meanwhile, so that what ends its sessions ends this one too.
   */
  async open(userId: number, proof: Proof): Promise<string | undefined> {
    const sessionId = mintSessionId();
    const { affectedRows } = await this.database.execute(
      `INSERT INTO eg_sessions (token_hash, user_id, created_at, expires_at)
       SELECT ?, UserID, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) + INTERVAL ? SECOND
       FROM oempro_users WHERE UserID = ? AND AccountStatus = 'Enabled' AND ${proof.column} = ? FOR SHARE`,
      [this.secrets.lookup(sessionId), this.config.sessionLifetimeS, userId, proof.value],
    );
    await this.purge();
    return affectedRows === 1 ? sessionId : undefined;
  }

  /** Forgets a bounded number of expired sessions, now and then. */
  private async purge(): Promise<void> {
    const now = performance.now();
    if (now - this.purgedAt < PURGE_EVERY_MS) return;
    this.purgedAt = now;
    try {
      const { affectedRows } = await this.database.execute(
        'DELETE FROM eg_sessions WHERE expires_at <= UTC_TIMESTAMP(6) ORDER BY expires_at LIMIT ?',
        [MOST_PURGED],
      );
      // A full batch: more may be left, the next login goes on.
      if (affectedRows === MOST_PURGED) this.purgedAt = Number.NEGATIVE_INFINITY;
    } catch (error) {
      // Expired sessions are refused whether or not they are still there: no reason to refuse a login.
      this.log.warn({ reason: reasonOf(error) }, 'sessions.not-purged');
    }
  }
}

/** Ends every session of an account, in the transaction that changes it. */
export async function endSessions(tx: Transaction, userId: number): Promise<void> {
  await tx.execute('DELETE FROM eg_sessions WHERE user_id = ?', [userId]);
}

/** 256 random bits in 43 characters: letters, digits, comma and hyphen. */
function mintSessionId(): string {
  const text = randomBytes(ID_BYTES).toString('base64');
  return text.replaceAll('+', '-').replaceAll('/', ',').replaceAll('=', '');
}
