import type { Cells } from './cells.js';
import type { RecordPiece } from './record-piece.js';

/** The record types PowerMTA documents. `b` and the others in files are these short codes whatever the configuration says. */
export const RECORD_TYPES = ['d', 'b', 't', 'tq', 'r', 'rb', 'rs', 'f'] as const;
export type RecordType = (typeof RECORD_TYPES)[number];

const KNOWN: ReadonlySet<string> = new Set(RECORD_TYPES);
export const isRecordType = (text: string): text is RecordType => KNOWN.has(text);

/** Something odd about a row that was read nevertheless. */
export type RowFlag = 'short-row' | 'long-row' | 'lax-quote' | 'invalid-utf8';

/** One accounting row, read by column name. */
export interface Row {
  /** First cell, as logged. */
  readonly type: string;
  /**
   * The column's text; empty when the column is empty or absent. A name that occurs several times gives its first
   * non-empty cell.
   *
   * @param name column name in lower case.
   */
  get(name: string): string;
  readonly flags: readonly RowFlag[];
}

/** The columns that one header line names. Names are compared in lower case; order and duplicates are kept. */
export class Header {
  private readonly positions = new Map<string, number[]>();

  constructor(readonly columns: readonly string[]) {
    columns.forEach((column, index) => {
      const name = column.trim().toLowerCase();
      const known = this.positions.get(name);
      if (known) known.push(index);
      else this.positions.set(name, [index]);
    });
  }

  get width(): number {
    return this.columns.length;
  }

  /** The only column of that name; -1 when there is none, -2 when there are several. */
  only(name: string): number {
    const [first = -1, ...more] = this.positions.get(name) ?? [];
    return more.length > 0 ? -2 : first;
  }

  cell(cells: Cells, name: string): string {
    for (const index of this.positions.get(name) ?? []) {
      const value = index < cells.count ? cells.text(index) : '';
      if (value !== '') return value;
    }
    return '';
  }
}

export class CsvRow implements Row {
  /** @param shared serves the rows of the file one after another; a row that is asked later has its record split again */
  constructor(
    readonly header: Header,
    readonly type: string,
    readonly record: RecordPiece,
    private readonly shared: Cells,
    readonly flags: readonly RowFlag[],
  ) {}

  get(name: string): string {
    return this.header.cell(this.cells, name);
  }

  /** Valid until another row is asked. */
  get cells(): Cells {
    return this.shared.of(this.record);
  }
}

/** A row from a JSON object: flat, the same names, text values. Values that are not text are taken as text. */
export class JsonRow implements Row {
  readonly flags: readonly RowFlag[] = [];
  private readonly values = new Map<string, string>();

  constructor(record: Readonly<Record<string, unknown>>) {
    for (const [column, value] of Object.entries(record)) {
      const text = typeof value === 'string' ? value : value === null ? '' : JSON.stringify(value);
      const name = column.trim().toLowerCase();
      if (!this.values.get(name)) this.values.set(name, text);
    }
  }

  get type(): string {
    return this.get('type');
  }

  get(name: string): string {
    return this.values.get(name) ?? '';
  }
}
