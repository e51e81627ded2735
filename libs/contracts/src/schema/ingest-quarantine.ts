import { TABLE } from './table.js';

/** What it takes to read a row in quarantine again, and how many rows found no room there. */
export const ingestQuarantine: readonly string[] = [
  `CREATE TABLE ingest_headers (
    hash CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    column_names JSON NOT NULL,
    PRIMARY KEY (hash)
  ) ${TABLE}`,
  // format NULL: set aside before it was kept. header NULL: the row names its own columns, or no header was in force.
  `ALTER TABLE ingest_quarantine
    ADD COLUMN format VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NULL,
    ADD COLUMN header CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL,
    ADD COLUMN seen_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    ADD COLUMN tried_at DATETIME(6) NULL,
    ADD COLUMN done_at DATETIME(6) NULL,
    ADD KEY ix_done (done_at, id)`,
  `CREATE TABLE ingest_dropped (
    source VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    dropped BIGINT UNSIGNED NOT NULL,
    updated_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6),
    PRIMARY KEY (source)
  ) ${TABLE}`,
];
