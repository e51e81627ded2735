import { UnfiledRows } from '../unfiled/unfiled.js';

const LF = 0x0a;

/** Nothing in a body could be read as an accounting row: the same body again fares no better. */
export class UnreadableBody extends Error {
  override readonly name = 'UnreadableBody';
}

/** PowerMTA posts at most 10 MB, and a row of the fewest columns has 100 bytes. More would be a body of empty records. */
export const MOST_RECORDS = 200_000;

/** More lines or records than a body may have. */
export class TooManyRecords extends Error {
  override readonly name = 'TooManyRecords';
}

/**
 * The rows of a posted body: a JSON array of records, one record, JSON lines, or CSV that begins with its header line. Which of
 * them is seen by its first character; what senders say in Content-Type differs too much.
 *
 * @throws UnreadableBody, TooManyRecords
 */
export function rowsOf(body: Buffer): UnfiledRows {
  const text = body.toString('utf8').replace(/^\ufeff/, '');
  const [first] = /\S/.exec(text) ?? [];
  if (first === undefined) throw new UnreadableBody('the body is empty');
  if (first !== '[' && first !== '{') return csvRows(body);
  const records = first === '[' ? parsedArray(text) : parsedRecord(text);
  if (records !== undefined && records.length > MOST_RECORDS) throw new TooManyRecords();
  return jsonRows(records ? Buffer.from(records.map((record) => `${line(record)}\n`).join('')) : body);
}

function csvRows(body: Buffer): UnfiledRows {
  boundLines(body);
  const rows = new UnfiledRows('http', 'csv');
  rows.parser.push(body);
  rows.parser.end();
  let piece = rows.parser.next();
  while (piece?.kind === 'blank') piece = rows.parser.next();
  if (piece?.kind !== 'header')
    throw new UnreadableBody('the first line is no header line (type,timeLogged,…), and the body is no JSON');
  return rows;
}

function jsonRows(lines: Buffer): UnfiledRows {
  boundLines(lines);
  const rows = new UnfiledRows('http', 'jsonl');
  rows.parser.push(lines);
  rows.parser.end();
  if (lines.length > 0 && !hasAnyRow(lines))
    throw new UnreadableBody('there is no record in it: a record is a JSON object with a member "type"');
  return rows;
}

function boundLines(lines: Buffer): void {
  let count = 0;
  for (let at = lines.indexOf(LF); at >= 0; at = lines.indexOf(LF, at + 1))
    if (++count > MOST_RECORDS) throw new TooManyRecords();
}

function hasAnyRow(lines: Buffer): boolean {
  const { parser } = new UnfiledRows('http', 'jsonl');
  parser.push(lines);
  parser.end();
  for (let piece = parser.next(); piece; piece = parser.next()) if (piece.kind === 'row') return true;
  return false;
}

function parsedArray(text: string): unknown[] {
  const value = parsed(text);
  if (!Array.isArray(value)) throw new UnreadableBody('the body begins as a JSON array and is none');
  return value;
}

/** One record, perhaps over several lines; undefined where each line is one. */
function parsedRecord(text: string): unknown[] | undefined {
  const value = parsed(text);
  return value === undefined ? undefined : [value];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** A record as a line of its own. One that is nested beyond what can be written becomes a line that is no record. */
function line(record: unknown): string {
  try {
    return JSON.stringify(record);
  } catch (error) {
    if (error instanceof RangeError) return '"nested too deeply"';
    throw error;
  }
}
