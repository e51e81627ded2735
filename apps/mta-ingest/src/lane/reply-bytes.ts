const SPACE = 0x20;
const SEMICOLON = 0x3b;
const HYPHEN = 0x2d;
const DOT = 0x2e;
const SMTP = Buffer.from(';smtp;');

/**
 * `parseDiagnostic` on the bytes of a printable ASCII cell, into itself: replies carry queue ids, so hardly one repeats. It must
 * say what that function says.
 */
export class ReplyBytes {
  /** Basic SMTP reply code; 0 = none. */
  code = 0;
  /** Where the enhanced code is; both equal = none. */
  enhancedFrom = 0;
  enhancedTo = 0;
  /** Where the reply's text is, codes included. */
  from = 0;
  to = 0;

  read(bytes: Buffer, from: number, to: number): void {
    let start = afterType(bytes, from, to);
    for (let at = start; at < to; at += 1)
      if (bytes[at] === SEMICOLON && isSmtp(bytes, at, to)) start = at + SMTP.length;
    let end = to;
    while (start < end && bytes[start] === SPACE) start += 1;
    while (start < end && bytes[end - 1] === SPACE) end -= 1;
    this.from = start;
    this.to = end;
    this.enhancedFrom = this.enhancedTo = start;
    this.code = basicCode(bytes, start, end);
    if (this.code === 0) return;
    let at = start + 3;
    while (at < end && (bytes[at] === SPACE || bytes[at] === HYPHEN)) at += 1;
    const length = at === start + 3 ? 0 : enhancedLength(bytes, at, end);
    this.enhancedFrom = at;
    this.enhancedTo = at + length;
  }
}

/** Behind the type of the diagnostic, `smtp;`, when there is one. */
function afterType(bytes: Buffer, from: number, to: number): number {
  let at = from;
  if (at === to || !isLetter(bytes[at] as number)) return from;
  while (at < to && isWord(bytes[at] as number)) at += 1;
  return at < to && bytes[at] === SEMICOLON ? at + 1 : from;
}

function isSmtp(bytes: Buffer, at: number, to: number): boolean {
  if (at + SMTP.length > to) return false;
  for (let index = 0; index < SMTP.length; index += 1) if (bytes[at + index] !== SMTP[index]) return false;
  return true;
}

/** `[2-5]\d\d` before a blank, a hyphen or the end; else 0. */
function basicCode(bytes: Buffer, from: number, to: number): number {
  if (to - from < 3) return 0;
  const [first, second, third] = [
    bytes[from] as number,
    bytes[from + 1] as number,
    bytes[from + 2] as number,
  ];
  if (first < 0x32 || first > 0x35 || !isDigit(second) || !isDigit(third)) return 0;
  const next = from + 3 === to ? SPACE : bytes[from + 3];
  if (next !== SPACE && next !== HYPHEN) return 0;
  return (first - 0x30) * 100 + (second - 0x30) * 10 + (third - 0x30);
}

/** Length of `[245]\.\d{1,3}\.\d{1,3}` before a blank or the end; else 0. */
function enhancedLength(bytes: Buffer, from: number, to: number): number {
  const first = from < to ? (bytes[from] as number) : 0;
  if ((first !== 0x32 && first !== 0x34 && first !== 0x35) || bytes[from + 1] !== DOT) return 0;
  const middle = digits(bytes, from + 2, to);
  const dot = from + 2 + middle;
  if (middle === 0 || dot >= to || bytes[dot] !== DOT) return 0;
  const last = digits(bytes, dot + 1, to);
  const end = dot + 1 + last;
  return last > 0 && (end === to || bytes[end] === SPACE) ? end - from : 0;
}

/** How many digits begin at `from`; 0 for none and for more than three. */
function digits(bytes: Buffer, from: number, to: number): number {
  let at = from;
  while (at < to && isDigit(bytes[at] as number)) at += 1;
  return at - from > 3 ? 0 : at - from;
}

const isDigit = (byte: number) => byte >= 0x30 && byte <= 0x39;
const isLetter = (byte: number) => (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
const isWord = (byte: number) => isLetter(byte) || isDigit(byte) || byte === HYPHEN;
