export interface Cells {
  values: string[];
  /** A quote where RFC 4180 has none; it was taken as text. */
  laxQuote: boolean;
  /** Bytes that are not UTF-8 became U+FFFD. */
  invalidUtf8: boolean;
}

/**
 * The cells of one record (without its line ending), quotes undone. The record is decoded before it is cut: the bytes
 * that cut it are ASCII, and decoding never swallows an ASCII byte, so the outcome is that of cutting first.
 */
export function splitCells(record: Buffer): Cells {
  const text = record.toString('utf8');
  const invalidUtf8 = text.includes('\ufffd');
  if (!text.includes('"')) return { values: text.split(','), laxQuote: false, invalidUtf8 };
  const values: string[] = [];
  let laxQuote = false;
  let index = 0;
  for (;;) {
    const cell = text[index] === '"' ? quoted(text, index) : bare(text, index);
    values.push(cell.value);
    laxQuote ||= cell.lax;
    if (cell.end >= text.length) return { values, laxQuote, invalidUtf8 };
    index = cell.end + 1;
  }
}

/** `end` is the index of the comma after the cell, or the length of the text. */
interface Cell {
  value: string;
  end: number;
  lax: boolean;
}

function bare(text: string, from: number): Cell {
  const end = endOf(text, from);
  const value = text.slice(from, end);
  return { value, end, lax: value.includes('"') };
}

function quoted(text: string, from: number): Cell {
  let value = '';
  let index = from + 1;
  for (;;) {
    const quote = text.indexOf('"', index);
    if (quote < 0) return { value: value + text.slice(index), end: text.length, lax: true };
    value += text.slice(index, quote);
    if (text[quote + 1] !== '"') {
      const end = endOf(text, quote + 1);
      return { value: value + text.slice(quote + 1, end), end, lax: end !== quote + 1 };
    }
    value += '"';
    index = quote + 2;
  }
}

function endOf(text: string, from: number): number {
  const comma = text.indexOf(',', from);
  return comma < 0 ? text.length : comma;
}
