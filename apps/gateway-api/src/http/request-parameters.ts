import { isUtf8 } from 'node:buffer';
import { structureOf } from './brackets.js';
import type { Parameters } from './endpoint.js';
import { HardFailure } from './hard-failure.js';

/** What the edge hands over of an HTTP request. */
export interface RawRequest {
  /** Query string without `?`. */
  readonly query: string;
  /** Content type as sent, empty when there was none. */
  readonly contentType: string;
  readonly body: Buffer | undefined;
}

/** Parameters whose nested keys match in any letter case. Keys of `Headers` keep theirs. */
const CASE_FREE_INSIDE: ReadonlySet<string> = new Set(['from', 'to', 'cc', 'bcc', 'replyto', 'attachments']);
const NAME_ALIASES: ReadonlyMap<string, string> = new Map([['reply-to', 'replyto']]);
const JSON_TYPE = /^application\/(?:[a-z0-9.+-]+\+)?json\b/i;
const MULTIPART_TYPE = /^multipart\/form-data\b/i;

/**
 * Parameters of a request from query string and body, whatever the method: JSON, form or multipart. A body that starts
 * like JSON is JSON, however it is labelled. The body wins over the query.
 * @throws HardFailure 100000 when the body cannot be read
 */
export async function readParameters(request: RawRequest): Promise<Parameters> {
  const parameters = new Map<string, unknown>();
  if (request.query !== '') addAll(parameters, structureOf(new URLSearchParams(request.query)));
  if (request.body !== undefined && request.body.length > 0) {
    addAll(parameters, await bodyPairs(request.body, request.contentType));
  }
  return parameters;
}

async function bodyPairs(body: Buffer, contentType: string): Promise<Iterable<readonly [string, unknown]>> {
  if (JSON_TYPE.test(contentType) || startsLikeJson(body)) return jsonPairs(body);
  if (MULTIPART_TYPE.test(contentType)) return multipartPairs(body, contentType);
  return structureOf(new URLSearchParams(body.toString('utf8')));
}

function startsLikeJson(body: Buffer): boolean {
  for (const byte of body) {
    if (
      byte === 0x20 ||
      byte === 0x09 ||
      byte === 0x0a ||
      byte === 0x0d ||
      byte === 0xef ||
      byte === 0xbb ||
      byte === 0xbf
    )
      continue;
    return byte === 0x7b || byte === 0x5b;
  }
  return false;
}

function jsonPairs(body: Buffer): [string, unknown][] {
  if (!isUtf8(body)) throw HardFailure.unreadableBody('JSON must be UTF-8');
  const text = body.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text);
  } catch {
    throw HardFailure.unreadableBody('it is not valid JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw HardFailure.unreadableBody('JSON must be an object of parameters');
  }
  return Object.entries(value);
}

async function multipartPairs(body: Buffer, contentType: string): Promise<[string, unknown][]> {
  let form: FormData;
  try {
    form = await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData();
  } catch {
    throw HardFailure.unreadableBody('it is not valid multipart/form-data');
  }
  const pairs: [string, string][] = [];
  for (const [name, value] of form)
    pairs.push([name, typeof value === 'string' ? value : await value.text()]);
  return structureOf(pairs);
}

function addAll(parameters: Map<string, unknown>, pairs: Iterable<readonly [string, unknown]>): void {
  for (const [name, value] of pairs) {
    const lower = name.toLowerCase();
    const key = NAME_ALIASES.get(lower) ?? lower;
    parameters.set(key, CASE_FREE_INSIDE.has(key) ? lowerCaseKeys(value) : value);
  }
}

/** Deeper than any parameter goes; what lies below keeps its spelling, so that no nesting can exhaust the stack. */
const MOST_DEPTH = 8;

/** Lower-cases the keys of nested objects. */
export function lowerCaseKeys(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null || depth === MOST_DEPTH) return value;
  if (Array.isArray(value)) return value.map((member) => lowerCaseKeys(member, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key.toLowerCase(), lowerCaseKeys(member, depth + 1)]),
  );
}
