import { randomUUID } from 'node:crypto';
import pino from 'pino';
import type { MailEvent } from '#contracts/mail-events/mail-event';
import { mailEventId } from '#contracts/mail-events/event-id';
import type { MailEventName } from '#contracts/mail-events/vocabulary';
import { encodeMailEvent } from '#contracts/mail-events/mail-event';
import { contractMigrations } from '#contracts/schema/migrations';
import { SecretBox } from '#platform/crypto/secret-box';
import type { Database } from '#platform/database/database';
import type { KafkaMessage } from '#platform/kafka/settle';
import { plumbingMigrations } from '#platform/schema/plumbing';
import { createTestDatabase, type TestDatabase } from '#platform/testing/test-database';
import { buildDelivery } from '../app.js';
import type { Dispatcher } from '../deliver/dispatcher.js';
import { Planner } from '../plan/planner.js';

export const MASTER_KEY = 'ab'.repeat(32);
export const LEGACY = { legacyKeySalt: 'salt', legacyKeyLicense: 'license' };
export const silent = pino({ level: process.env['EG_TEST_LOG'] ?? 'silent' });
export const secrets = new SecretBox(MASTER_KEY);

export type DeliverySettings = Parameters<typeof buildDelivery>[0];

export const settings: DeliverySettings = {
  masterKey: MASTER_KEY,
  ...LEGACY,
  schedule: [0, 0, 0, 0],
  // Far beyond what a busy machine takes, so that no attempt of a test is repeated for it.
  timeoutMs: 15_000,
  allowedCidrs: ['127.0.0.1/32'],
  concurrency: 32,
  dnsServers: ['127.0.0.1:9'],
};

export function createWebhookDatabase(): Promise<TestDatabase> {
  return createTestDatabase([...plumbingMigrations, ...contractMigrations]);
}

export async function addDomain(
  database: Database,
  domain: { id: number; userId: number; status?: string; signingKey?: string },
): Promise<void> {
  await database.execute(
    `INSERT INTO oempro_eg_domains (DomainID, UserID, SenderDomain, Status, Options, VerificationMeta, PolicyMeta,
       SigningKeyCipher, Version, CreatedAt, UpdatedAt) VALUES (?, ?, ?, ?, '{}', '{}', '{}', ?, 1, NOW(6), NOW(6))`,
    [
      domain.id,
      domain.userId,
      `d${domain.id}.test`,
      domain.status ?? 'Enabled',
      domain.signingKey ? secrets.seal(domain.signingKey) : null,
    ],
  );
}

export async function addWebhook(
  database: Database,
  webhook: {
    id: number;
    userId: number;
    domainId: number;
    url: string;
    event?: string;
    status?: string;
    /** Before every fixture event unless told. */
    createdAt?: Date;
  },
): Promise<void> {
  await database.execute(
    `INSERT INTO oempro_eg_webhooks (WebhookID, UserID, DomainID, Event, WebhookURL, Status, CreatedAt)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    [
      webhook.id,
      webhook.userId,
      webhook.domainId,
      webhook.event ?? 'delivered',
      webhook.url,
      webhook.status ?? 'Enabled',
      webhook.createdAt ?? new Date(Date.UTC(2026, 0, 1)),
    ],
  );
}

export function mailEvent(of: { userId: number; domainId: number; event?: MailEventName }): MailEvent {
  const messageId = randomUUID();
  const recipient = 'ada@example.org';
  const event = of.event ?? 'delivered';
  return {
    id: mailEventId({ messageId, recipient, event }),
    event,
    loggedAt: Date.UTC(2026, 10, 24, 12),
    userId: of.userId,
    domainId: of.domainId,
    senderDomain: `d${of.domainId}.test`,
    messageId,
    recipient,
    recipientType: 'to',
    method: 'api',
    from: 'Sender <s@d.test>',
    to: recipient,
    subject: 'Grüße',
    tags: ['a'],
    envelopeSender: '',
    sendingIp: '',
    size: null,
    queuedAt: null,
    delivery: null,
    bounce: null,
    reason: '',
  };
}

export function messages(...events: MailEvent[]): KafkaMessage[] {
  return events.map((event, offset) => ({
    offset: String(offset),
    key: Buffer.from(event.messageId),
    value: encodeMailEvent(event),
    headers: {},
    timestamp: 0,
  }));
}

export function createPlanner(database: Database, planned: () => void = () => undefined): Planner {
  return new Planner({ database, firstDelayMs: () => 0, planned, log: silent });
}

export interface RunningDelivery {
  dispatcher: Dispatcher;
  stop(): Promise<void>;
}

/** Starts the delivering half of a process. */
export async function startDelivery(
  database: Database,
  overrides: Partial<DeliverySettings> = {},
): Promise<RunningDelivery> {
  const { dispatcher, client } = buildDelivery({ ...settings, ...overrides }, database, silent);
  await dispatcher.start();
  return {
    dispatcher,
    stop: async () => {
      await dispatcher.stop();
      await client.stop();
    },
  };
}

export interface StoredDelivery {
  id: number;
  webhook_id: number;
  event_id: string;
  state: string;
  attempts: number;
  last_status: number | null;
  last_error: string | null;
  due_in_ms: number;
}

export function storedDeliveries(database: Database): Promise<StoredDelivery[]> {
  return database.query<StoredDelivery>(
    `SELECT id, webhook_id, event_id, state, attempts, last_status, last_error,
            TIMESTAMPDIFF(MICROSECOND, updated_at, next_attempt_at) DIV 1000 AS due_in_ms
       FROM webhook_deliveries ORDER BY id`,
  );
}
