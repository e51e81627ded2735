/**
 * What operators ask of the accounting ingest, and its answers: `eg` starts the ingester's entry point for operations with the
 * operation as JSON in its first argument and reads the answer as JSON from its standard output.
 */
export type IngestOperation =
  | { do: 'status'; /** Rows shown of each file and reason. */ samples: number }
  | { do: 'reprocess-file'; file: string; dryRun: boolean }
  | { do: 'reprocess-rows'; selection: QuarantineSelection; dryRun: boolean }
  /** Answered with `DismissedRows`. */
  | { do: 'dismiss-rows'; selection: QuarantineSelection };

/** Which of the rows in quarantine that are not done; all members that are given must fit. */
export interface QuarantineSelection {
  ids?: readonly number[];
  reason?: string;
  /** Absolute path as it was when the row was set aside, or `http` or `stdin`. */
  file?: string;
}

export interface DismissedRows {
  dismissed: number;
}

/** What was read of one file. */
export interface IngestedFile {
  file: string;
  /** Bytes on disk. */
  size: number;
  /** Decompressed bytes up to which everything is published. */
  offset: number;
  rows: number;
  events: number;
  bad: number;
  skipped: number;
  state: string;
}

/**
 * States: `live`, `finished` and `failed` (compressed bytes that cannot be decoded) as the checkpoint has it; `waiting`, no
 * complete row yet; `gone`, not in the folder any more; `unfiled`, rows that came through a pipe or over HTTP.
 */
export interface IngestFileStatus extends IngestedFile {
  /** Bytes on disk that are not published. */
  lagBytes: number;
  /** Age of the oldest row that is not published; 0 without such a row, null when its time cannot be read. */
  lagSeconds: number | null;
  /** Bad rows that found no room in quarantine. */
  dropped: number;
  quarantine: QuarantineReason[];
}

export interface QuarantineReason {
  reason: string;
  /** Rows that are set aside. */
  open: number;
  /** Rows that were ingested later, or dismissed. */
  done: number;
  /** Of the open ones, the oldest. */
  samples: QuarantineSample[];
}

/** Why a row in quarantine cannot be read again by itself. */
export type NotReprocessable =
  /** Half a row, or none: only the whole file says what it was. */
  | 'damaged'
  /** No header was in force, or the row was set aside by a version that did not keep columns. */
  | 'no-columns'
  /** Longer than what is kept. */
  | 'cut';

export interface QuarantineSample {
  id: number;
  offset: number;
  length: number;
  /** ISO 8601. */
  firstSeen: string;
  lastSeen: string;
  /** When it was last tried again; null when it never was. */
  tried: string | null;
  notReprocessable: NotReprocessable | null;
  /** The beginning of the row; what a terminal or an editor could take for a command is written as `\u{…}`. */
  shown: string;
}

/** Result of reading a file, or rows of it in quarantine, again. In the state `dry-run` nothing was published or stored. */
export interface ReprocessedFile extends IngestedFile {
  state: 'dry-run' | 'reprocessed';
  /** Rows in quarantine that are done now, or would be. */
  done: number;
  /** Rows in quarantine that were not tried, by reason. */
  notReprocessable: Partial<Record<NotReprocessable, number>>;
  /** The first rows that are still bad. */
  stillBad: { offset: number; reason: string }[];
}
