import type avsc from 'avsc';
import { MessageCodec } from '../avro/single-object.js';

/** One HTTP request to a customer's endpoint and what came of it (`eg.webhook-attempts`). */
export interface WebhookAttempt {
  eventId: string;
  event: string;
  webhookId: number;
  userId: number;
  domainId: number;
  /** Host of the endpoint; never its path or query, which may hold a customer's secret. */
  host: string;
  /** 1 for the first. */
  attempt: number;
  /** Unix milliseconds. */
  attemptedAt: number;
  durationMs: number;
  /** HTTP status, null when no reply came. */
  status: number | null;
  outcome: 'delivered' | 'retry' | 'failed' | 'dropped';
  error: string;
}

const v1: avsc.Schema = {
  type: 'record',
  name: 'WebhookAttempt',
  namespace: 'email_gateway.webhooks',
  fields: [
    { name: 'eventId', type: 'string' },
    { name: 'event', type: 'string' },
    { name: 'webhookId', type: 'long' },
    { name: 'userId', type: 'long' },
    { name: 'domainId', type: 'long' },
    { name: 'host', type: 'string' },
    { name: 'attempt', type: 'int' },
    { name: 'attemptedAt', type: 'long' },
    { name: 'durationMs', type: 'long' },
    { name: 'status', type: ['null', 'int'] },
    { name: 'outcome', type: 'string' },
    { name: 'error', type: 'string' },
  ],
};

export const webhookAttemptCodec = new MessageCodec<WebhookAttempt>([v1]);

export function encodeWebhookAttempt(attempt: WebhookAttempt): Buffer {
  return webhookAttemptCodec.toBuffer(attempt);
}

/** @throws UndecodableMessage */
export function decodeWebhookAttempt(bytes: Buffer): WebhookAttempt {
  return webhookAttemptCodec.fromBuffer(bytes);
}
