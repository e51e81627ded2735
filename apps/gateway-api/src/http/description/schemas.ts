import { PARAMETER_ACCEPTS, PARAMETER_KIND } from '#contracts/http/parameters';
import type { TObject, TSchema } from 'typebox';
import type { Endpoint } from '../endpoint.js';

export interface ObjectSchema {
  readonly type?: string;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, unknown>>;
}

/** A TypeBox schema as JSON Schema 2020-12: what it says, without what only TypeBox reads. */
export function jsonSchema(schema: TObject): ObjectSchema {
  const copy: unknown = JSON.parse(JSON.stringify(schema), (_key, value: unknown) => tupleAsList(value));
  if (!isRecord(copy)) throw new Error('a schema of an object is no object');
  return copy;
}

/**
 * A tuple as a list of so many members of any of its types. TypeBox writes tuples as drafts before 2020-12 do, and the tools
 * that read `prefixItems` differ.
 */
function tupleAsList(value: unknown): unknown {
  if (!isRecord(value) || !Array.isArray(value['items'])) return value;
  const { items, additionalItems: _, ...rest } = value;
  return { ...rest, items: { anyOf: items } };
}

/** Body of a request, with `Command` where it names the endpoint. Values as they are accepted, not as they are read. */
export function inputSchema(endpoint: Endpoint, command?: string): ObjectSchema {
  const required = endpoint.required.map(([name]) => name);
  return {
    type: 'object',
    ...(command === undefined && required.length === 0
      ? {}
      : { required: [...(command === undefined ? [] : ['Command']), ...required] }),
    properties: {
      ...(command === undefined ? {} : { Command: { type: 'string', const: command } }),
      ...Object.fromEntries(
        Object.entries(endpoint.input.properties).map(([name, schema]) => [name, accepted(schema)]),
      ),
    },
  };
}

export function queryParameters(endpoint: Endpoint): readonly object[] {
  const required = new Set(endpoint.required.map(([name]) => name));
  return Object.entries(endpoint.input.properties).map(([name, schema]) => {
    const { description, ...rest } = accepted(schema);
    return { name, in: 'query', required: required.has(name), description, schema: rest };
  });
}

const DIGITS = { type: 'string', pattern: '^[0-9]{1,10}$' };

/** Spellings of each kind of parameter (`#contracts/http/parameters`). */
const SPELLINGS: Readonly<Record<string, object>> = {
  id: { anyOf: [{ type: 'integer', minimum: 0 }, DIGITS] },
  count: { anyOf: [{ type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER }, DIGITS] },
  flag: {
    anyOf: [
      { type: 'boolean' },
      { enum: [0, 1] },
      { enum: ['0', '1', 'true', 'false', 'yes', 'no', 'on', 'off', ''] },
    ],
  },
  toggle: {
    anyOf: [
      { type: 'boolean' },
      { enum: [0, 1] },
      { enum: ['0', '1', 'true', 'false', 'yes', 'no', 'on', 'off'] },
    ],
  },
  exactFlag: { enum: [1, '1', true, 'true', 'yes', 0, '0', false, 'false'] },
  text: { type: ['string', 'number', 'boolean'] },
  label: { type: ['string', 'number', 'boolean'] },
  filter: { type: ['string', 'number', 'boolean'] },
  any: {},
};

function accepted(schema: TSchema): Readonly<Record<string, unknown>> {
  const kind: unknown = Reflect.get(schema, PARAMETER_KIND);
  const description: unknown = Reflect.get(schema, 'description');
  const own: unknown = Reflect.get(schema, PARAMETER_ACCEPTS);
  const spelling = isRecord(own) ? own : SPELLINGS[String(kind)];
  if (spelling === undefined) throw new Error(`nothing is known of parameters of kind ${String(kind)}`);
  return { ...spelling, description };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
