import type { Format } from '../tail/file-names.js';

/** Bytes that made no event (table `ingest_quarantine`), kept for people to look at and to ingest again. */
export interface Quarantined {
  identity: string;
  path: string;
  format: Format;
  /** Columns in force for these bytes; null where the row names its own, or no header was seen. */
  columns: readonly string[] | null;
  offset: number;
  /** With the line ending, in bytes of the (decompressed) file. */
  length: number;
  reason: string;
  /** Without the line ending, at most 64 KiB. */
  bytes: Buffer;
}
