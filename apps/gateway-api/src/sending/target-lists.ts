import { Inject, Injectable } from '@nestjs/common';
import { type Database, DatabaseError } from '#platform/database/database';
import type { Logger } from '#platform/telemetry/logger';
import type { GatewayConfig } from '../config.js';
import { parseAddress } from '../http/address.js';
import { isHeaderSafe } from './given.js';
import { CONFIG, DATABASE, LOGGER } from '../tokens.js';
import type { Subscriber } from './personalise.js';
import { subscriberIn, type SubscriberRow } from './references.js';

/** The subscribers that a send to a list reaches. */
@Injectable()
export class TargetLists {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(CONFIG) private readonly config: Pick<GatewayConfig, 'targetListRecipients'>,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /**
   * By address, as many as the installation allows; those whose address no mail can be sent to are left out. `undefined` when
   * the list cannot be read, which the contract has a code for.
   */
  async read(listId: number): Promise<Subscriber[] | undefined> {
    const most = this.config.targetListRecipients;
    try {
      const rows = await this.database.query<SubscriberRow>(
        `SELECT SubscriberID, ListID, EmailAddress, Name, Fields, CreatedAt FROM oempro_subscribers
         WHERE ListID = ? ORDER BY EmailAddress, SubscriberID ${most > 0 ? 'LIMIT ?' : ''}`,
        most > 0 ? [listId, most] : [listId],
      );
      return rows.flatMap((row) => {
        const email = parseAddress(row.EmailAddress);
        if (email === undefined) return [];
        // A name that could end a header line is no name.
        const name = isHeaderSafe(row.Name) ? row.Name.trim() : '';
        return [{ ...subscriberIn(row), email, name }];
      });
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error;
      this.log.error({ listId, err: error }, 'target-list.not-read');
      return undefined;
    }
  }
}
