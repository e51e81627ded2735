/** One step of the database schema. Steps are applied once, in the order of `timestamp`, statement by statement. */
export interface Migration {
  /** Milliseconds since 1970, 13 digits: the order, and part of the name under which it is recorded. */
  readonly timestamp: number;
  /** Short, in CamelCase: `CreatePlumbing`. */
  readonly name: string;
  /** One statement each; they suit MySQL 8.0.15 and later. */
  readonly up: readonly string[];
}

/**
 * The tables of the plumbing.
 *
 * events: the facts. `position` is handed out before commit and so is no cursor: readers go by stream and version.
 * outbox: messages that left with a transaction and wait to be published; `shard` follows from the key.
 * leases: who may work on what, by this server's clock; `token` rises with every change of owner.
 * sequences: numbers that the application hands out itself.
 */
const CREATE_PLUMBING: Migration = {
  timestamp: 1_764_000_000_000,
  name: 'CreatePlumbing',
  up: [
    `CREATE TABLE events (
      position BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
      event_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      stream_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      version INT UNSIGNED NOT NULL,
      type VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      fingerprint BINARY(8) NOT NULL,
      payload MEDIUMBLOB NOT NULL,
      meta JSON NOT NULL,
      occurred_at DATETIME(6) NOT NULL,
      recorded_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
      PRIMARY KEY (position),
      UNIQUE KEY uk_event_id (event_id),
      UNIQUE KEY uk_stream_version (stream_id, version)
    ) ENGINE=InnoDB`,
    `CREATE TABLE outbox (
      id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
      shard TINYINT UNSIGNED NOT NULL,
      state ENUM('pending', 'published') CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'pending',
      topic VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      message_key VARBINARY(128) NOT NULL,
      headers JSON NULL,
      value MEDIUMBLOB NOT NULL,
      created_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
      published_at DATETIME(6) NULL,
      PRIMARY KEY (id),
      KEY ix_due (shard, state, id),
      KEY ix_purge (state, published_at)
    ) ENGINE=InnoDB`,
    `CREATE TABLE leases (
      name VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      owner VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NULL,
      token BIGINT UNSIGNED NOT NULL DEFAULT 0,
      expires_at DATETIME(6) NOT NULL,
      PRIMARY KEY (name)
    ) ENGINE=InnoDB`,
    `CREATE TABLE sequences (
      name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      value BIGINT UNSIGNED NOT NULL,
      PRIMARY KEY (name)
    ) ENGINE=InnoDB`,
  ],
};

export const plumbingMigrations: readonly Migration[] = [CREATE_PLUMBING];
