import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { ERRORS } from '#contracts/errors/catalogue';
import type { SecretBox } from '#platform/crypto/secret-box';
import type { Database } from '#platform/database/database';
import { refuse, type Outcome } from '../http/outcome.js';
import { findDomain } from '../sender-domain/domain-row.js';
import { DATABASE, SECRET_BOX } from '../tokens.js';
import type { ShownApiKey } from './api-key-row.js';

/** Every key of the domain that is not deleted, oldest first. */
export class GetApiKeys extends Query<Outcome<readonly ShownApiKey[]>> {
  constructor(
    readonly userId: number,
    readonly domainId: number,
  ) {
    super();
  }
}

interface ApiKeyRow {
  APIKeyID: number;
  KeyCipher: Buffer;
  Description: string;
  Status: ShownApiKey['status'];
  CreatedAt: Date;
}

@QueryHandler(GetApiKeys)
export class GetApiKeysHandler implements IQueryHandler<GetApiKeys> {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(SECRET_BOX) private readonly secrets: SecretBox,
  ) {}

  async execute({ userId, domainId }: GetApiKeys): Promise<Outcome<readonly ShownApiKey[]>> {
    if ((await findDomain(this.database, userId, domainId)) === undefined)
      return refuse(ERRORS['emailgateway.getapis'].domainNotFound);
    const rows = await this.database.query<ApiKeyRow>(
      `SELECT APIKeyID, KeyCipher, Description, Status, CreatedAt FROM oempro_eg_api_keys
       WHERE UserID = ? AND DomainID = ? AND Status <> 'Deleted' ORDER BY APIKeyID`,
      [userId, domainId],
    );
    return rows.map((row) => ({
      apiKeyId: row.APIKeyID,
      userId,
      domainId,
      apiKey: this.secrets.open(row.KeyCipher),
      description: row.Description,
      status: row.Status,
      createdAt: row.CreatedAt,
    }));
  }
}
