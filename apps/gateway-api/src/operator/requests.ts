import type { TSchema, Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { OperatorError } from '../accounts/operator-error.js';

/** A slice of a long list: the rows after an id, so that adding and removing shifts nothing. */
export interface Page {
  /** The last id that was seen; 0 = from the start. */
  readonly after: number;
  readonly limit: number;
}

const DEFAULT_LIMIT = 1000;
const MOST_LIMIT = 10_000;

/** Compiles a schema once into a reader of bodies that throws OperatorError with the member and what is wrong, never its value. */
export function bodyReader<Schema extends TSchema>(schema: Schema): (body: unknown) => Static<Schema> {
  const validator = Compile(schema);
  return (body) => {
    if (validator.Check(body)) return body;
    const reasons = validator.Errors(body).map(({ instancePath, message, params }) => {
      const members = Object.values(params)
        .flat()
        .filter((value) => typeof value === 'string');
      return `${instancePath.slice(1) || 'the body'} ${message}${instancePath === '' ? ` (${members.join(', ')})` : ''}`;
    });
    throw new OperatorError(
      'invalid',
      reasons.length === 0 ? 'the body is not as documented' : reasons.join('; '),
    );
  };
}

/** An id in a path. @throws OperatorError not-found: what is no id belongs to nothing */
export function readId(text: string, what: string): number {
  if (!/^[1-9][0-9]{0,9}$/.test(text))
    throw new OperatorError('not-found', `There is no ${what} ${text.slice(0, 100)}`);
  return Number(text);
}

/** `after` and `limit` of a query string. @throws OperatorError invalid */
export function readPage(query: Query): Page {
  const limit = readNumber(query, 'limit') ?? DEFAULT_LIMIT;
  if (limit < 1 || limit > MOST_LIMIT)
    throw new OperatorError('invalid', `limit must be from 1 to ${MOST_LIMIT}`);
  return { after: readNumber(query, 'after') ?? 0, limit };
}

/** A query string; a name that stands twice is a list. */
export type Query = Readonly<Record<string, unknown>>;

/** @throws OperatorError invalid */
export function readNumber(query: Query, name: string): number | undefined {
  const text = query[name];
  if (text === undefined) return undefined;
  if (typeof text !== 'string' || !/^[0-9]{1,15}$/.test(text))
    throw new OperatorError('invalid', `${name} must be an integer of at least 0`);
  return Number(text);
}
