import { DataSource, type Logger as TypeOrmLogger, type MigrationInterface, type QueryRunner } from 'typeorm';
import type { Migration } from '#platform/schema/plumbing';

export interface MysqlServer {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** A statement of a migration was refused. Repeating it cannot help: what came before it in the migration is done. */
export class MigrationFailed extends Error {
  override readonly name = 'MigrationFailed';
}

/** Held while tables change, per database: the second of two preparers waits for the first. */
const LOCK_WAIT_S = 60;
const CONNECT_TIMEOUT_MS = 3_000;
const DATABASE_NAME = /^[A-Za-z0-9_$-]{1,64}$/;

/**
 * Creates the database when it is missing and applies the migrations that it has not seen, in order of their timestamps,
 * through TypeORM's runner (table `migrations`). Safe to run at any time and by several processes at once.
 * MySQL commits each DDL statement by itself: a migration that fails half-way is not recorded and says which statement
 * failed; it needs a person, because repeating it would fail at what is there already.
 * @returns names of the migrations that were applied now
 */
export async function migrate(server: MysqlServer, migrations: readonly Migration[]): Promise<string[]> {
  await createDatabase(server);
  const source = await dataSource(server, server.database, migrations).initialize();
  try {
    return await underLock(source, `eg.migrate.${server.database}`.slice(0, 64), async () => {
      // Each migration's DDL commits itself; a transaction around it would only look like one.
      const applied = await source.runMigrations({ transaction: 'none' });
      return applied.map(({ name }) => name);
    });
  } finally {
    await source.destroy();
  }
}

async function createDatabase(server: MysqlServer): Promise<void> {
  if (!DATABASE_NAME.test(server.database)) throw new Error(`${server.database} is no name for a database`);
  const source = await dataSource(server, undefined, []).initialize();
  try {
    await source.query(
      `CREATE DATABASE IF NOT EXISTS \`${server.database}\` CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci`,
    );
  } finally {
    await source.destroy();
  }
}

function dataSource(
  server: MysqlServer,
  database: string | undefined,
  migrations: readonly Migration[],
): DataSource {
  return new DataSource({
    type: 'mysql',
    host: server.host,
    port: server.port,
    username: server.user,
    password: server.password,
    ...(database === undefined ? {} : { database }),
    connectTimeout: CONNECT_TIMEOUT_MS,
    timezone: 'Z',
    logging: false,
    logger: SILENT,
    migrations: inOrder(migrations).map(asTypeOrmMigration),
  });
}

/** TypeORM writes failed migrations to the console whatever `logging` says; they are thrown, and logged once, in our form. */
const SILENT: TypeOrmLogger = {
  logQuery() {},
  logQueryError() {},
  logQuerySlow() {},
  logSchemaBuild() {},
  logMigration() {},
  log() {},
};

function inOrder(migrations: readonly Migration[]): Migration[] {
  const sorted = [...migrations].sort((a, b) => a.timestamp - b.timestamp);
  sorted.forEach((migration, at) => {
    const before = sorted[at - 1];
    if (before?.timestamp === migration.timestamp) {
      throw new Error(
        `migrations ${before.name} and ${migration.name} have one timestamp: their order is open`,
      );
    }
  });
  return sorted;
}

/** TypeORM orders and records migrations by the name of their class, which has to end in 13 digits. */
function asTypeOrmMigration({ name, timestamp, up }: Migration): new () => MigrationInterface {
  const recordedName = `${name}${timestamp}`;
  return class implements MigrationInterface {
    readonly name = recordedName;

    async up(runner: QueryRunner): Promise<void> {
      for (const [at, statement] of up.entries()) {
        try {
          await runner.query(statement);
        } catch (error) {
          throw new MigrationFailed(`migration ${recordedName}: statement ${at + 1} of ${up.length} failed`, {
            cause: error,
          });
        }
      }
    }

    async down(): Promise<void> {
      throw new Error('migrations go forward only: restore a backup, or add a migration');
    }
  };
}

/** GET_LOCK belongs to a connection; it is kept busy with nothing else until the work is done. */
async function underLock<T>(source: DataSource, name: string, work: () => Promise<T>): Promise<T> {
  const holder = source.createQueryRunner();
  try {
    const [row] = (await holder.query('SELECT GET_LOCK(?, ?) AS held', [name, LOCK_WAIT_S])) as {
      held: unknown;
    }[];
    if (Number(row?.held) !== 1)
      throw new Error(`another process has been changing the tables for ${LOCK_WAIT_S} s`);
    try {
      return await work();
    } finally {
      await holder.query('SELECT RELEASE_LOCK(?)', [name]);
    }
  } finally {
    await holder.release();
  }
}
