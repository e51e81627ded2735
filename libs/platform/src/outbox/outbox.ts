import { crc32 } from 'node:zlib';
import type { SqlValue, Statement, Transaction } from '../database/database.js';

/** Into how many parts the outbox is divided among relays. A change must wait until the outbox is empty. */
export const OUTBOX_SHARDS = 16;

/**
 * The greatest value, in bytes. Brokers take record batches of 1 MiB by default; a message that no broker takes would
 * hold back everything behind it, so it is refused while its writer can still be told.
 */
export const MOST_VALUE_BYTES = 900_000;

/** A message that leaves with the transaction that caused it. */
export interface OutboxMessage {
  topic: string;
  /** Messages of one key are published in the order in which they were enqueued. At most 128 bytes. */
  key: string;
  /** The bytes that are published. */
  value: Buffer;
  headers?: Readonly<Record<string, string>>;
}

/** Rows per INSERT: bounds the statement well under max_allowed_packet. */
const ROWS_PER_STATEMENT = 500;
const BYTES_PER_STATEMENT = 4_000_000;

/**
 * Puts messages into the outbox, to be published after the transaction has committed. For one aggregate call it after
 * the append of its events: the second append of a stream waits for the first to commit, and so do its messages.
 * @throws RangeError when a key or a value is too long.
 */
export async function enqueue(tx: Transaction, messages: readonly OutboxMessage[]): Promise<void> {
  for (const { sql, params } of outboxInserts(messages)) await tx.execute(sql, params);
}

/**
 * The same as statements, for a transaction whose statements travel together.
 * @throws RangeError as `enqueue` does, while iterating.
 */
export function* outboxInserts(messages: Iterable<OutboxMessage>): Generator<Statement> {
  let rows: SqlValue[][] = [];
  let bytes = 0;
  for (const message of messages) {
    const row = toRow(message);
    if (
      rows.length > 0 &&
      (rows.length === ROWS_PER_STATEMENT || bytes + message.value.length > BYTES_PER_STATEMENT)
    ) {
      yield insert(rows);
      rows = [];
      bytes = 0;
    }
    rows.push(row);
    bytes += message.value.length;
  }
  if (rows.length > 0) yield insert(rows);
}

/** The shard of a key; all messages of a key are in one. */
export function shardOf(key: string | Buffer): number {
  return crc32(key) % OUTBOX_SHARDS;
}

function toRow({ topic, key, value, headers }: OutboxMessage): SqlValue[] {
  const keyBytes = Buffer.from(key, 'utf8');
  if (keyBytes.length === 0 || keyBytes.length > 128) {
    throw new RangeError(
      `a message key must have 1 to 128 bytes, this one for ${topic} has ${keyBytes.length}`,
    );
  }
  if (value.length > MOST_VALUE_BYTES) {
    throw new RangeError(
      `a message may have ${MOST_VALUE_BYTES} bytes, this one for ${topic} has ${value.length}`,
    );
  }
  return [shardOf(keyBytes), topic, keyBytes, headers === undefined ? null : JSON.stringify(headers), value];
}

function insert(rows: SqlValue[][]): Statement {
  return { sql: 'INSERT INTO outbox (shard, topic, message_key, headers, value) VALUES ?', params: [rows] };
}
