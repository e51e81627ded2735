import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../database/database.js';
import { LeaseKeeper } from '../leases/lease-keeper.js';
import type { Component, ReadinessCheck } from '../lifecycle/component.js';
import { pollingLoop } from '../lifecycle/loop.js';
import type { Logger } from '../telemetry/logger.js';
import { counter, gauge, histogram } from '../telemetry/metrics.js';
import { reasonOf } from '../telemetry/reason.js';
import { OUTBOX_SHARDS } from './outbox.js';
import {
  markPublished,
  type PendingMessage,
  purgePublished,
  readBacklog,
  readPending,
} from './outbox-table.js';

/** What the relay needs of a producer: resolves when every message is safely stored, in the order given per key. */
export interface MessageProducer {
  send(
    batches: {
      topic: string;
      messages: { key: Buffer; value: Buffer; headers?: Record<string, string> }[];
    }[],
  ): Promise<void>;
}

export interface RelayOptions {
  database: Database;
  producer: MessageProducer;
  log: Logger;
  /** Unique to this process and run; made up unless told. */
  owner?: string;
  /** The most messages of one shard that are published together; 100 unless told. */
  perShard?: number;
  /** How long a relay that was killed keeps others from its shards; 5 000 ms unless told. */
  leaseTtlMs?: number;
  /** How long published rows stay for diagnosis; one hour unless told. */
  keepPublishedMs?: number;
  /** How often the backlog is measured and old rows are deleted; 5 000 ms unless told. */
  careEveryMs?: number;
}

export interface Relay extends Component {
  /** Red while publishing fails. */
  readonly readiness: ReadinessCheck;
}

const PER_SHARD = 100;
const LEASE_TTL_MS = 5_000;
const KEEP_PUBLISHED_MS = 3_600_000;
/*
 * How often to look when there was nothing: every 25 ms just after work, slowing down to four times a second. One look
 * is one statement. Twice these values is twice the delay of a message that comes alone.
 */
const IDLE_MS = 25;
const MOST_IDLE_MS = 250;
/** After a small batch, how long to let the next one gather: fewer, larger requests for a little delay. */
const SMALL_BATCH = 50;
const GATHER_MS = 10;
const CARE_EVERY_MS = 5_000;
const PURGE_ROWS = 1_000;

const SHARDS = Array.from({ length: OUTBOX_SHARDS }, (_, shard) => String(shard));

const metrics = {
  published: counter('outbox_published_total', 'Messages that were published from the outbox'),
  again: counter(
    'outbox_unmarked_total',
    'Messages that were published but not marked, and so are published again',
  ),
  purged: counter('outbox_purged_total', 'Published rows that were deleted'),
  publish: histogram('outbox_publish_seconds', 'Time from reading a batch of the outbox to having marked it'),
  pending: gauge('outbox_pending', 'Messages that wait in the shards of this relay'),
  oldest: gauge(
    'outbox_oldest_pending_seconds',
    'Age of the oldest message that waits in the shards of this relay',
  ),
  shards: gauge('outbox_shards_held', 'Shards that this relay publishes'),
};

/**
 * Publishes the outbox, at least once and in order per key. Several relays may run: they share the shards by leases.
 * While the broker or MySQL is away nothing is marked and the relay waits; it never gives up and never skips a row.
 */
export function createRelay(options: RelayOptions): Relay {
  const { database, producer, log, perShard = PER_SHARD, keepPublishedMs = KEEP_PUBLISHED_MS } = options;
  const {
    owner = `${hostname()}:${process.pid}:${randomBytes(4).toString('hex')}`,
    leaseTtlMs = LEASE_TTL_MS,
  } = options;
  const keeper = new LeaseKeeper({ database, group: 'outbox', owner, ttlMs: leaseTtlMs });
  let held: readonly number[] = [];

  async function turn(signal: AbortSignal): Promise<'worked' | 'idle'> {
    const leases = await keeper.hold(SHARDS);
    held = leases.map(({ name }) => Number(name));
    metrics.shards.set(held.length);
    if (held.length === 0) return 'idle';

    const startedAt = performance.now();
    const messages = await readPending(database, held, perShard);
    if (messages.length === 0) return 'idle';
    // This process may have been paused since: what lapsed meanwhile is another relay's to publish.
    if (!keeper.isCurrent()) return 'worked';

    await whileRenewing(producer.send(byTopic(messages)));
    const marked = await markPublished(database, messages, leases);
    report(messages.length, marked, performance.now() - startedAt);
    if (messages.length < SMALL_BATCH && !signal.aborted) await delay(GATHER_MS);
    return 'worked';
  }

  /** Keeps the leases alive while a request to the broker takes long. */
  async function whileRenewing(publishing: Promise<void>): Promise<void> {
    const timer = setInterval(() => {
      keeper.renew().catch((error: unknown) => log.warn({ err: error }, 'outbox.lease-not-renewed'));
    }, leaseTtlMs / 3);
    try {
      await publishing;
    } finally {
      clearInterval(timer);
    }
  }

  function report(published: number, marked: number, durationMs: number): void {
    metrics.published.inc(published);
    metrics.again.inc(published - marked);
    metrics.publish.observe(durationMs / 1_000);
    const facts = { published, marked, shards: held.length, durationMs: Math.round(durationMs) };
    if (marked === published) log.info(facts, 'outbox.published');
    else log.warn(facts, 'outbox.lease-lost');
  }

  async function care(signal: AbortSignal): Promise<'worked' | 'idle'> {
    const { pending, oldestSeconds } = await readBacklog(database, held);
    metrics.pending.set(pending);
    metrics.oldest.set(oldestSeconds);
    // One relay is enough: whoever has the first shard.
    while (held.includes(0) && !signal.aborted) {
      const purged = await purgePublished(database, keepPublishedMs, PURGE_ROWS);
      metrics.purged.inc(purged);
      if (purged < PURGE_ROWS) break;
    }
    return 'idle';
  }

  const publishing = pollingLoop({
    name: 'outbox.relay',
    run: turn,
    idleMs: IDLE_MS,
    maxIdleMs: MOST_IDLE_MS,
    log,
  });
  const caring = pollingLoop({
    name: 'outbox.care',
    run: care,
    idleMs: options.careEveryMs ?? CARE_EVERY_MS,
    log,
  });

  return {
    name: 'outbox.relay',
    readiness: publishing.readiness,
    start: async () => {
      await publishing.start();
      await caring.start();
    },
    stop: async () => {
      await caring.stop();
      await publishing.stop();
      try {
        await keeper.release();
      } catch (error) {
        log.warn({ reason: reasonOf(error) }, 'outbox.leases-left-to-lapse');
      }
    },
  };
}

/** Batches by topic; messages keep their order. */
function byTopic(messages: readonly PendingMessage[]): Parameters<MessageProducer['send']>[0] {
  const topics = Map.groupBy(messages, ({ topic }) => topic);
  return [...topics].map(([topic, rows]) => ({
    topic,
    messages: rows.map(({ key, value, headers }) => ({
      key,
      value,
      ...(headers === null ? {} : { headers }),
    })),
  }));
}
