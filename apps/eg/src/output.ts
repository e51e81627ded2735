/** A failure that the operator can act on: printed as one line on stderr, exit code 1. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
}

type Row = object;

/**
 * Prints the result of a command: with `--json` one JSON value, else a table with a column per key.
 * @param value what `--json` prints
 * @param rows the table's rows; by default the value itself
 */
export function print(json: boolean, value: unknown, rows?: readonly Row[]): void {
  process.stdout.write(json ? `${JSON.stringify(value, null, 2)}\n` : `${table(rows ?? rowsOf(value))}\n`);
}

function rowsOf(value: unknown): readonly Row[] {
  const rows = Array.isArray(value) ? value : [value];
  return rows.map((row: unknown) => (row !== null && typeof row === 'object' ? row : { value: row }));
}

function table(rows: readonly Row[]): string {
  if (rows.length === 0) return '(none)';
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const lines = rows.map((row) => {
    const values = new Map<string, unknown>(Object.entries(row));
    return columns.map((column) => cell(values.get(column)));
  });
  const cells = [columns, ...lines];
  const widths = columns.map((_, at) => Math.max(...cells.map((line) => (line[at] ?? '').length)));
  return cells
    .map((line) =>
      line
        .map((text, at) => text.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '-';
  if (Array.isArray(value)) return value.map(cell).join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
