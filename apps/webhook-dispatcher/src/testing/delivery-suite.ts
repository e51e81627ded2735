import { createHmac } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import type { MailEvent } from '#contracts/mail-events/mail-event';
import { decodeWebhookAttempt, type WebhookAttempt } from '#contracts/webhooks/webhook-attempt';
import type { Database } from '#platform/database/database';
import { eventually } from '#platform/testing/eventually';
import type { TestDatabase } from '#platform/testing/test-database';
import {
  addDomain,
  addWebhook,
  createPlanner,
  createWebhookDatabase,
  type DeliverySettings,
  mailEvent,
  messages,
  type RunningDelivery,
  startDelivery,
  type StoredDelivery,
  storedDeliveries,
} from './fixture.js';
import { answer, type ReceivedRequest, type Receiver, startReceiver } from './receiver.js';

export const DOMAIN_KEY = '7F94D1EF4F798E4E1F306F06DC3DF317424D60C91B2C4DC7F11D13A8D1B1C5FC';

export interface WebhookRow {
  Status: string;
  DisabledReason: string | null;
  FailingSince: Date | null;
}

/**
 * A database with domain 10 of user 1, its webhook 1 for `delivered`, and a receiver behind it at /hook/one; fresh for
 * each test. What was started is stopped after it.
 */
export class DeliverySuite {
  receiver: Receiver;
  #db: TestDatabase;
  #running: RunningDelivery[] = [];

  constructor() {
    beforeAll(async () => {
      this.#db = await createWebhookDatabase();
      this.receiver = await startReceiver();
    });
    beforeEach(async () => {
      const tables = ['webhook_deliveries', 'oempro_eg_webhooks', 'oempro_eg_domains', 'outbox', 'leases'];
      for (const table of tables) await this.database.execute(`DELETE FROM ${table}`);
      this.receiver.requests.length = 0;
      this.receiver.behave(answer(200));
      await addDomain(this.database, { id: 10, userId: 1, signingKey: DOMAIN_KEY });
      await this.webhook(1, '/hook/one');
    });
    afterEach(async () => {
      await Promise.all(this.#running.splice(0).map((each) => each.stop()));
    });
    afterAll(async () => {
      await this.receiver.close();
      await this.#db.drop();
    });
  }

  get database(): Database {
    return this.#db.database;
  }

  /** Adds a webhook of domain 10; `target` is a path of the receiver or a URL. */
  webhook(id: number, target: string, event = 'delivered'): Promise<void> {
    const url = target.startsWith('/') ? `${this.receiver.url}${target}` : target;
    return addWebhook(this.database, { id, userId: 1, domainId: 10, url, event });
  }

  async start(overrides: Partial<DeliverySettings> = {}): Promise<RunningDelivery> {
    const delivery = await startDelivery(this.database, overrides);
    this.#running.push(delivery);
    return delivery;
  }

  async stop(delivery: RunningDelivery): Promise<void> {
    this.#running = this.#running.filter((each) => each !== delivery);
    await delivery.stop();
  }

  async plan(...events: MailEvent[]): Promise<void> {
    const wake = (): void => this.#running.forEach(({ dispatcher }) => dispatcher.wake());
    await createPlanner(this.database, wake).plan(messages(...events));
  }

  /** Events of domain 10. */
  events(count: number): MailEvent[] {
    return Array.from({ length: count }, () => mailEvent({ userId: 1, domainId: 10 }));
  }

  stored(): Promise<StoredDelivery[]> {
    return storedDeliveries(this.database);
  }

  untilStored(condition: (rows: StoredDelivery[]) => boolean, timeoutMs = 10_000): Promise<StoredDelivery[]> {
    return eventually(
      async () => {
        const rows = await this.stored();
        if (!condition(rows)) throw new Error(JSON.stringify(rows.slice(0, 3)));
        return rows;
      },
      { timeoutMs },
    );
  }

  /** The attempts on their way to Kafka, oldest first. */
  async attempts(): Promise<WebhookAttempt[]> {
    const rows = await this.database.query<{ topic: string; message_key: Buffer; value: Buffer }>(
      'SELECT topic, message_key, value FROM outbox ORDER BY id',
    );
    return rows.map(({ topic, message_key, value }) => {
      const attempt = decodeWebhookAttempt(value);
      if (topic !== 'eg.webhook-attempts' || message_key.toString() !== attempt.eventId) {
        throw new Error(`attempt on ${topic} under ${message_key.toString()}`);
      }
      return attempt;
    });
  }

  async webhookRow(id: number): Promise<WebhookRow> {
    const [row] = await this.database.query<WebhookRow>(
      'SELECT Status, DisabledReason, FailingSince FROM oempro_eg_webhooks WHERE WebhookID = ?',
      [id],
    );
    if (!row) throw new Error(`no webhook ${id}`);
    return row;
  }
}

/** A header that was sent once. */
export function header({ headers }: ReceivedRequest, name: string): string {
  const value = headers[name];
  if (typeof value !== 'string') throw new Error(`header ${name} was not sent once`);
  return value;
}

/** What a receiver does with our documentation in hand: everything from the raw bytes and the displayed key. */
export function verify(request: ReceivedRequest, key: string): void {
  const { body } = request;
  const mac = (text: string, encoding: 'hex' | 'base64'): string =>
    createHmac('sha256', Buffer.from(key, 'ascii')).update(text, 'utf8').digest(encoding);
  const { signature } = JSON.parse(body) as {
    signature: { timestamp: string; token: string; signature: string };
  };
  expect(signature.token).toMatch(/^[\w-]{50}$/);
  expect(signature.signature).toBe(mac(signature.timestamp + signature.token, 'hex'));
  const timestamp = header(request, 'webhook-timestamp');
  const signed = `${header(request, 'webhook-id')}.${timestamp}.${body}`;
  expect(header(request, 'webhook-signature')).toBe(`v1,${mac(signed, 'base64')}`);
  expect(header(request, 'x-octeth-signature')).toBe(
    `t=${timestamp},v1=${mac(`${timestamp}.${body}`, 'hex')}`,
  );
  expect(Math.abs(Date.now() / 1000 - Number(timestamp))).toBeLessThan(30);
}
