import type { MailEvent } from '../mail-events/mail-event.js';

/**
 * The document of one mail event, as Elasticsearch stores it, `getevents` returns it and webhooks carry it
 * (`event-data`). Dash-case keys; a key whose value is not known is absent.
 */
export interface EventDocument {
  id: string;
  event: string;
  /** Unix seconds, same instant as `logged-at`. */
  timestamp: number;
  /** ISO 8601 UTC with milliseconds; immutable; decides the index. */
  'logged-at': string;
  'log-level': 'info' | 'warn' | 'error';
  'user-id': number;
  'domain-id': number;
  'sender-domain'?: string;
  'message-id': string;
  method?: string;
  recipient: string;
  'recipient-type'?: string;
  envelope?: { sender?: string; 'sending-ip'?: string; targets: string };
  message: {
    headers: { from?: string; to?: string; subject?: string };
    /** Recipient domain, lower case. */
    'to-domain': string;
    size?: number;
  };
  'delivery-status'?: {
    code?: number;
    'enhanced-code'?: string;
    message?: string;
    description?: string;
    'mx-host'?: string;
    'mx-ip'?: string;
    'session-seconds'?: number;
  };
  bounce?: { type: string; category?: string };
  severity?: 'permanent' | 'temporary';
  reason?: string;
  tags?: string[];
  /** ISO 8601 UTC: when the gateway accepted the message. */
  'queued-at'?: string;
}

/** @param event one fact; pure and total: a recorded fact is never refused here. */
export function toDocument(event: MailEvent): EventDocument {
  const delivery = event.delivery;
  return compact<EventDocument>({
    id: event.id,
    event: event.event,
    timestamp: Math.floor(event.loggedAt / 1000),
    'logged-at': new Date(event.loggedAt).toISOString(),
    'log-level': LOG_LEVELS[event.event] ?? 'info',
    'user-id': event.userId,
    'domain-id': event.domainId,
    'sender-domain': event.senderDomain || undefined,
    'message-id': event.messageId,
    method: event.method || undefined,
    recipient: event.recipient,
    'recipient-type': event.recipientType || undefined,
    envelope:
      event.envelopeSender || event.sendingIp
        ? compact({
            sender: event.envelopeSender || undefined,
            'sending-ip': event.sendingIp || undefined,
            targets: event.recipient,
          })
        : undefined,
    message: compact({
      headers: compact({
        from: event.from || undefined,
        to: event.to || undefined,
        subject: event.subject || undefined,
      }),
      'to-domain': recipientDomain(event.recipient),
      size: event.size ?? undefined,
    }),
    'delivery-status': delivery
      ? compact({
          code: delivery.code ?? undefined,
          'enhanced-code': delivery.enhancedCode || undefined,
          message: delivery.message || undefined,
          description: delivery.description || undefined,
          'mx-host': delivery.mxHost || undefined,
          'mx-ip': delivery.mxIp || undefined,
          'session-seconds': delivery.sessionSeconds ?? undefined,
        })
      : undefined,
    bounce: event.bounce
      ? compact({ type: event.bounce.type, category: event.bounce.category || undefined })
      : undefined,
    severity: event.bounce ? (event.bounce.type === 'hard' ? 'permanent' : 'temporary') : undefined,
    reason: event.reason || (event.bounce ? 'bounce' : undefined),
    tags: event.tags.length > 0 ? event.tags : undefined,
    'queued-at': event.queuedAt === null ? undefined : new Date(event.queuedAt).toISOString(),
  });
}

/** Lower-case domain of an address, empty when there is none. */
export function recipientDomain(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase();
}

/** Any document of the public surface: PascalCase keys at every depth. */
export type PublicDocument = Readonly<Record<string, unknown>>;

/**
 * The public spelling (API contract, "Get Email Events (Public API)"): split on `-`, capitalise, keep nesting;
 * `logged-at` becomes `LoggedAt` in unix seconds and `timestamp` is left out.
 */
export function toPublicDocument(document: EventDocument): PublicDocument {
  const { timestamp, ...rest } = document;
  return { ...(pascalKeys(rest) as PublicDocument), LoggedAt: timestamp };
}

const LOG_LEVELS: Readonly<Record<string, EventDocument['log-level']>> = {
  bounced: 'error',
  'rejected-by-mta': 'error',
  'rejected-by-oempro': 'warn',
  complained: 'warn',
};

function pascalKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(pascalKeys);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [pascal(key), pascalKeys(member)]));
}

function pascal(key: string): string {
  return key
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}

/** Drops keys whose value is undefined, so that documents hold facts only. */
function compact<T extends object>(object: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}
