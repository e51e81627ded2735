import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { ERRORS } from '#contracts/errors/catalogue';
import type { Database } from '#platform/database/database';
import type { SearchClient } from '#platform/search/search-client';
import type { Logger } from '#platform/telemetry/logger';
import { walkEvents } from '../event-search/walk-events.js';
import { refuse, type Outcome } from '../http/outcome.js';
import { findDomain } from '../sender-domain/domain-row.js';
import { DATABASE, LOGGER, SEARCH } from '../tokens.js';
import { CSV_FIELDS, type CsvEvent } from './event-csv.js';
import { eventFilter, type EventsWanted } from './wanted.js';

/** Rows of one file. */
export const MOST_EXPORTED = 10_000;
const PAGE = 1_000;

export interface EventExport {
  /** Events that match, exact; the file has the newest {@link MOST_EXPORTED} of them. */
  readonly total: number;
  readonly pages: AsyncIterable<readonly CsvEvent[]>;
}

/** A user's events for a file, newest first. */
export class ExportEvents extends Query<Outcome<EventExport>> {
  constructor(readonly wanted: EventsWanted) {
    super();
  }
}

@QueryHandler(ExportEvents)
export class ExportEventsHandler implements IQueryHandler<ExportEvents> {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(SEARCH) private readonly search: SearchClient,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  async execute({ wanted }: ExportEvents): Promise<Outcome<EventExport>> {
    const { userId, domainId } = wanted;
    if (domainId !== undefined && (await findDomain(this.database, userId, domainId)) === undefined)
      return refuse(ERRORS['emailgateway.exportevents'].domainNotFound);
    const filter = eventFilter(wanted);
    const { total, pages } =
      filter === undefined
        ? { total: 0, pages: nothing() }
        : await walkEvents<CsvEvent>(this.search, filter, {
            page: PAGE,
            most: MOST_EXPORTED,
            fields: CSV_FIELDS,
          });
    return { total, pages: this.logged(pages, { userId, domainId, total }) };
  }

  /** The request itself was logged when its headers went out; how the file ended is known only here. */
  private async *logged(
    pages: AsyncIterable<readonly CsvEvent[]>,
    facts: { readonly userId: number; readonly domainId: number | undefined; readonly total: number },
  ): AsyncGenerator<readonly CsvEvent[]> {
    const startedAt = performance.now();
    let rows = 0;
    let failure: unknown;
    let outcome: 'complete' | 'cancelled' | 'failed' = 'cancelled';
    try {
      for await (const page of pages) {
        rows += page.length;
        yield page;
      }
      outcome = 'complete';
    } catch (error) {
      failure = error;
      outcome = 'failed';
      throw error;
    } finally {
      const durationMs = Math.round(performance.now() - startedAt);
      const line = { ...facts, rows, outcome, durationMs };
      if (outcome === 'failed') this.log.error({ ...line, err: failure }, 'export.ended');
      else this.log.info(line, 'export.ended');
    }
  }
}

async function* nothing(): AsyncGenerator<readonly CsvEvent[]> {}
