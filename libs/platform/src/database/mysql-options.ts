/** How this system talks to MySQL: what can be chosen, and what is fixed for every session. */
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
export const CONNECT_TIMEOUT_MS = 3_000;
const LOCK_WAIT_TIMEOUT_S = 5;
export const QUERY_TIMEOUT_MS = 10_000;
export const PING_TIMEOUT_MS = 2_000;
export const CLOSE_TIMEOUT_MS = 2_000;

/** What every session relies on, whatever the server's defaults are. */
export const SET_SESSION = `SET SESSION ${[
  "transaction_isolation = 'READ-COMMITTED'",
  "time_zone = '+00:00'",
  "sql_mode = 'STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,ONLY_FULL_GROUP_BY'",
  `innodb_lock_wait_timeout = ${LOCK_WAIT_TIMEOUT_S}`,
].join(', ')}`;
