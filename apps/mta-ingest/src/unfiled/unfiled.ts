import { createHash } from 'node:crypto';
import type { Batch } from '../publish/batch.js';
import { CsvRowParser, JsonLinesParser } from '../parse/row-parser.js';
import type { Parsed, RowParser } from '../parse/row-parser.js';
import type { Counters } from '../tail/checkpoints.js';
import type { Format } from '../tail/file-names.js';
import type { RowSource } from '../tail/row-source.js';

/** Rows that come without a file: through a pipe, or over HTTP. */
export class UnfiledRows {
  readonly counters: Counters = { rows: 0, events: 0, bad: 0, skipped: 0 };
  readonly parser: RowParser;

  constructor(
    readonly way: 'http' | 'stdin',
    readonly format: Format,
  ) {
    this.parser = format === 'jsonl' ? new JsonLinesParser(0) : new CsvRowParser(0, null);
  }

  /** Moves rows into the batch until it is full. @returns whether it is, so that there may be more */
  fill(batch: Batch): boolean {
    while (!batch.isFull) {
      const parsed = this.parser.next();
      if (!parsed) return false;
      batch.add(new UnfiledRow(this, parsed), parsed);
    }
    return true;
  }
}

/** As a source of rows each is its own: equal rows are one finding, however often they are sent. */
class UnfiledRow implements RowSource {
  readonly path: string;
  readonly format: Format;
  readonly columns: readonly string[] | null;
  readonly counters: Counters;
  /** The same row may come again in another place. */
  readonly offset = 0;

  constructor(
    rows: UnfiledRows,
    private readonly parsed: Parsed,
  ) {
    this.path = rows.way;
    this.format = rows.format;
    this.columns = rows.parser.columns;
    this.counters = rows.counters;
  }

  get identity(): string {
    const hash = createHash('sha256').update(JSON.stringify(this.columns));
    if ('bytes' in this.parsed) hash.update(this.parsed.bytes);
    return `${this.path}-${hash.digest('hex').slice(0, 32)}`;
  }
}

/** Decided by the first byte that is no white space: PowerMTA's configuration says which, but not here. */
export function formatOfBytes(bytes: Buffer): Format {
  return /^[\s\ufeff]*\{/.test(bytes.subarray(0, 1_024).toString('utf8')) ? 'jsonl' : 'csv';
}
