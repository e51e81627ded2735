import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { createPool, format, type Pool, type PoolConnection, type QueryResult } from 'mysql2';
import { DatabaseError, toDatabaseError } from './errors.js';
import {
  CLOSE_TIMEOUT_MS,
  CONNECT_TIMEOUT_MS,
  type MysqlOptions,
  QUERY_TIMEOUT_MS,
  SET_SESSION,
} from './mysql-options.js';

/** A value for a placeholder. An array expands (`IN (?)`), an array of arrays makes rows (`VALUES ?`). */
export type SqlValue = string | number | bigint | boolean | Date | Buffer | null | readonly SqlValue[];

/**
 * Connections whose sessions are set up, with a bound on every wait. The driver's callbacks are used, not its promises: those
 * make an Error, stack and all, for each statement before anything went wrong.
 */
export class Connections {
  readonly #pool: Pool;
  readonly #queryTimeoutMs: number;
  /** Those whose session is set up. */
  readonly #open = new Set<PoolConnection>();
  #closing: Promise<void> | undefined;

  /** @param how `several`: one text may hold several statements. */
  constructor(options: MysqlOptions, how: { readonly most: number; readonly several: boolean }) {
    this.#queryTimeoutMs = options.queryTimeoutMs ?? QUERY_TIMEOUT_MS;
    this.#pool = createPool({
      host: options.host,
      port: options.port,
      user: options.user,
      password: options.password,
      database: options.database,
      connectionLimit: how.most,
      multipleStatements: how.several,
      connectTimeout: CONNECT_TIMEOUT_MS,
      enableKeepAlive: true,
      charset: 'utf8mb4',
      timezone: 'Z',
      supportBigNumbers: true,
      // A text without values stays as it is; the driver would look through all of it for placeholders. Plain objects
      // as values would be written as assignments, a known way to inject: they are made text.
      queryFormat: (sql, values) => (values.length === 0 ? sql : format(sql, values, true, 'Z')),
    });
  }

  /** Lends a connection for the time of `work`. One that broke, or did not answer, is not lent again. */
  async use<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const raw = await this.#acquire();
    const connection = new Connection(raw, this.#queryTimeoutMs);
    try {
      if (!this.#open.has(raw)) await this.#configure(raw, connection);
      return await work(connection);
    } catch (error) {
      // The next statement would wait behind the one that was not answered, perhaps for ever.
      if (isConnectionLost(error)) connection.spoil();
      throw error;
    } finally {
      if (connection.isSpoilt) this.#drop(raw);
      raw.release();
    }
  }

  /** Lets statements that are under way end, for two seconds at most, and disconnects. */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    // The driver waits for each connection's last answer, which a stopped engine never gives; and it reports those
    // that are closed already, which is what is wanted.
    const ended = new Promise<void>((resolve) => {
      this.#pool.end(() => resolve());
    });
    await Promise.race([ended, delay(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
    for (const connection of this.#open) disconnect(connection);
    this.#open.clear();
  }

  /** Takes a connection out of the pool for good. */
  #drop(connection: PoolConnection): void {
    this.#open.delete(connection);
    connection.destroy();
    disconnect(connection);
  }

  #acquire(): Promise<PoolConnection> {
    if (this.#closing !== undefined) {
      const facts = { transient: false, connectionLost: false };
      return Promise.reject(new DatabaseError('POOL_CLOSED: the database was closed', 'POOL_CLOSED', facts));
    }
    return new Promise((resolve, reject) => {
      let late = false;
      const timer = setTimeout(() => {
        late = true;
        reject(toDatabaseError(timedOut('POOL_ACQUIRE_TIMEOUT', 'no free connection', this.#queryTimeoutMs)));
      }, this.#queryTimeoutMs);
      this.#pool.getConnection((error, connection) => {
        clearTimeout(timer);
        if (error !== null) reject(toDatabaseError(error));
        // It comes too late: given back. A failure that comes too late was reported already.
        else if (late) connection.release();
        else resolve(connection);
      });
    });
  }

  /** Sets the session variables on a connection's first use. */
  async #configure(raw: PoolConnection, connection: Connection): Promise<void> {
    // Also keeps a late error of a dead connection from being an uncaught one: the pool stops listening after the first.
    for (const event of ['end', 'error']) raw.on(event, () => this.#open.delete(raw));
    try {
      await connection.run(SET_SESSION);
      this.#open.add(raw);
    } catch (error) {
      connection.spoil();
      throw error;
    }
  }
}

/** A lent connection. */
export class Connection {
  #isSpoilt = false;

  constructor(
    private readonly raw: PoolConnection,
    private readonly queryTimeoutMs: number,
  ) {}

  get isSpoilt(): boolean {
    return this.#isSpoilt;
  }

  /** Its state is not known any more: it will not be lent again. */
  spoil(): void {
    this.#isSpoilt = true;
  }

  /** A statement with its values in it, escaped by the driver. */
  format(sql: string, values: readonly SqlValue[]): string {
    return this.raw.format(sql, [...values]);
  }

  /**
   * The driver's answer to a text.
   *
   * @param context what an error says of it; the text itself may hold secrets.
   * @throws DatabaseError
   */
  run(
    sql: string,
    values: readonly SqlValue[] = [],
    context: { readonly statement?: string; readonly committing?: boolean; readonly timeoutMs?: number } = {},
  ): Promise<QueryResult> {
    const { statement = sql, committing = false, timeoutMs = this.queryTimeoutMs } = context;
    return new Promise((resolve, reject) => {
      const fail = (error: unknown) => reject(toDatabaseError(error, { statement, committing }));
      // The driver has such a bound of its own, but its timer keeps a process alive after the connection is gone.
      const timer = setTimeout(
        () => fail(timedOut('PROTOCOL_SEQUENCE_TIMEOUT', 'no answer', timeoutMs)),
        timeoutMs,
      );
      try {
        this.raw.query<QueryResult>(sql, [...values], (error, result) => {
          clearTimeout(timer);
          if (error === null) resolve(result);
          else fail(error);
        });
      } catch (error) {
        clearTimeout(timer);
        fail(error);
      }
    });
  }
}

/** Undoes what the transaction of a connection did. What caused it is what the caller hears, not a failure of this. */
export async function rollBack(connection: Connection, cause: unknown): Promise<void> {
  if (isConnectionLost(cause)) return;
  try {
    await connection.run('ROLLBACK');
  } catch {
    connection.spoil();
  }
}

function timedOut(code: string, what: string, ms: number): Error {
  return Object.assign(new Error(`${what} within ${ms} ms`), { code });
}

/**
 * Closes the socket itself: the driver only ends its own half, and a stopped engine never ends the other. With an
 * error, so that the driver tells whoever still waits for an answer.
 */
function disconnect(connection: PoolConnection & { stream?: Socket }): void {
  const reason = Object.assign(new Error('the connection was given up'), {
    code: 'PROTOCOL_CONNECTION_LOST',
  });
  connection.stream?.destroy(reason);
}

function isConnectionLost(error: unknown): boolean {
  return error instanceof DatabaseError && error.facts.connectionLost;
}
