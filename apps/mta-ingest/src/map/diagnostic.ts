/** What `dsnDiag` says, taken apart. Empty string and null = not there. */
export interface Diagnostic {
  /** Basic SMTP reply code. */
  code: number | null;
  /** Enhanced code that stands right after the basic one. */
  enhancedCode: string;
  /** The remote reply as logged, codes included. */
  text: string;
}

/**
 * `smtp;550 5.1.1 no such user`. The part before the first semicolon is the diagnostic's type when it is a bare word.
 * A deferral may nest a second `;smtp;`: then the first part is PowerMTA's view, the last the remote reply. Other
 * semicolons belong to the reply.
 */
export function parseDiagnostic(dsnDiag: string): Diagnostic {
  const untyped = dsnDiag.replace(/^[A-Za-z][A-Za-z0-9-]*;/, '');
  const nested = untyped.lastIndexOf(';smtp;');
  const text = printable(nested < 0 ? untyped : untyped.slice(nested + ';smtp;'.length));
  const codes = /^([2-5]\d\d)(?:[ -]+([245]\.\d{1,3}\.\d{1,3})(?!\S)|(?=[ -]|$))/.exec(text);
  return { code: codes ? Number(codes[1]) : null, enhancedCode: codes?.[2] ?? '', text };
}

/** `5.1.1 (bad destination mailbox address)` → code and PowerMTA's phrase; both empty when it has another form. */
export function parseStatus(dsnStatus: string): { enhancedCode: string; phrase: string } {
  const match = /^([245]\.\d{1,3}\.\d{1,3})(?:\s+\((.*)\))?$/s.exec(dsnStatus.trim());
  return { enhancedCode: match?.[1] ?? '', phrase: printable(match?.[2] ?? '') };
}

/** `mx1.inbox.example (203.0.113.5)`, with or without the space; host alone when no address follows. */
export function parseMta(dsnMta: string): { host: string; ip: string } {
  const trimmed = dsnMta.trim();
  const open = trimmed.endsWith(')') ? trimmed.lastIndexOf('(') : -1;
  const ip = open < 0 ? '' : trimmed.slice(open + 1, -1);
  // No expression over the whole text: another host wrote it, and blanks without end would be tried one by one.
  return /^[0-9A-Fa-f:.]+$/.test(ip)
    ? { host: trimmed.slice(0, open).trimEnd(), ip }
    : { host: trimmed, ip: '' };
}

/** `<a@b.example>` or `Name <a@b.example>` → `a@b.example`; any other text without the white space around it. */
export function unwrapAddress(text: string): string {
  const trimmed = text.trim();
  const bracketed = /<([^<>]*)>$/.exec(trimmed);
  return (bracketed?.[1] ?? trimmed).trim();
}

/** Control characters (folded replies, NUL) become one space. */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return text.replaceAll(/[\u0000-\u001f\u007f]+/g, ' ').trim();
}
