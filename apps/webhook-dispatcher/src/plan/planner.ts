import { decodeMailEvent, type MailEvent } from '#contracts/mail-events/mail-event';
import { webhookEvent } from '#contracts/mail-events/vocabulary';
import { toDocument } from '#contracts/search/event-document';
import type { Database, SqlValue } from '#platform/database/database';
import { deadLetter, done, type KafkaMessage, retry, type Settlement } from '#platform/kafka/settle';
import type { Logger } from '#platform/telemetry/logger';
import { metrics } from '../metrics.js';
import { shardOf } from '../shards.js';

/** Rows of one INSERT: with documents of some kilobytes it stays far below the server's packet limit. */
const ROWS_PER_INSERT = 200;

/** What the unique key of a planned row can hold without being cut off, which would make two events one. */
const EVENT_ID = /^[\x21-\x7e]{1,32}$/;

/**
 * A webhook follows what happens from its registration on. Accounting files that are read again, or a topic that is
 * replayed, must not send last month's events to an endpoint of today. The hour allows for an MTA whose clock runs behind
 * ours and for times that are logged in whole seconds.
 */
const CLOCK_ALLOWANCE_MS = 60 * 60 * 1_000;

interface Subscription {
  webhookId: number;
  userId: number;
  domainId: number;
  event: string;
  createdAt: Date;
}

interface PlannedRow {
  webhookId: number;
  event: MailEvent;
  payload: string;
}

/**
 * Turns mail events into rows of `webhook_deliveries`: one per event and webhook that is registered for it, of the
 * same domain and the same user. Planning an event again changes nothing, because the pair is unique.
 */
export class Planner {
  constructor(
    private readonly options: {
      database: Database;
      /** Milliseconds from planning to the first attempt. */
      firstDelayMs: () => number;
      /** Called when rows were planned, so that they need not wait to be found. */
      planned: () => void;
      log: Logger;
    },
  ) {}

  /** One settlement per message. Bad bytes are dead letters; a database that doesn't answer makes all others wait. */
  async plan(messages: readonly KafkaMessage[]): Promise<Settlement[]> {
    const read = messages.map(({ value }) => readEvent(value));
    const candidates = read.filter((each) => 'event' in each);
    let failure: Settlement | undefined;
    try {
      await this.#planEvents(candidates);
    } catch (error) {
      this.options.log.warn(
        { events: candidates.length, err: error, outcome: 'retry' },
        'deliveries.not-planned',
      );
      failure = retry(error instanceof Error ? error.message : String(error));
    }
    return read.map((each) => {
      if ('refusal' in each) return deadLetter(each.refusal);
      return 'event' in each && failure ? failure : done;
    });
  }

  async #planEvents(candidates: readonly { event: MailEvent; payload: string }[]): Promise<void> {
    if (candidates.length === 0) return;
    const subscriptions = await this.#subscriptions([
      ...new Set(candidates.map(({ event }) => event.domainId)),
    ]);
    const rows = candidates.flatMap(({ event, payload }) =>
      subscriptions
        .filter((each) => wants(each, event))
        .map(({ webhookId }): PlannedRow => ({ webhookId, event, payload })),
    );
    if (rows.length === 0) return;
    let planned = 0;
    for (let start = 0; start < rows.length; start += ROWS_PER_INSERT) {
      planned += await this.#insert(rows.slice(start, start + ROWS_PER_INSERT));
    }
    if (planned > 0) this.options.planned();
    this.options.log.debug({ events: candidates.length, rows: rows.length, planned }, 'deliveries.planned');
  }

  /** Webhooks that are switched on, of these domains, where webhook and domain agree on their owner. */
  #subscriptions(domainIds: readonly number[]): Promise<Subscription[]> {
    return this.options.database.query<Subscription>(
      `SELECT w.WebhookID AS webhookId, w.UserID AS userId, w.DomainID AS domainId, w.Event AS event, w.CreatedAt AS createdAt
         FROM oempro_eg_webhooks w
         JOIN oempro_eg_domains d ON d.DomainID = w.DomainID AND d.UserID = w.UserID
        WHERE w.DomainID IN (?) AND w.Status = 'Enabled' AND d.Status <> 'Deleted'
        ORDER BY w.WebhookID`,
      [domainIds],
    );
  }

  /** @returns rows that were not there yet */
  async #insert(rows: readonly PlannedRow[]): Promise<number> {
    const values = rows.map(() => '(?, ?, ?, ?, ?, ?, NOW(6) + INTERVAL ? MICROSECOND, ?)').join(', ');
    const params = rows.flatMap(({ webhookId, event, payload }): SqlValue[] => [
      webhookId,
      event.id,
      event.event,
      event.userId,
      event.domainId,
      shardOf(webhookId),
      this.options.firstDelayMs() * 1_000,
      payload,
    ]);
    const { affectedRows } = await this.options.database.execute(
      `INSERT IGNORE INTO webhook_deliveries
         (webhook_id, event_id, event, user_id, domain_id, shard, next_attempt_at, payload)
       VALUES ${values}`,
      params,
    );
    metrics.planned.inc(affectedRows);
    return affectedRows;
  }
}

function wants(subscription: Subscription, event: MailEvent): boolean {
  return (
    subscription.domainId === event.domainId &&
    subscription.userId === event.userId &&
    webhookEvent(subscription.event) === event.event &&
    event.loggedAt >= subscription.createdAt.getTime() - CLOCK_ALLOWANCE_MS
  );
}

type Read = { event: MailEvent; payload: string } | { refusal: string } | { irrelevant: true };

function readEvent(value: Buffer | null): Read {
  if (value === null) return { refusal: 'the message has no value' };
  try {
    const event = decodeMailEvent(value);
    if (webhookEvent(event.event) !== event.event) return { irrelevant: true };
    if (!EVENT_ID.test(event.id)) return { refusal: 'the event id is not 1 to 32 printable characters' };
    return { event, payload: JSON.stringify(toDocument(event)) };
  } catch (error) {
    return { refusal: error instanceof Error ? error.message : String(error) };
  }
}
