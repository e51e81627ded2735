import type { QueryResult, ResultSetHeader } from 'mysql2';
import { Batches, type Batching, type Plan, type RowsOf, type Statement } from './batches.js';
import { type Connection, Connections, rollBack, type SqlValue } from './connections.js';
import { type MysqlOptions, PING_TIMEOUT_MS } from './mysql-options.js';

export { DatabaseError, isDuplicateKey, isTransient } from './errors.js';
export { type MysqlOptions, mysqlOptions } from './mysql-options.js';
export type { Batching, Plan, Statement } from './batches.js';
export type { SqlValue } from './connections.js';

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

/** Most connections of one process for batches, beside the others. */
const BATCH_CONNECTIONS = 8;

export class MysqlDatabase implements Database, Batching {
  readonly #connections: Connections;
  readonly #batches: Batches;

  constructor(options: MysqlOptions) {
    this.#connections = new Connections(options, { most: options.poolSize ?? 8, several: false });
    this.#batches = new Batches(new Connections(options, { most: BATCH_CONNECTIONS, several: true }));
  }

  query<Row extends object = Record<string, unknown>>(
    sql: string,
    params: readonly SqlValue[] = [],
  ): Promise<Row[]> {
    return this.#connections.use((connection) => query<Row>(connection, sql, params));
  }

  execute(sql: string, params: readonly SqlValue[] = []): Promise<Executed> {
    return this.#connections.use((connection) => execute(connection, sql, params));
  }

  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.#connections.use(async (connection) => {
      await connection.run('START TRANSACTION');
      const tx = new MysqlTransaction(connection);
      let result: T;
      try {
        result = await work(tx);
      } catch (error) {
        tx.end();
        await rollBack(connection, error);
        throw error;
      }
      tx.end();
      await connection.run('COMMIT', [], { committing: true });
      return result;
    });
  }

  queryAll<Rows extends readonly object[]>(reads: readonly Statement[]): Promise<RowsOf<Rows>> {
    return this.#batches.queryAll<Rows>(reads);
  }

  batch<Rows extends readonly object[], T>(
    reads: readonly Statement[],
    plan: (rows: RowsOf<Rows>) => Plan<T>,
  ): Promise<T> {
    return this.#batches.batch<Rows, T>(reads, plan);
  }

  async ping(): Promise<void> {
    await this.#connections.use((connection) =>
      connection.run('SELECT 1', [], { timeoutMs: PING_TIMEOUT_MS }),
    );
  }

  async close(): Promise<void> {
    await Promise.all([this.#connections.close(), this.#batches.close()]);
  }
}

async function query<Row extends object>(
  connection: Connection,
  sql: string,
  params?: readonly SqlValue[],
): Promise<Row[]> {
  const answer: QueryResult = await connection.run(sql, params);
  // A statement without rows answers a header.
  return (Array.isArray(answer) ? answer : [answer]) as Row[];
}

async function execute(connection: Connection, sql: string, params?: readonly SqlValue[]): Promise<Executed> {
  const { affectedRows, insertId } = (await connection.run(sql, params)) as ResultSetHeader;
  return { affectedRows, insertId };
}

class MysqlTransaction implements Transaction {
  readonly inTransaction = true;
  #ended = false;

  constructor(private readonly connection: Connection) {}

  query<Row extends object>(sql: string, params?: readonly SqlValue[]): Promise<Row[]> {
    return this.#guarded(sql, () => query<Row>(this.connection, sql, params));
  }

  execute(sql: string, params?: readonly SqlValue[]): Promise<Executed> {
    return this.#guarded(sql, () => execute(this.connection, sql, params));
  }

  end(): void {
    this.#ended = true;
  }

  /** A statement that nobody waited for would otherwise run in whatever the connection does next. */
  async #guarded<T>(sql: string, run: () => Promise<T>): Promise<T> {
    if (this.#ended) throw new Error(`the transaction has ended, so it cannot run: ${sql}`);
    return run();
  }
}
