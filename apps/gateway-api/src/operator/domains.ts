import { Inject, Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { LIVE_STATUSES } from '#domain/sender-domain/sender-domain';
import type { Database } from '#platform/database/database';
import { OperatorError } from '../accounts/operator-error.js';
import { SetDomainStatus } from '../domains/set-domain-status.js';
import type { VerificationMetaColumn } from '#contracts/http/domains';
import { DATABASE } from '../tokens.js';

/** A sender domain as operators see it, with its owner. */
export interface OwnedDomain {
  readonly DomainID: number;
  readonly UserID: number;
  readonly SenderDomain: string;
  readonly Status: string;
  readonly Options: unknown;
  readonly VerificationMeta: VerificationMetaColumn;
  readonly CreatedAt: Date;
}

export interface WantedRecord {
  readonly host: string;
  readonly type: string;
  readonly value: string;
}

const SELECT_DOMAINS = `SELECT DomainID, UserID, SenderDomain, Status, Options, VerificationMeta, CreatedAt
  FROM oempro_eg_domains WHERE Status <> 'Deleted'`;

/** Sender domains of all accounts, for operators. */
@Injectable()
export class OperatorDomains {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly commands: CommandBus,
  ) {}

  list(): Promise<OwnedDomain[]> {
    return this.database.query<OwnedDomain>(`${SELECT_DOMAINS} ORDER BY DomainID`);
  }

  /** @throws OperatorError not-found */
  async withId(domainId: number): Promise<OwnedDomain> {
    const [domain] = await this.database.query<OwnedDomain>(`${SELECT_DOMAINS} AND DomainID = ?`, [domainId]);
    if (domain === undefined) throw new OperatorError('not-found', `There is no domain ${domainId}`);
    return domain;
  }

  /** @throws OperatorError invalid, not-found */
  async setStatus(domainId: number, status: string): Promise<OwnedDomain> {
    const outcome = await this.commands.execute(new SetDomainStatus(domainId, status));
    if (!('refused' in outcome)) return this.withId(domainId);
    throw outcome.refused === 'status-invalid'
      ? new OperatorError('invalid', `status must be one of: ${LIVE_STATUSES.join(', ')}`)
      : new OperatorError('not-found', `There is no domain ${domainId}`);
  }

  /** The records that the gateway asks of a name, for all accounts that have it. @throws OperatorError not-found */
  async wantedRecords(name: string): Promise<WantedRecord[]> {
    const domains = await this.database.query<OwnedDomain>(
      `${SELECT_DOMAINS} AND SenderDomain = ? ORDER BY DomainID`,
      [name.toLowerCase()],
    );
    if (domains.length === 0) throw new OperatorError('not-found', `There is no domain ${name}`);
    return domains.flatMap(({ VerificationMeta: { DNSRecords } }) =>
      Object.entries(DNSRecords).map(([host, [type, value]]) => ({ host, type, value })),
    );
  }
}
