import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { domainToASCII } from 'node:url';
import { ACCESS_ERRORS, ERRORS } from '#contracts/errors/catalogue';
import { domainNameOf } from '#domain/sender-domain/domain-name';
import type { NamingWish } from '#domain/sender-domain/host-names';
import { addDomain } from '#domain/sender-domain/lifecycle.decisions';
import type { Database, Queryable, Transaction } from '#platform/database/database';
import { retryConflicts } from '#platform/event-store/command-loop';
import { nextId } from '#platform/event-store/sequences';
import { refuse, type Outcome } from '../http/outcome.js';
import { findDomain, type DomainRow } from '../sender-domain/domain-row.js';
import { SenderDomains } from '../sender-domain/sender-domains.js';
import { CONFIG, DATABASE } from '../tokens.js';
import { groupRules, hostRules, type HostConfig } from './group-rules.js';

export interface DomainWish extends NamingWish {
  /** As the customer wrote it, in any script. */
  readonly name: string;
}

export class AddDomain extends Command<Outcome<DomainRow>> {
  constructor(
    readonly userId: number,
    readonly wish: DomainWish,
  ) {
    super();
  }
}

const errors = ERRORS['emailgateway.adddomain'];
const REFUSALS = {
  'domain-name-invalid': errors.domainNameInvalid,
  'subdomain-invalid': errors.subdomainInvalid,
  'domain-limit-reached': errors.domainLimitReached,
} as const;

@CommandHandler(AddDomain)
export class AddDomainHandler implements ICommandHandler<AddDomain> {
  constructor(
    private readonly domains: SenderDomains,
    @Inject(DATABASE) private readonly database: Database,
    @Inject(CONFIG) private readonly config: HostConfig,
  ) {}

  async execute({ userId, wish }: AddDomain): Promise<Outcome<DomainRow>> {
    const name = domainNameOf(wish.name, domainToASCII);
    if (name === undefined) return refuse(errors.domainNameInvalid);
    const newId = await nextId(this.database, 'domain');
    // A domain that is there may be changed by another call at the same time.
    return retryConflicts(() =>
      this.database.transaction((tx) => this.addUnderLock(tx, userId, { ...wish, name }, newId)),
    );
  }

  /** The user's row is locked first: two calls at once can neither pass the limit nor add one name twice. */
  private async addUnderLock(
    tx: Transaction,
    userId: number,
    wish: DomainWish,
    newId: number,
  ): Promise<Outcome<DomainRow>> {
    await tx.query('SELECT UserID FROM oempro_users WHERE UserID = ? FOR UPDATE', [userId]);
    const rules = await groupRules(tx, userId);
    if (rules === undefined) return refuse(ACCESS_ERRORS.unauthenticated);
    const domainId = (await idOf(tx, userId, wish.name)) ?? newId;
    const command = {
      ...wish,
      ...hostRules(this.config, rules.template),
      domainId,
      userId,
      manualApproval: rules.manualApproval,
      domainLimit: rules.domainLimit,
      domainCount: await countDomains(tx, userId),
    };
    const outcome = await this.domains.changeWithin(tx, {
      domainId,
      decide: (domain) => addDomain(command, domain),
      lockFirst: true,
    });
    if (outcome.refused !== undefined) return refuse(REFUSALS[outcome.refused]);
    const row = await findDomain(tx, userId, domainId);
    if (row === undefined) throw new Error(`domain ${domainId} was added and is not there`);
    return row;
  }
}

/** The id under which the user has, or had, a domain of this name. */
async function idOf(q: Queryable, userId: number, name: string): Promise<number | undefined> {
  const [row] = await q.query<{ DomainID: number }>(
    'SELECT DomainID FROM oempro_eg_domains WHERE UserID = ? AND SenderDomain = ?',
    [userId, name],
  );
  return row?.DomainID;
}

async function countDomains(q: Queryable, userId: number): Promise<number> {
  const [row] = await q.query<{ count: number }>(
    `SELECT COUNT(*) AS count FROM oempro_eg_domains WHERE UserID = ? AND Status <> 'Deleted'`,
    [userId],
  );
  return row?.count ?? 0;
}
