/**
 * Names and mapping of the per-user event indices. Callers and analysts use the alias
 * `eg-events-u<UserID>-<yyyy.MM.dd>` (UTC day of the event); behind it stands a versioned index whose name the pattern
 * `eg-events-u*` does not match, so that a rebuild can be written beside and swapped in one call.
 */
export const EVENT_TEMPLATE_NAME = 'eg-events';

/** Alias of the day that holds an event. @param loggedAtMs unix milliseconds */
export function indexAlias(userId: number, loggedAtMs: number): string {
  return `eg-events-u${userId}-${dayOf(loggedAtMs)}`;
}

/** UTC day as `yyyy.MM.dd`. */
export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10).replaceAll('-', '.');
}

/** Index behind an alias. @param generation counted up by a rebuild */
export function indexName(alias: string, generation = 1): string {
  return `eg-v${generation}-${alias.slice('eg-'.length)}`;
}

/** Everything of one user. Never `eg-events-u<id>*`, which would match user 12 for user 1. */
export function userIndexPattern(userId: number): string {
  return `eg-events-u${userId}-*`;
}

const keyword = { type: 'keyword', ignore_above: 1024 } as const;
const text = { type: 'text', fields: { keyword } } as const;

/** Composable index template. `dynamic: false`: an unknown key is kept in the source, never guessed into the mapping. */
export const eventsTemplate = {
  index_patterns: ['eg-v*-events-u*'],
  priority: 200,
  template: {
    settings: { number_of_shards: 1, number_of_replicas: 0, refresh_interval: '1s' },
    mappings: {
      dynamic: false,
      properties: {
        id: keyword,
        event: keyword,
        timestamp: { type: 'long' },
        'logged-at': { type: 'date' },
        'log-level': keyword,
        'user-id': { type: 'long' },
        'domain-id': { type: 'long' },
        'sender-domain': keyword,
        'message-id': keyword,
        method: keyword,
        recipient: keyword,
        'recipient-type': keyword,
        envelope: {
          properties: {
            sender: keyword,
            'sending-ip': { type: 'ip', ignore_malformed: true },
            targets: keyword,
          },
        },
        message: {
          properties: {
            headers: { properties: { from: text, to: text, subject: text } },
            'to-domain': keyword,
            size: { type: 'long' },
          },
        },
        'delivery-status': {
          properties: {
            code: { type: 'integer' },
            'enhanced-code': keyword,
            message: text,
            description: text,
            'mx-host': keyword,
            'mx-ip': { type: 'ip', ignore_malformed: true },
            'session-seconds': { type: 'float' },
          },
        },
        bounce: { properties: { type: keyword, category: keyword } },
        severity: keyword,
        reason: keyword,
        tags: keyword,
        'user-variables': { type: 'flattened' },
        'list-id': { type: 'long' },
        'subscriber-id': { type: 'long' },
        'journey-id': { type: 'long' },
        'action-id': { type: 'long' },
        'template-id': { type: 'long' },
        'queued-at': { type: 'date' },
        'processed-at': { type: 'date' },
        // Stored because queries must not compute: no scripts. A double keeps every millisecond apart.
        'queue-seconds': { type: 'double' },
      },
    },
  },
} as const;
