import {
  createPool,
  type Pool,
  type PoolConnection,
  type ResultSetHeader,
  type RowDataPacket,
} from 'mysql2/promise';
import { DatabaseError, toDatabaseError } from './errors.js';

export { DatabaseError, isDuplicateKey, isTransient } from './errors.js';

/** A value for a placeholder. An array expands (`IN (?)`), an array of arrays makes rows (`VALUES ?`). */
export type SqlValue = string | number | bigint | boolean | Date | Buffer | null | readonly SqlValue[];

export interface Executed {
  /** Rows that the statement changed. */
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
  /** Waits for nothing: ends the connections. */
  close(): Promise<void>;
}

export interface MysqlOptions {
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
  /** The most connections; 8 unless told. */
  poolSize?: number;
  /** Bound of one statement; 10 000 ms unless told. A stopped engine shows itself by this. */
  queryTimeoutMs?: number;
}

/** The names under which apps configure MySQL (see `mysqlSettings`), as options. */
export function mysqlOptions(config: {
  mysqlHost: string;
  mysqlPort: number;
  mysqlUser: string;
  mysqlPassword: string;
  mysqlDatabase: string;
  mysqlPool: number;
}): MysqlOptions {
  return {
    host: config.mysqlHost,
    port: config.mysqlPort,
    user: config.mysqlUser,
    password: config.mysqlPassword,
    database: config.mysqlDatabase,
    poolSize: config.mysqlPool,
  };
}

/*
 * Bounds, each inside the next: a row lock (5 s) gives up before its statement (10 s) does, so that waiting for a lock
 * is reported as such and not as a broken connection. Connecting takes 3 s at most. Doubling the statement bound
 * doubles the time for which a frozen engine holds every request that was under way.
 */
const CONNECT_TIMEOUT_MS = 3_000;
const LOCK_WAIT_TIMEOUT_S = 5;
const QUERY_TIMEOUT_MS = 10_000;
const PING_TIMEOUT_MS = 2_000;

/** What every session relies on, whatever the server's defaults are. */
const SESSION = [
  "transaction_isolation = 'READ-COMMITTED'",
  "time_zone = '+00:00'",
  "sql_mode = 'STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,ONLY_FULL_GROUP_BY'",
  `innodb_lock_wait_timeout = ${LOCK_WAIT_TIMEOUT_S}`,
].join(', ');

export class MysqlDatabase implements Database {
  readonly #pool: Pool;
  readonly #queryTimeoutMs: number;
  readonly #configured = new WeakSet<object>();

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

  query<Row extends object>(sql: string, params: readonly SqlValue[] = []): Promise<Row[]> {
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

  async close(): Promise<void> {
    await this.#pool.end();
  }

  /** The failure that caused the roll-back is what the caller hears; a connection that cannot roll back is dropped. */
  async #rollBack(connection: PoolConnection, tx: MysqlTransaction, cause: unknown): Promise<void> {
    tx.end();
    if (isConnectionLost(cause)) return;
    try {
      await this.#execute(connection, 'ROLLBACK');
    } catch {
      connection.destroy();
    }
  }

  async #withConnection<T>(use: (connection: PoolConnection) => Promise<T>): Promise<T> {
    const connection = await this.#acquire();
    try {
      return await use(connection);
    } catch (error) {
      // After a time-out or a broken conversation the next answer on the wire may belong to the last question.
      if (isConnectionLost(error)) connection.destroy();
      throw error;
    } finally {
      connection.release();
    }
  }

  async #acquire(): Promise<PoolConnection> {
    const pending = this.#pool.getConnection();
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<'timeout'>((resolve) => {
      timer = setTimeout(resolve, this.#queryTimeoutMs, 'timeout');
    });
    let connection: PoolConnection;
    try {
      const first = await Promise.race([pending, timeout]);
      if (first === 'timeout') {
        // It is still coming: give it back when it does; its failure was reported by nobody and matters to nobody.
        pending.then(
          (late) => late.release(),
          () => undefined,
        );
        const message = `POOL_ACQUIRE_TIMEOUT: no free connection within ${this.#queryTimeoutMs} ms`;
        throw new DatabaseError(message, 'POOL_ACQUIRE_TIMEOUT', { transient: true, connectionLost: false });
      }
      connection = first;
    } catch (error) {
      throw toDatabaseError(error);
    } finally {
      clearTimeout(timer);
    }
    await this.#configure(connection);
    return connection;
  }

  /** Sets the session variables on a connection's first use. */
  async #configure(connection: PoolConnection): Promise<void> {
    if (this.#configured.has(connection.connection)) return;
    try {
      await this.#execute(connection, `SET SESSION ${SESSION}`);
      this.#configured.add(connection.connection);
    } catch (error) {
      connection.destroy();
      throw error;
    }
  }

  async #query<Row extends object>(
    connection: PoolConnection,
    sql: string,
    values: readonly SqlValue[] = [],
    timeout = this.#queryTimeoutMs,
  ): Promise<Row[]> {
    try {
      const [rows] = await connection.query<RowDataPacket[]>({ sql, values: [...values], timeout });
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
      const [result] = await connection.query<ResultSetHeader>({
        sql,
        values: [...values],
        timeout: this.#queryTimeoutMs,
      });
      return { affectedRows: result.affectedRows, insertId: result.insertId };
    } catch (error) {
      throw toDatabaseError(error, { statement: sql, committing: sql === 'COMMIT' });
    }
  }
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
