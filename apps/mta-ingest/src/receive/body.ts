import { UnfiledRows } from '../unfiled/unfiled.js';

/** Nothing in a body could be read as an accounting row: the same body again fares no better. */
export class UnreadableBody extends Error {
  override readonly name = 'UnreadableBody';
}

/**
 * Records of a JSON array, which is read as a whole: 40 bytes for each in the largest body, less than a type and a recipient need.
 * Lines and CSV are read batch by batch and need no bound.
 */
export const MOST_RECORDS = 400_000;
/** A body in which nothing of that many lines is a row has none. */
const MOST_LEADING = 10_000;

/** More records than an array may have. */
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
  return jsonRows(records ? Buffer.from(records.map((record) => `${line(record)}\n`).join('')) : body);
}

function csvRows(body: Buffer): UnfiledRows {
  const rows = new UnfiledRows('http', 'csv');
  rows.parser.push(body);
  rows.parser.end();
  let piece = rows.parser.next();
  for (let blank = 0; piece?.kind === 'blank' && blank < MOST_LEADING; blank += 1) piece = rows.parser.next();
  if (piece?.kind !== 'header')
    throw new UnreadableBody('the first line is no header line (type,timeLogged,…), and the body is no JSON');
  return rows;
}

function jsonRows(lines: Buffer): UnfiledRows {
  const rows = new UnfiledRows('http', 'jsonl');
  rows.parser.push(lines);
  rows.parser.end();
  if (lines.length > 0 && !hasAnyRow(lines))
    throw new UnreadableBody('there is no record in it: a record is a JSON object with a member "type"');
  return rows;
}

function hasAnyRow(lines: Buffer): boolean {
  const { parser } = new UnfiledRows('http', 'jsonl');
  parser.push(lines);
  parser.end();
  for (let tried = 0; tried < MOST_LEADING; tried += 1) {
    const piece = parser.next();
    if (piece === undefined) return false;
    if (piece.kind === 'row') return true;
  }
  return false;
}

function parsedArray(text: string): unknown[] {
  // Before anything is made of it: five million empty records are 800 MB. Texts may have braces too.
  if (hasMore(text, '{', 2 * MOST_RECORDS)) throw new TooManyRecords();
  const value = parsed(text);
  if (Array.isArray(value) && value.length > MOST_RECORDS) throw new TooManyRecords();
  if (!Array.isArray(value)) throw new UnreadableBody('the body begins as a JSON array and is none');
  return value;
}

function hasMore(text: string, what: string, most: number): boolean {
  let count = 0;
  for (let at = text.indexOf(what); at >= 0 && count <= most; at = text.indexOf(what, at + 1)) count += 1;
  return count > most;
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
