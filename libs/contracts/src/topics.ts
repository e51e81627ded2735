/** One Kafka topic. Partition counts only ever grow; `key` decides which messages stay in order. */
export interface Topic {
  readonly name: string;
  /** What the message key holds. */
  readonly key: string;
  readonly partitions: number;
  /** Retention in ms; -1 = for ever. */
  readonly retentionMs: number;
  /** Largest message in bytes; the brokers' own bound unless told. */
  readonly maxMessageBytes?: number;
  /** Consumer groups that read it. */
  readonly consumers: readonly string[];
}

const DAY = 24 * 60 * 60 * 1000;
/** mta-ingest writes batches of 800 kB, whatever the brokers' own bound is. */
const INGEST_BATCH_BYTES = 1_048_588;

/** Every topic of the system. */
export const TOPICS = {
  /** `MailEvent`, one per fact. */
  mailEvents: {
    name: 'eg.mail-events',
    key: 'message-id',
    partitions: 6,
    // Long enough to rebuild the read side for a month without a backup.
    retentionMs: 31 * DAY,
    maxMessageBytes: INGEST_BATCH_BYTES,
    consumers: ['projector', 'webhook-dispatcher'],
  },
  /** Domain and credential events; the domain's whole history stays readable. */
  domainEvents: { name: 'eg.domain-events', key: 'domain-id', partitions: 3, retentionMs: -1, consumers: [] },
  /** `MtaReceipt`: the MTA took a mail in (accounting `r`). */
  mtaReceipts: {
    name: 'eg.mta-receipts',
    key: 'message-id',
    partitions: 3,
    retentionMs: 2 * DAY,
    maxMessageBytes: INGEST_BATCH_BYTES,
    consumers: [],
  },
  /** `WebhookAttempt`, one per HTTP request to a customer. */
  webhookAttempts: {
    name: 'eg.webhook-attempts',
    key: 'event-id',
    partitions: 3,
    retentionMs: 7 * DAY,
    consumers: [],
  },
  /** What a consumer could not handle, byte-exact, with the reason in its headers. */
  deadLetters: {
    name: 'eg.dead-letters',
    key: 'original key',
    partitions: 1,
    retentionMs: 31 * DAY,
    // A message of the largest size others take, and its reason.
    maxMessageBytes: 2_000_000,
    consumers: [],
  },
} as const satisfies Record<string, Topic>;

export const ALL_TOPICS: readonly Topic[] = Object.values(TOPICS);
