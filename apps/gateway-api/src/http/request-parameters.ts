import { isUtf8 } from 'node:buffer';
import { bodyKind } from './body/body-kind.js';
import { multipartPairs } from './body/multipart.js';
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

/**
 * Parameters of a request from query string and body, whatever the method: JSON, form or multipart. A body that starts
 * like JSON is JSON, however it is labelled. The body wins over the query.
 * @throws HardFailure 100000 when the body cannot be read
 */
export function readParameters(request: RawRequest): Parameters {
  const parameters = new Map<string, unknown>();
  if (request.query !== '') addAll(parameters, structureOf(new URLSearchParams(request.query)));
  if (request.body !== undefined && request.body.length > 0) {
    addAll(parameters, bodyPairs(request.body, request.contentType));
  }
  return parameters;
}

function bodyPairs(body: Buffer, contentType: string): Iterable<readonly [string, unknown]> {
  const kind = bodyKind(contentType, body);
  if (kind === 'json') return jsonPairs(body);
  if (kind === 'multipart') return structureOf(multipartPairs(body, contentType));
  return structureOf(new URLSearchParams(body.toString('utf8')));
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
