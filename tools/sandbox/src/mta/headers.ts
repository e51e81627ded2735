/** One header field of a mail. `value` is the raw text, unfolded; encoded words stay encoded. */
export interface HeaderField {
  name: string;
  value: string;
}

/** The end of the header section: the first empty line, written with CRLF or a bare LF. */
function headerEnd(raw: Buffer): number {
  if (raw[0] === 0x0a || (raw[0] === 0x0d && raw[1] === 0x0a)) return 0;
  const ends = [raw.indexOf('\r\n\r\n'), raw.indexOf('\n\n')].filter((end) => end >= 0);
  return ends.length > 0 ? Math.min(...ends) : raw.length;
}

/**
 * The header fields of a mail, in order. Unfolding takes out the line break and keeps the white space after it
 * (RFC 5322 2.2.3). A line that is no field is left out. Bytes that are not UTF-8 become U+FFFD.
 */
export function headerFields(raw: Buffer): HeaderField[] {
  const text = raw.subarray(0, headerEnd(raw)).toString('utf8');
  const lines = text.replace(/\r?\n(?=[ \t])/g, '').split(/\r?\n/);
  return lines.flatMap((line) => {
    const field = /^([\x21-\x39\x3b-\x7e]+)[ \t]*:(.*)$/s.exec(line);
    return field?.[1] !== undefined && field[2] !== undefined
      ? [{ name: field[1], value: field[2].trim() }]
      : [];
  });
}

/** The first field of that name, whatever its letter case; undefined when there is none. */
export function firstHeader(fields: readonly HeaderField[], name: string): string | undefined {
  const lower = name.toLowerCase();
  return fields.find((field) => field.name.toLowerCase() === lower)?.value;
}
