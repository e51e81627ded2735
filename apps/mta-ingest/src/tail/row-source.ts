import type { Counters } from './checkpoints.js';
import type { Format } from './file-names.js';

/** Where a row comes from, as a batch needs to know it: a file, or a way in that has none. */
export interface RowSource {
  /** With the offset of a row in it: the place of a finding, which is one finding however often it is read. */
  readonly identity: string;
  /** What people call it. */
  readonly path: string;
  readonly format: Format;
  /** Columns in force for the row that was read last; null where rows name their own, or no header was seen. */
  readonly columns: readonly string[] | null;
  readonly counters: Counters;
  /** Stands for the offsets of all its rows, where a place in the stream says nothing. */
  readonly offset?: number;
}
