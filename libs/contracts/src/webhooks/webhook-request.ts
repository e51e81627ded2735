import { createHash, createHmac } from 'node:crypto';
import type { EventDocument } from '../search/event-document.js';

export interface WebhookRequest {
  /** The exact bytes that are signed and sent. */
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * The signed HTTP request for one event. The HMAC key is the displayed signing key as text (never hex-decoded), so that
 * a receiver which rotates only replaces a string.
 *
 * - body `signature`: hex HMAC-SHA256 over `timestamp + token` (Mailgun's scheme);
 * - `webhook-signature`: `v1,<base64>` over `id.timestamp.body` (Standard Webhooks);
 * - `X-Octeth-Signature`: `t=<unix>,v1=<hex>` over `t.body`.
 *
 * @param request.nowMs time of this attempt; receivers refuse old ones
 * @param request.token 50 random characters, fresh for each attempt
 */
export function buildWebhookRequest(request: {
  event: EventDocument;
  key: string;
  nowMs: number;
  token: string;
}): WebhookRequest {
  const { event, key, token } = request;
  const timestamp = Math.floor(request.nowMs / 1000);
  const body = JSON.stringify({
    signature: {
      timestamp: String(timestamp),
      token,
      signature: hmac(key, `${timestamp}${token}`).toString('hex'),
    },
    'event-data': event,
  });
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'webhook-id': event.id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': standardWebhooksSignature(Buffer.from(key), event.id, timestamp, body),
      'x-octeth-event': event.event,
      'x-octeth-delivery': event.id,
      'x-octeth-signature': `t=${timestamp},v1=${hmac(key, `${timestamp}.${body}`).toString('hex')}`,
    },
  };
}

/** Standard Webhooks signature, `v1,<base64>`. @param key raw key bytes. */
export function standardWebhooksSignature(key: Buffer, id: string, timestamp: number, body: string): string {
  return `v1,${hmac(key, `${id}.${timestamp}.${body}`).toString('base64')}`;
}

/**
 * The installation-wide key of domains that never rotated (API contract, `regeneratesigningkey`):
 * `md5(SALT . LICENSE)` as `XXXX-…`, eight groups of four upper-case hex digits.
 */
export function legacySigningKey(salt: string, license: string): string {
  const hex = createHash('md5').update(`${salt}${license}`).digest('hex').toUpperCase();
  return hex.match(/.{4}/g)?.join('-') ?? '';
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
