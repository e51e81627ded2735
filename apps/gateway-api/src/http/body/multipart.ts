import { HardFailure } from '../hard-failure.js';
import { MOST_VALUES } from './body-gauge.js';

const BOUNDARY = /;\s*boundary=(?:"([^"\r\n]{1,200})"|([^\s;"]{1,200}))/i;
const DISPOSITION = /^content-disposition:\s*form-data\s*(;[^\r\n]*)$/im;
const PARAMETER = /;\s*([^\s=;"]+)\s*=\s*(?:"((?:\\["\\]|[^"\r\n])*)"|([^\s;"]+))/g;
const DASHES = '--';
const LINE_END = '\r\n';
const END_OF_HEADERS = '\r\n\r\n';
/** Of one part. */
const MOST_HEADER_BYTES = 16_384;

/**
 * Names and values of `multipart/form-data` (RFC 7578), in order. Files are their text: no parameter is binary. Our own, because it
 * has the whole body: undici's parser and both busboys hold the process up for 150 to 2,400 ms over 25 MB that were made for it.
 * @throws HardFailure 100000 when the body has not that form, 413 when it has too many parts
 */
export function multipartPairs(body: Buffer, contentType: string): [string, string][] {
  const match = BOUNDARY.exec(contentType);
  const boundary = match?.[1] ?? match?.[2];
  if (boundary === undefined) throw malformed();
  const delimiter = Buffer.from(LINE_END + DASHES + boundary, 'latin1');
  refuseTooMany(body, delimiter);
  const pairs: [string, string][] = [];
  let at = afterFirst(body, delimiter);
  while (!startsWith(body, at, DASHES)) {
    const part = afterLineEnd(body, at);
    const next = body.indexOf(delimiter, part - LINE_END.length);
    if (next === -1) throw malformed();
    pairs.push(readPart(body, part, next));
    at = next + delimiter.length;
  }
  return pairs;
}

/** Counted before any part is read, which is a hundred times as much work. */
function refuseTooMany(body: Buffer, delimiter: Buffer): void {
  let parts = 0;
  for (let at = body.indexOf(delimiter); at !== -1; at = body.indexOf(delimiter, at + delimiter.length)) {
    parts += 1;
    if (parts > MOST_VALUES) throw HardFailure.tooManyValues(MOST_VALUES);
  }
}

/** The first delimiter needs no line end before it, unless it follows a preamble, which nobody reads. */
function afterFirst(body: Buffer, delimiter: Buffer): number {
  const withoutLineEnd = delimiter.subarray(LINE_END.length);
  if (body.subarray(0, withoutLineEnd.length).equals(withoutLineEnd)) return withoutLineEnd.length;
  const first = body.indexOf(delimiter);
  if (first === -1) throw malformed();
  return first + delimiter.length;
}

/** Blanks may follow a delimiter on its line. */
function afterLineEnd(body: Buffer, at: number): number {
  let end = at;
  while (body[end] === 0x20 || body[end] === 0x09) end += 1;
  if (!startsWith(body, end, LINE_END)) throw malformed();
  return end + LINE_END.length;
}

function readPart(body: Buffer, start: number, end: number): [string, string] {
  const head = body.subarray(start, Math.min(end, start + MOST_HEADER_BYTES));
  const headEnd = head.indexOf(END_OF_HEADERS);
  if (headEnd === -1) throw malformed();
  const parameters = DISPOSITION.exec(head.toString('utf8', 0, headEnd))?.[1] ?? '';
  for (const [, key, quoted, plain] of parameters.matchAll(PARAMETER)) {
    if (key?.toLowerCase() !== 'name') continue;
    const name = quoted === undefined ? (plain ?? '') : unescapeName(quoted);
    return [name, body.toString('utf8', start + headEnd + END_OF_HEADERS.length, end)];
  }
  throw malformed();
}

/** As browsers write quotes and line ends in names (HTML, "escape a multipart/form-data name"), and as curl did before. */
function unescapeName(name: string): string {
  return name
    .replace(/%(0A|0D|22)/gi, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)))
    .replace(/\\(["\\])/g, '$1');
}

function startsWith(body: Buffer, at: number, text: string): boolean {
  return body.toString('latin1', at, at + text.length) === text;
}

function malformed(): HardFailure {
  return HardFailure.unreadableBody('it is not valid multipart/form-data');
}
