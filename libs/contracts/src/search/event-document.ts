import { mailEventId } from '../mail-events/event-id.js';
import type { MailEvent } from '../mail-events/mail-event.js';
import type { EventDocument, PublicDocument } from './event-document.schema.js';
import { pascal } from './public-spelling.js';

export type { EventDocument, PublicDocument };

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
    'list-id': event.listId ?? undefined,
    'subscriber-id': event.subscriberId ?? undefined,
    'journey-id': event.journeyId ?? undefined,
    'action-id': event.actionId ?? undefined,
    'template-id': event.templateId ?? undefined,
    'queued-at': event.queuedAt === null ? undefined : new Date(event.queuedAt).toISOString(),
    ...(endsQueue(event)
      ? { 'processed-at': new Date(event.loggedAt).toISOString(), 'queue-seconds': queueSeconds(event) }
      : { 'processed-at': undefined, 'queue-seconds': undefined }),
  });
}

const QUEUE_ENDS: ReadonlySet<MailEvent['event']> = new Set([
  'accepted-by-mta',
  'delivered',
  'bounced',
  'rejected-by-mta',
  'rejected-by-oempro',
]);

/**
 * Whether the message left the queue with this event. A bounce that arrives after the message was accepted says nothing
 * about the queue; it is told by its id, which hashes its cause.
 */
function endsQueue(event: MailEvent): boolean {
  return QUEUE_ENDS.has(event.event) && (event.event !== 'bounced' || event.id === mailEventId(event));
}

/** Clocks that ran backwards give 0, and what the gateway refused on the spot never waited. */
function queueSeconds({ event, queuedAt, loggedAt }: MailEvent): number | undefined {
  if (queuedAt === null) return event === 'rejected-by-oempro' ? 0 : undefined;
  return Math.max(0, loggedAt - queuedAt) / 1000;
}

/** Lower-case domain of an address, empty when there is none. */
export function recipientDomain(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase();
}

/**
 * The public spelling (API contract, "Get Email Events (Public API)"): split on `-`, capitalise, keep nesting;
 * `logged-at` becomes `LoggedAt` in unix seconds and `timestamp` is left out.
 */
export function toPublicDocument(document: EventDocument): PublicDocument {
  const { timestamp, 'logged-at': _iso, ...known } = document;
  return { ...(pascalKeys(known) as Omit<PublicDocument, 'LoggedAt'>), LoggedAt: timestamp };
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

/** Drops keys whose value is undefined, so that documents hold facts only. */
function compact<T extends object>(object: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}
