import { type Queryable, type SqlValue, type Transaction, isDuplicateKey } from '../database/database.js';

/** Translates between events and stored bytes; `fingerprint` names the schema that wrote them (8 bytes). */
export interface EventCodec<E> {
  encode(event: E): { type: string; fingerprint: Buffer; payload: Buffer };
  decode(type: string, fingerprint: Buffer, payload: Buffer): E;
}

/** Facts about an event that are not part of it: who asked, from where, in which request. No secrets. */
export type EventMeta = Readonly<Record<string, string | number | boolean | null>>;

export interface NewEvent<E> {
  /** A UUID or another unique text of at most 36 ASCII characters. */
  readonly eventId: string;
  readonly event: E;
  /** When it happened, milliseconds precise. */
  readonly occurredAt: Date;
  readonly meta: EventMeta;
}

export interface Recorded<E> extends NewEvent<E> {
  readonly streamId: string;
  /** 1 for the first event of the stream, then without gaps. */
  readonly version: number;
}

/** Somebody else has appended to the stream since it was read. Load, decide and append again. */
export class VersionConflict extends Error {
  override readonly name = 'VersionConflict';

  constructor(
    readonly streamId: string,
    readonly expectedVersion: number,
  ) {
    super(`stream ${streamId} is not at version ${expectedVersion} any more`);
  }
}

/** An event of this id is recorded already: the same fact was told twice. */
export class DuplicateEvent extends Error {
  override readonly name = 'DuplicateEvent';

  constructor(readonly streamId: string) {
    super(`an event to append to stream ${streamId} has an id that is recorded already`);
  }
}

interface EventRow {
  event_id: string;
  version: number;
  type: string;
  fingerprint: Buffer;
  payload: Buffer;
  meta: EventMeta;
  occurred_at: Date;
}

/** Streams of events in MySQL. A stream is at most a few hundred events; it is always read whole. */
export class EventStore<E> {
  constructor(private readonly codec: EventCodec<E>) {}

  /** Every event of the stream in order; version 0 when there is none. */
  async load(q: Queryable, streamId: string): Promise<{ version: number; events: Recorded<E>[] }> {
    const rows = await q.query<EventRow>(
      `SELECT event_id, version, type, fingerprint, payload, meta, occurred_at
       FROM events WHERE stream_id = ? ORDER BY version`,
      [streamId],
    );
    const events = rows.map((row) => ({
      streamId,
      version: row.version,
      eventId: row.event_id,
      event: this.codec.decode(row.type, row.fingerprint, row.payload),
      occurredAt: row.occurred_at,
      meta: row.meta,
    }));
    return { version: events.at(-1)?.version ?? 0, events };
  }

  /**
   * Appends events after `expectedVersion`, all or none. A concurrent append to the stream makes this one wait until
   * that has committed, and then fail.
   * @throws VersionConflict when the stream is at another version, DuplicateEvent when an event id is recorded already.
   */
  async append(
    tx: Transaction,
    streamId: string,
    expectedVersion: number,
    events: readonly NewEvent<E>[],
  ): Promise<void> {
    if (events.length === 0) return;
    const rows = events.map(({ eventId, event, occurredAt, meta }, index): SqlValue[] => {
      const { type, fingerprint, payload } = this.codec.encode(event);
      const version = expectedVersion + 1 + index;
      return [eventId, streamId, version, type, fingerprint, payload, JSON.stringify(meta), occurredAt];
    });
    // The unique key stops two appends at one version; the condition stops one that would leave a gap.
    const selects = rows.map(() => 'SELECT ?, ?, ?, ?, ?, ?, ?, ?').join(' UNION ALL ');
    const sql = `INSERT INTO events (event_id, stream_id, version, type, fingerprint, payload, meta, occurred_at)
      SELECT * FROM (${selects}) AS appended
      WHERE (SELECT COALESCE(MAX(version), 0) FROM events AS present WHERE present.stream_id = ?) = ?`;
    try {
      const { affectedRows } = await tx.execute(sql, [...rows.flat(), streamId, expectedVersion]);
      if (affectedRows === rows.length) return;
    } catch (error) {
      if (isDuplicateKey(error, 'uk_event_id')) throw new DuplicateEvent(streamId);
      if (!isDuplicateKey(error, 'uk_stream_version')) throw error;
    }
    throw new VersionConflict(streamId, expectedVersion);
  }
}
