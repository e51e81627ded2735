import { Injectable } from '@nestjs/common';
import type { KafkaBatch } from '#platform/kafka/transport';
import { deadLetter, done, retry, type Settlement } from '#platform/kafka/settle';
import { ElasticsearchSearchClient, type BulkOutcome } from '#platform/search/search-client';
import { counter, histogram } from '#platform/telemetry/metrics';
import { EventIndices } from './event-indices.js';
import { projectMessage, type ProjectedEvent } from './projected-event.js';

const projected = counter('projector_mail_events_total', 'Mail events by what became of them.', ['outcome']);
const age = histogram(
  'projector_event_age_seconds',
  'From the time an event happened until its document is stored; new documents only.',
  [],
  [0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3_600, 86_400],
);

/** Elasticsearch's own bound of one page; a batch is far below it. */
const MOST_HITS = 10_000;

/**
 * Turns mail events into documents: one event, one document, however often and wherever it is delivered.
 * Idempotent by the document's id, which is the event's; nothing is ever overwritten or counted up.
 */
@Injectable()
export class MailEventProjection {
  readonly #search: ElasticsearchSearchClient;
  readonly #indices: EventIndices;

  constructor(search: ElasticsearchSearchClient, indices: EventIndices) {
    this.#search = search;
    this.#indices = indices;
  }

  /** One settlement per message. Throws SearchUnavailable during an outage: then the batch is delivered again. */
  async project({ messages }: KafkaBatch): Promise<Settlement[]> {
    const settlements = new Array<Settlement>(messages.length);
    /** Positions of the messages that carry an event, first the one that is stored. */
    const positions = new Map<string, { event: ProjectedEvent; at: number[] }>();
    messages.forEach(({ value, timestamp }, position) => {
      const event = projectMessage(value, timestamp);
      if ('unprojectable' in event) {
        settlements[position] = deadLetter(event.unprojectable);
        projected.inc({ outcome: 'undecodable' });
        return;
      }
      const known = positions.get(event.id);
      if (known) known.at.push(position);
      else positions.set(event.id, { event, at: [position] });
    });

    const entries = [...positions.values()];
    const outcomes = await this.#store(entries.map(({ event }) => event));
    entries.forEach(({ at }, i) => {
      const settlement = settlementOf(outcomes[i] as BulkOutcome);
      for (const position of at) settlements[position] = settlement;
    });
    return settlements;
  }

  async #store(events: readonly ProjectedEvent[]): Promise<BulkOutcome[]> {
    if (events.length === 0) return [];
    try {
      await this.#indices.ensure(events.map(({ alias }) => alias));
      const elsewhere = await this.#onOtherDays(events);
      const fresh = events.filter((event) => !elsewhere.has(event));
      const created = await this.#search.bulkCreate(
        fresh.map(({ id, alias, document }) => ({ id, index: alias, document })),
      );
      const outcomes = new Map(fresh.map((event, i) => [event, created[i] as BulkOutcome]));
      if (created.some(({ status }) => status === 'retry')) this.#indices.forget();
      return events.map((event) => {
        const outcome: BulkOutcome = outcomes.get(event) ?? { status: 'exists' };
        projected.inc({ outcome: outcome.status });
        if (outcome.status === 'created') observeAge(event);
        return outcome;
      });
    } catch (error) {
      this.#indices.forget();
      throw error;
    }
  }

  /** Events that the index of another day holds already (see MIDNIGHT_MARGIN_MS and LATE_MS). */
  async #onOtherDays(events: readonly ProjectedEvent[]): Promise<Set<ProjectedEvent>> {
    const near = events.filter(({ neighbour }) => neighbour !== undefined);
    const late = events.filter(({ days }) => days !== undefined);
    const [found, known] = await Promise.all([
      this.#search.findExisting(near.map(({ id, neighbour = '' }) => ({ id, index: neighbour }))),
      this.#idsOfLate(late),
    ]);
    return new Set([...near.filter((_event, i) => found[i]), ...late.filter(({ id }) => known.has(id))]);
  }

  /** Ids of late events that any day of their user holds. One refresh and one search for a batch, whatever its size. */
  async #idsOfLate(late: readonly ProjectedEvent[]): Promise<ReadonlySet<string>> {
    const days = [...new Set(late.flatMap((event) => event.days ?? []))];
    if (days.length === 0) return new Set();
    // What was stored a moment ago is found by a search only after a refresh.
    for (const pattern of days) await this.#search.refresh(pattern);
    const ids = late.map(({ id }) => id);
    const { hits } = await this.#search.search<never>({
      index: days,
      query: { ids: { values: ids } },
      size: Math.min(MOST_HITS, 2 * ids.length),
      source: false,
    });
    return new Set(hits.map(({ id }) => id));
  }
}

function settlementOf({ status, reason = status }: BulkOutcome): Settlement {
  switch (status) {
    case 'created':
    case 'exists':
      return done;
    case 'retry':
      return retry(reason);
    case 'rejected':
      return deadLetter(`rejected by the index: ${reason}`);
  }
}

function observeAge({ document }: ProjectedEvent): void {
  age.observe(Math.max(0, Date.now() - Date.parse(document['logged-at'])) / 1_000);
}
