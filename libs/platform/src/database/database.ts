import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import {
  createPool,
  type Pool,
  type PoolConnection,
  type ResultSetHeader,
  type RowDataPacket,
} from 'mysql2/promise';
import { DatabaseError, toDatabaseError } from './errors.js';
import {
  CLOSE_TIMEOUT_MS,
  CONNECT_TIMEOUT_MS,
  type MysqlOptions,
  PING_TIMEOUT_MS,
  QUERY_TIMEOUT_MS,
  SET_SESSION,
} from './mysql-options.js';
import { within } from './within.js';

export { DatabaseError, isDuplicateKey, isTransient } from './errors.js';
export { type MysqlOptions, mysqlOptions } from './mysql-options.js';

/** A value for a placeholder. An array expands (`IN (?)`), an array of arrays makes rows (`VALUES ?`). */
export type SqlValue = string | number | bigint | boolean | Date | Buffer | null | readonly SqlValue[];

export interface Executed {
  /** Rows that an INSERT or DELETE changed, or that an UPDATE found, changed or not. */
  affectedRows: number;
  /** The first AUTO_INCREMENT id or LAST_INSERT_ID(expression) of the statement, else 0. */
  insertId: number;
}

/**
 * Something that runs statements. DATETIME becomes a Date (UTC), BIGINT a number when it is exact and else a text,
 * DECIMAL (and so SUM) a text, JSON a parsed value. Failures are DatabaseError.
 */
export interface Queryable {
  query<Row extends object = Record<string, unknown>>(
    sql: string,
    params?: readonly SqlValue[],
  ): Promise<Row[]>;
  execute(sql: string, params?: readonly SqlValue[]): Promise<Executed>;
}

/** Statements that take effect together; unusable once its work has returned. */
export interface Transaction extends Queryable {
  readonly inTransaction: true;
}

export interface Database extends Queryable {
  /**
   * Runs `work` in one READ COMMITTED transaction: committed when it returns, rolled back when it throws. Nothing is
   * retried. Rejects with `facts.outcomeUnknown` when the connection broke during COMMIT.
   */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** Rejects with the reason when MySQL does not answer. */
  ping(): Promise<void>;
  /** Lets statements that are under way end, for two seconds at most, and disconnects. */
  close(): Promise<void>;
}

export class MysqlDatabase implements Database {
  readonly #pool: Pool;
  readonly #queryTimeoutMs: number;
  /** Connections whose session is set up. */
  readonly #open = new Set<CoreConnection>();
  #closing: Promise<void> | undefined;

  constructor(options: MysqlOptions) {
    this.#queryTimeoutMs = options.queryTimeoutMs ?? QUERY_TIMEOUT_MS;
    this.#pool = createPool({
      host: options.host,
      port: options.port,
      user: options.user,
      password: options.password,
      database: options.database,
      connectionLimit: options.poolSize ?? 8,
      connectTimeout: CONNECT_TIMEOUT_MS,
      enableKeepAlive: true,
      charset: 'utf8mb4',
      timezone: 'Z',
      supportBigNumbers: true,
      // Plain objects as values would be written as assignments, a known way to inject.
      stringifyObjects: true,
    });
  }

  query<Row extends object = Record<string, unknown>>(
    sql: string,
    params: readonly SqlValue[] = [],
  ): Promise<Row[]> {
    return this.#withConnection((connection) => this.#query<Row>(connection, sql, params));
  }

  execute(sql: string, params: readonly SqlValue[] = []): Promise<Executed> {
    return this.#withConnection((connection) => this.#execute(connection, sql, params));
  }

  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.#withConnection(async (connection) => {
      await this.#execute(connection, 'START TRANSACTION');
      const tx = new MysqlTransaction(
        (sql, params) => this.#query(connection, sql, params),
        (sql, params) => this.#execute(connection, sql, params),
      );
      let result: T;
      try {
        result = await work(tx);
      } catch (error) {
        await this.#rollBack(connection, tx, error);
        throw error;
      }
      tx.end();
      await this.#execute(connection, 'COMMIT');
      return result;
    });
  }

  async ping(): Promise<void> {
    await this.#withConnection((connection) => this.#query(connection, 'SELECT 1', [], PING_TIMEOUT_MS));
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    // The driver waits for each connection's last answer, which a stopped engine never gives; and it reports those
    // that are closed already, which is what is wanted.
    const ended = this.#pool.end().catch(() => undefined);
    await Promise.race([ended, delay(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
    for (const connection of this.#open) disconnect(connection);
    this.#open.clear();
  }

  /** The failure that caused the roll-back is what the caller hears; a connection that cannot roll back is dropped. */
  async #rollBack(connection: PoolConnection, tx: MysqlTransaction, cause: unknown): Promise<void> {
    tx.end();
    if (isConnectionLost(cause)) return;
    try {
      await this.#execute(connection, 'ROLLBACK');
    } catch {
      this.#drop(connection);
    }
  }

  /** Takes a connection out of the pool for good. */
  #drop(connection: PoolConnection): void {
    this.#open.delete(connection.connection);
    connection.destroy();
    disconnect(connection.connection);
  }

  async #withConnection<T>(use: (connection: PoolConnection) => Promise<T>): Promise<T> {
    const connection = await this.#acquire();
    try {
      return await use(connection);
    } catch (error) {
      // The next statement would wait behind the one that was not answered, perhaps for ever.
      if (isConnectionLost(error)) this.#drop(connection);
      throw error;
    } finally {
      connection.release();
    }
  }

  async #acquire(): Promise<PoolConnection> {
    if (this.#closing !== undefined) {
      const facts = { transient: false, connectionLost: false };
      throw new DatabaseError('POOL_CLOSED: the database was closed', 'POOL_CLOSED', facts);
    }
    const pending = this.#pool.getConnection();
    let connection: PoolConnection;
    try {
      connection = await within(pending, this.#queryTimeoutMs, () => {
        // It is still coming: give it back when it does. Its failure was reported already.
        pending.then(
          (late) => late.release(),
          () => undefined,
        );
        return timedOut('POOL_ACQUIRE_TIMEOUT', 'no free connection', this.#queryTimeoutMs);
      });
    } catch (error) {
      throw toDatabaseError(error);
    }
    await this.#configure(connection);
    return connection;
  }

  /** Sets the session variables on a connection's first use. */
  async #configure(connection: PoolConnection): Promise<void> {
    const core = connection.connection;
    if (this.#open.has(core)) return;
    // Also keeps a late error of a dead connection from being an uncaught one: the pool stops listening after the first.
    for (const event of ['end', 'error']) core.on(event, () => this.#open.delete(core));
    try {
      await this.#execute(connection, SET_SESSION);
      this.#open.add(core);
    } catch (error) {
      this.#drop(connection);
      throw error;
    }
  }

  async #query<Row extends object>(
    connection: PoolConnection,
    sql: string,
    values: readonly SqlValue[] = [],
    timeoutMs = this.#queryTimeoutMs,
  ): Promise<Row[]> {
    try {
      const answer = connection.query<RowDataPacket[]>(sql, [...values]);
      const [rows] = await within(answer, timeoutMs, () => noAnswer(timeoutMs));
      return rows as Row[];
    } catch (error) {
      throw toDatabaseError(error, { statement: sql });
    }
  }

  async #execute(
    connection: PoolConnection,
    sql: string,
    values: readonly SqlValue[] = [],
  ): Promise<Executed> {
    try {
      const answer = connection.query<ResultSetHeader>(sql, [...values]);
      const [result] = await within(answer, this.#queryTimeoutMs, () => noAnswer(this.#queryTimeoutMs));
      return { affectedRows: result.affectedRows, insertId: result.insertId };
    } catch (error) {
      throw toDatabaseError(error, { statement: sql, committing: sql === 'COMMIT' });
    }
  }
}

/** The driver has such a bound of its own, but its timer keeps a process alive after the connection is gone. */
function noAnswer(ms: number): Error {
  return timedOut('PROTOCOL_SEQUENCE_TIMEOUT', 'no answer', ms);
}

function timedOut(code: string, what: string, ms: number): Error {
  return Object.assign(new Error(`${what} within ${ms} ms`), { code });
}

type CoreConnection = PoolConnection['connection'];

/**
 * Closes the socket itself: the driver only ends its own half, and a stopped engine never ends the other. With an
 * error, so that the driver tells whoever still waits for an answer.
 */
function disconnect(connection: CoreConnection & { stream?: Socket }): void {
  const reason = Object.assign(new Error('the connection was given up'), {
    code: 'PROTOCOL_CONNECTION_LOST',
  });
  connection.stream?.destroy(reason);
}

class MysqlTransaction implements Transaction {
  readonly inTransaction = true;
  #ended = false;

  constructor(
    private readonly runQuery: (sql: string, params?: readonly SqlValue[]) => Promise<object[]>,
    private readonly runExecute: (sql: string, params?: readonly SqlValue[]) => Promise<Executed>,
  ) {}

  async query<Row extends object>(sql: string, params?: readonly SqlValue[]): Promise<Row[]> {
    this.#assertOpen(sql);
    return (await this.runQuery(sql, params)) as Row[];
  }

  async execute(sql: string, params?: readonly SqlValue[]): Promise<Executed> {
    this.#assertOpen(sql);
    return this.runExecute(sql, params);
  }

  end(): void {
    this.#ended = true;
  }

  /** A statement that nobody waited for would otherwise run in whatever the connection does next. */
  #assertOpen(sql: string): void {
    if (this.#ended) throw new Error(`the transaction has ended, so it cannot run: ${sql}`);
  }
}

function isConnectionLost(error: unknown): boolean {
  return error instanceof DatabaseError && error.facts.connectionLost;
}
