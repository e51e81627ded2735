import { randomBytes } from 'node:crypto';
import { MysqlDatabase, type MysqlOptions } from '../database/database.js';
import type { Migration } from '../schema/plumbing.js';

export interface TestDatabase {
  database: MysqlDatabase;
  name: string;
  /** How to open more connections to it. */
  options: MysqlOptions;
  /** Ends the connections and deletes the database. */
  drop(): Promise<void>;
}

/** Where the tests' MySQL is, from EG_TEST_MYSQL: JSON {host, port, user, password}. */
export function testMysqlServer(env: NodeJS.ProcessEnv = process.env): Omit<MysqlOptions, 'database'> {
  const text = env['EG_TEST_MYSQL'];
  if (text === undefined || text === '') {
    throw new Error('EG_TEST_MYSQL is not set: integration tests need MySQL, run them through `npm test`');
  }
  const { host, port, user, password } = JSON.parse(text) as MysqlOptions;
  return { host, port, user, password };
}

/** Creates a database of its own for a suite (`eg_t_<random>`) and applies the migrations in order. */
export async function createTestDatabase(
  migrations: readonly Migration[],
  overrides: Partial<Pick<MysqlOptions, 'poolSize' | 'queryTimeoutMs'>> = {},
): Promise<TestDatabase> {
  const server = testMysqlServer();
  const name = `eg_t_${randomBytes(6).toString('hex')}`;
  await onServer(server, `CREATE DATABASE ${name} CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci`);
  const options: MysqlOptions = { ...server, ...overrides, database: name };
  const database = new MysqlDatabase(options);
  const drop = async (): Promise<void> => {
    await database.close();
    await onServer(server, `DROP DATABASE IF EXISTS ${name}`);
  };
  try {
    for (const migration of [...migrations].sort((a, b) => a.timestamp - b.timestamp)) {
      for (const statement of migration.up) await database.execute(statement);
    }
  } catch (error) {
    await drop();
    throw error;
  }
  return { database, name, options, drop };
}

/** Runs one statement without a database being chosen. */
async function onServer(server: Omit<MysqlOptions, 'database'>, statement: string): Promise<void> {
  const connection = new MysqlDatabase({ ...server, database: '', poolSize: 1 });
  try {
    await connection.execute(statement);
  } finally {
    await connection.close();
  }
}
