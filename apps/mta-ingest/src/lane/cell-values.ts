import type { AvroWriter } from '#contracts/avro/avro-writer';
import { parseTime } from '../map/time.js';
import type { Cells } from '../parse/cells.js';
import type { ByteMemo } from './byte-memo.js';

/**
 * Copies a printable cell, or nothing for a column that is not there.
 *
 * @returns false for a cell that is not printable ASCII; nothing was written then
 */
export function copyCell(writer: AvroWriter, bytes: Buffer, cells: Cells, column: number): boolean {
  if (column < 0) writer.text(bytes, 0, 0);
  else if (cells.isPlain[column] === 1)
    writer.text(bytes, cells.starts[column] as number, cells.ends[column] as number);
  else return false;
  return true;
}

/** A cell with a time in epoch milliseconds; `undefined` for none. */
export function timeIn(
  bytes: Buffer,
  cells: Cells,
  column: number,
  memo: ByteMemo<number | undefined>,
): number | undefined {
  if (column < 0 || cells.starts[column] === cells.ends[column]) return undefined;
  return memo.of(bytes, cells, column, parseTime);
}
