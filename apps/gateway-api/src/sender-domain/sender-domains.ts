import { Inject, Injectable } from '@nestjs/common';
import { domainEventCodec, type DomainEventMessage } from '#contracts/domain-events/domain-event';
import type { Decision, Refused } from '#domain/decision';
import {
  evolve,
  initialSenderDomain,
  type SenderDomain,
  type SenderDomainEvent,
} from '#domain/sender-domain/sender-domain';
import type { Database, Transaction } from '#platform/database/database';
import { runCommand, type CommandResult } from '#platform/event-store/command-loop';
import { EventStore } from '#platform/event-store/event-store';
import { enqueue } from '#platform/outbox/outbox';
import type { Logger } from '#platform/telemetry/logger';
import { DATABASE, LOGGER } from '../tokens.js';
import { saveDomain } from './domain-row.js';
import { fromMessage, publication, toMessage, type Tenant } from './publications.js';

export interface Change<Name extends string> {
  readonly domainId: number;
  /** A decision of `#domain/sender-domain` with its command filled in; called again after a conflict. */
  readonly decide: (domain: SenderDomain) => Decision<SenderDomainEvent, Name>;
  /**
   * Writes the feature's own table in the same transaction: what the events do not carry (secrets), or what
   * the API reads. Not called when nothing changes.
   */
  readonly record?: (tx: Transaction, at: Date) => Promise<void>;
  /** Takes turns with other changes from the start, instead of only after a conflict. */
  readonly lockFirst?: boolean;
}

export interface Changed {
  readonly refused?: undefined;
  /** The domain after the change. */
  readonly domain: SenderDomain;
  /** When it changed, whole milliseconds: the time of the events and of the rows. */
  readonly at: Date;
}

/**
 * The one way in which features change a sender domain or what hangs on it. Events, tables and the messages
 * for `eg.domain-events` are written in one transaction, or nothing is.
 */
@Injectable()
export class SenderDomains {
  private readonly store = new EventStore<DomainEventMessage>(domainEventCodec);

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /** The domain as its facts say; for decisions that need look-ups before the change. */
  async load(domainId: number): Promise<SenderDomain> {
    const { events } = await this.store.load(this.database, streamOf(domainId));
    return events.map(({ event }) => fromMessage(event)).reduce(evolve, initialSenderDomain);
  }

  async change<Name extends string>(change: Change<Name>): Promise<Changed | Refused<Name>> {
    return this.run(change, this.database);
  }

  /** As `change`, inside a transaction of the caller. A conflict is thrown: see `retryConflicts`. */
  async changeWithin<Name extends string>(
    tx: Transaction,
    change: Change<Name>,
  ): Promise<Changed | Refused<Name>> {
    return this.run(change, joining(tx, this.database), 1);
  }

  private async run<Name extends string>(
    { domainId, decide, record, lockFirst = false }: Change<Name>,
    database: Database,
    attempts?: number,
  ): Promise<Changed | Refused<Name>> {
    const at = new Date();
    const result = await runCommand<DomainEventMessage, SenderDomain, Refused<Name>>({
      database,
      store: this.store,
      streamId: streamOf(domainId),
      initial: initialSenderDomain,
      evolve: (domain, message) => evolve(domain, fromMessage(message)),
      decide: (domain) => {
        const decision = decide(domain);
        if ('refused' in decision) return decision;
        return decision.map((event) => toMessage(event, tenant(domain, event)));
      },
      record: async (tx, events, domain, version) => {
        await saveDomain(tx, domain, { version, at, isNew: events[0]?.version === 1 });
        await record?.(tx, at);
        await enqueue(tx, events.map(publication));
      },
      occurredAt: at,
      lockFirst,
      ...(attempts === undefined ? {} : { attempts }),
    });
    if (isRefused(result)) return result;
    const { state: domain, version, events } = result;
    if (events.length > 0) {
      const types = events.map(({ event }) => event.type);
      const durationMs = Date.now() - at.getTime();
      this.log.info({ domainId, version, events: types, durationMs }, 'sender-domain.changed');
    }
    return { domain, at };
  }
}

function isRefused<Name extends string>(
  result: CommandResult<DomainEventMessage, SenderDomain, Refused<Name>>,
): result is Refused<Name> {
  return result.refused !== undefined;
}

const streamOf = (domainId: number): string => `domain-${domainId}`;

function tenant(domain: SenderDomain, event: SenderDomainEvent): Tenant {
  if (event.type === 'DomainAdded') return event;
  if (domain.status === 'Absent') throw new Error(`${event.type} was decided on a domain that is not there`);
  return domain;
}

/** A database whose transactions are part of one that is under way. */
function joining(tx: Transaction, database: Database): Database {
  return {
    query: (sql, params) => tx.query(sql, params),
    execute: (sql, params) => tx.execute(sql, params),
    transaction: (work) => work(tx),
    ping: () => database.ping(),
    close: () => Promise.reject(new Error('a transaction cannot close the database')),
  };
}
