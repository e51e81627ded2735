import type { QueryResult } from 'mysql2';
import { type Connection, type Connections, rollBack, type SqlValue } from './connections.js';

/** A round trip takes no further statement from this size on. UTF-8 makes three bytes of a character at most. */
const MOST_CHARACTERS = 8_000_000;

/** A single statement: its text holds no `;`. */
export interface Statement {
  readonly sql: string;
  readonly params?: readonly SqlValue[];
}

/** What a transaction writes, and what it comes to once that is committed. */
export interface Plan<T> {
  readonly writes: Iterable<Statement>;
  readonly result: T;
}

/** The rows of each read, by the types of their rows. */
export type RowsOf<Rows extends readonly object[]> = { readonly [K in keyof Rows]: Rows[K][] };

/** Statements that travel together, for work whose cost is its round trips. */
export interface Batching {
  /**
   * The rows of several reads, in one round trip and on a connection of their own kind.
   *
   * @param reads at least one; each a single statement.
   */
  queryAll<Rows extends readonly object[]>(reads: readonly Statement[]): Promise<RowsOf<Rows>>;
  /**
   * One READ COMMITTED transaction in as few round trips as its size allows: its reads (which may lock rows), then the writes
   * that `plan` makes of their rows, with the COMMIT; in a single one when there are no reads. Writes that are many
   * megabytes are sent in parts, so `writes` may make them as it goes. Rolled back when anything throws; rejects with
   * `facts.outcomeUnknown` when the connection broke while a COMMIT was under way.
   */
  batch<Rows extends readonly object[], T>(
    reads: readonly Statement[],
    plan: (rows: RowsOf<Rows>) => Plan<T>,
  ): Promise<T>;
}

/**
 * Statements that travel together. The only place whose connections take several statements in one text: what makes that
 * text is here, from statements without `;` and values that the driver escapes.
 */
export class Batches implements Batching {
  constructor(private readonly connections: Connections) {}

  queryAll<Rows extends readonly object[]>(reads: readonly Statement[]): Promise<RowsOf<Rows>> {
    return this.connections.use(async (connection) => {
      const trip = new Trip(connection);
      for (const read of reads) trip.add(read);
      return rowsOf<Rows>(await trip.send());
    });
  }

  batch<Rows extends readonly object[], T>(
    reads: readonly Statement[],
    plan: (rows: RowsOf<Rows>) => Plan<T>,
  ): Promise<T> {
    return this.connections.use(async (connection) => {
      try {
        let trip = new Trip(connection);
        trip.add({ sql: 'START TRANSACTION' });
        let rows: readonly QueryResult[] = [];
        if (reads.length > 0) {
          for (const read of reads) trip.add(read);
          [, ...rows] = await trip.send();
          trip = new Trip(connection);
        }
        const { writes, result } = plan(rowsOf<Rows>(rows));
        for (const write of writes) {
          if (trip.isFull) {
            await trip.send();
            trip = new Trip(connection);
          }
          trip.add(write);
        }
        trip.add({ sql: 'COMMIT' });
        await trip.send({ committing: true });
        return result;
      } catch (error) {
        await rollBack(connection, error);
        throw error;
      }
    });
  }

  close(): Promise<void> {
    return this.connections.close();
  }
}

/** One text on its way to MySQL. */
class Trip {
  readonly #texts: string[] = [];
  readonly #statements: string[] = [];
  #characters = 0;

  constructor(private readonly connection: Connection) {}

  get isFull(): boolean {
    return this.#characters >= MOST_CHARACTERS;
  }

  add({ sql, params = [] }: Statement): void {
    // It would be two statements, of which the second was never looked at.
    if (sql.includes(';')) throw new Error(`a statement of a batch holds a semicolon: ${sql}`);
    const text = this.connection.format(sql, params);
    this.#texts.push(text);
    this.#statements.push(sql);
    this.#characters += text.length;
  }

  /** The answer to each statement. */
  async send({ committing = false } = {}): Promise<readonly QueryResult[]> {
    const statement = this.#statements.join('; ');
    const answer = await this.connection.run(this.#texts.join(';\n'), [], { statement, committing });
    // The driver lists the answers only when there are several.
    return this.#texts.length === 1 ? [answer] : (answer as readonly QueryResult[]);
  }
}

function rowsOf<Rows extends readonly object[]>(answers: readonly QueryResult[]): RowsOf<Rows> {
  return answers as unknown as RowsOf<Rows>;
}
