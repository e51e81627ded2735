import { randomBytes } from 'node:crypto';
import { storedDescription } from '#domain/sender-domain/credential.decisions';
import type { SecretBox } from '#platform/crypto/secret-box';
import type { Transaction } from '#platform/database/database';

/** A key as its owner sees it. */
export interface ShownApiKey {
  readonly apiKeyId: number;
  readonly userId: number;
  readonly domainId: number;
  /** The key itself: the only secret that leaves, to the owner alone. */
  readonly apiKey: string;
  readonly description: string;
  readonly status: 'Enabled' | 'Disabled';
  readonly createdAt: Date;
}

/** A key that is not stored yet. */
export type NewApiKey = Omit<ShownApiKey, 'createdAt'>;

/** A key that nobody has: with an id of its own, and enabled. */
export function newApiKey(
  of: Pick<ShownApiKey, 'apiKeyId' | 'userId' | 'domainId' | 'description'>,
): NewApiKey {
  const { description, ...ids } = of;
  return { ...ids, apiKey: mintApiKey(), description: storedDescription(description), status: 'Enabled' };
}

/** Four groups of eight upper-case hexadecimal digits: 128 bits from the system's generator. */
function mintApiKey(): string {
  return randomBytes(16).toString('hex').toUpperCase().match(/.{8}/g)?.join('-') ?? '';
}

/** Writes a key: its keyed hash to be found by, and the key sealed, because `getapis` shows it again. */
export async function insertApiKey(
  tx: Transaction,
  secrets: SecretBox,
  { apiKeyId, userId, domainId, apiKey, description, status, createdAt }: ShownApiKey,
): Promise<void> {
  await tx.execute(
    `INSERT INTO oempro_eg_api_keys
       (APIKeyID, UserID, DomainID, KeyHash, KeyCipher, Description, Status, Options, CreatedAt)
     VALUES (?, ?, ?, ?, ?, ?, ?, '[]', ?)`,
    [
      apiKeyId,
      userId,
      domainId,
      secrets.lookup(apiKey),
      secrets.seal(apiKey),
      description,
      status,
      createdAt,
    ],
  );
}
