import type { EventDocument } from '#contracts/search/event-document';

/** What a row needs of an event. */
export type CsvEvent = Pick<EventDocument, 'logged-at' | 'event' | 'message-id' | 'message'> & {
  readonly 'delivery-status'?: { readonly code?: number };
};

/** Names of those members for the search. */
export const CSV_FIELDS = [
  'logged-at',
  'event',
  'message-id',
  'message.headers',
  'message.to-domain',
  'delivery-status.code',
];

/** The byte order mark is for Excel, which otherwise takes the file for one in the system's own encoding. */
const HEAD = '\uFEFFTime,Event,MessageID,From,To,Subject,Domain,SMTPCode\n';

/** The file in pieces, one per page. Written by hand: docs/adr/0009-exact-figures-and-a-csv-writer.md. */
export async function* eventCsv(pages: AsyncIterable<readonly CsvEvent[]>): AsyncGenerator<string> {
  let piece = HEAD;
  for await (const page of pages) {
    for (const event of page) piece += row(event);
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

function row({
  'logged-at': loggedAt,
  event,
  'message-id': messageId,
  message,
  'delivery-status': status,
}: CsvEvent): string {
  const { from, to, subject } = message.headers;
  const domain = message['to-domain'];
  // `logged-at` is ISO 8601 UTC with milliseconds, which a spreadsheet has no use for.
  return `${loggedAt.slice(0, 19)}Z,${cell(event)},${cell(messageId)},${cell(from)},${cell(to)},${cell(subject)},${cell(domain)},${status?.code ?? ''}\n`;
}

const FORMULA = /^[=+\-@\t\r]/;
const NEEDS_QUOTES = /[",\n\r]/;

/** RFC 4180, quoted only where needed. What a spreadsheet would run as a formula gets a single quote in front. */
function cell(text = ''): string {
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return NEEDS_QUOTES.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
