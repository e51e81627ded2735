import { Readable } from 'node:stream';
import type { RawReply } from '../http/reply.js';

export const LIST_FORMATS = ['json', 'powermta-bounce-domains', 'powermta-relay-domains'] as const;
export type ListFormat = (typeof LIST_FORMATS)[number];

/** The format that a caller names in any letter case; `json` when it names none, `undefined` when it names another. */
export function formatOf(text: string): ListFormat | undefined {
  const word = text.trim().toLowerCase();
  return word === '' ? 'json' : LIST_FORMATS.find((format) => format === word);
}

const LINES_PER_CHUNK = 1000;

/**
 * A list of hosts as a file that PowerMTA's configuration includes at its top level (User's Guide: "relay-domain",
 * "bounce-processor"). Empty for an empty list. The text comes in pieces and is never there as a whole.
 */
export function powerMtaList(format: Exclude<ListFormat, 'json'>, hosts: readonly string[]): RawReply {
  const contentType = 'text/plain; charset=utf-8';
  if (hosts.length === 0) return { contentType, text: '' };
  const lines =
    format === 'powermta-relay-domains'
      ? linesOf(hosts, 'relay-domain ')
      : within(
          '<bounce-processor>\n  <address-list>\n',
          linesOf(hosts, '    domain '),
          '  </address-list>\n</bounce-processor>\n',
        );
  return { contentType, text: Readable.from(lines, { objectMode: false }) };
}

function* linesOf(hosts: readonly string[], directive: string): Generator<string> {
  for (let from = 0; from < hosts.length; from += LINES_PER_CHUNK) {
    const chunk = hosts.slice(from, from + LINES_PER_CHUNK);
    yield chunk.map((host) => `${directive}${host}\n`).join('');
  }
}

function* within(head: string, body: Iterable<string>, tail: string): Generator<string> {
  yield head;
  yield* body;
  yield tail;
}
