const WORD = /=\?([^?*\s]+)(?:\*[^?\s]*)?\?([bq])\?([^?\s]*)\?=/gi;
/** White space between two encoded words only keeps them apart (RFC 2047 section 6.2). */
const BETWEEN = /(\?=)\s+(?==\?[^?\s]+\?[bq]\?)/gi;

/**
 * Header text in readable form: RFC 2047 encoded words are decoded, unfolding leaves one space. A word whose charset is
 * unknown stays as it is.
 */
export function decodeHeader(text: string): string {
  const unfolded = text.replaceAll(/\r?\n[ \t]*/g, ' ').trim();
  if (!unfolded.includes('=?')) return unfolded;
  const joined = unfolded.replaceAll(BETWEEN, '$1');
  let decoded = '';
  let index = 0;
  for (const run of runs(joined)) {
    decoded += joined.slice(index, run.start) + run.text;
    index = run.end;
  }
  return decoded + joined.slice(index);
}

interface Run {
  start: number;
  end: number;
  text: string;
}

/** Neighbouring words of one charset are decoded together: some senders cut in the middle of a character. */
function runs(text: string): Run[] {
  const found: (Run & { charset: string; bytes: Buffer })[] = [];
  for (const match of text.matchAll(WORD)) {
    const [whole, charset = '', encoding = '', body = ''] = match;
    const bytes = encoding.toLowerCase() === 'b' ? Buffer.from(body, 'base64') : fromQ(body);
    const last = found.at(-1);
    if (last && last.end === match.index && last.charset === charset.toLowerCase()) {
      last.bytes = Buffer.concat([last.bytes, bytes]);
      last.end += whole.length;
    } else {
      found.push({
        start: match.index,
        end: match.index + whole.length,
        charset: charset.toLowerCase(),
        bytes,
        text: '',
      });
    }
  }
  return found.map((run) => ({
    ...run,
    text: decode(run.charset, run.bytes) ?? text.slice(run.start, run.end),
  }));
}

function fromQ(body: string): Buffer {
  const bytes = body
    .replaceAll('_', ' ')
    .replaceAll(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1');
}

function decode(charset: string, bytes: Buffer): string | undefined {
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch (error) {
    if (
      typeof error === 'object' &&
      error !== null &&
      'code' in error &&
      error.code === 'ERR_ENCODING_NOT_SUPPORTED'
    )
      return undefined;
    throw error;
  }
}
