import type { ApiError } from '#contracts/errors/catalogue';
import { PARAMETER_KIND, type ParameterKind } from '#contracts/http/parameters';
import type { Static, TObject, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import type { Refused } from './outcome.js';

const TRUE_WORDS = new Set(['1', 'true', 'yes', 'on']);
const FALSE_WORDS = new Set(['0', 'false', 'no', 'off']);
const EXACT_TRUE: readonly unknown[] = [1, '1', true, 'true', 'yes'];
const DIGITS = /^[0-9]{1,16}$/;

/** The value in its declared type; `undefined` when the kind does not understand it. */
type Coerce = (value: unknown) => unknown;

function integer(value: unknown): number | undefined {
  const number = typeof value === 'string' && DIGITS.test(value.trim()) ? Number(value.trim()) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

function text(value: unknown): string | undefined {
  // Half a character, as only a JSON escape can write it, is in no text that a table or an index takes.
  if (typeof value === 'string') return value.toWellFormed();
  return typeof value === 'number' || typeof value === 'boolean' ? `${value}` : undefined;
}

function flag(value: unknown): boolean {
  return typeof value === 'string'
    ? TRUE_WORDS.has(value.trim().toLowerCase())
    : value === true || value === 1;
}

function toggle(value: unknown): boolean | undefined {
  if (flag(value)) return true;
  const off =
    typeof value === 'string' ? FALSE_WORDS.has(value.trim().toLowerCase()) : value === false || value === 0;
  return off ? false : undefined;
}

const COERCE: Readonly<Record<ParameterKind, Coerce>> = {
  id: (value) => integer(value) ?? 0,
  count: integer,
  flag,
  toggle,
  exactFlag: (value) => EXACT_TRUE.includes(value),
  text,
  label: (value) => text(value) ?? null,
  filter: (value) => text(value) ?? null,
  any: (value) => value,
};

interface Parameter {
  readonly name: string;
  readonly key: string;
  readonly coerce: Coerce;
  readonly requiredError: ApiError | undefined;
  readonly invalidError: ApiError | undefined;
}

function isKind(kind: unknown): kind is ParameterKind {
  return typeof kind === 'string' && Object.hasOwn(COERCE, kind);
}

function kindOf(command: string, name: string, schema: TSchema): ParameterKind {
  const kind: unknown = Reflect.get(schema, PARAMETER_KIND);
  if (!isKind(kind))
    throw new Error(`${command}: parameter ${name} has no kind (#contracts/http/parameters)`);
  return kind;
}

const isMissing = (value: unknown) =>
  value === undefined || value === null || (typeof value === 'string' && value.trim() === '');

/**
 * Compiles a schema once into a reader of request parameters. The reader resolves names in any case, brings values into
 * their declared types and answers either the typed input or the contract's errors: those of all missing parameters
 * together (a list, in check order), then those of all values that are not understood (one error alone is no list).
 */
export function compileInput<Input extends TObject>(
  command: string,
  schema: Input,
  required: readonly (readonly [string, ApiError])[],
  invalid: { readonly [parameter: string]: ApiError | undefined },
): (parameters: ReadonlyMap<string, unknown>) => { readonly input: Static<Input> } | Refused {
  const validator = Compile(schema);
  const parameters: Parameter[] = Object.entries(schema.properties).map(([name, property]) => ({
    name,
    key: name.toLowerCase(),
    coerce: COERCE[kindOf(command, name, property)],
    requiredError: required.find(([parameter]) => parameter === name)?.[1],
    invalidError: invalid[name],
  }));
  const inCheckOrder = required.map(([name]) => {
    const parameter = parameters.find((candidate) => candidate.name === name);
    if (parameter === undefined)
      throw new Error(`${command}: required parameter ${name} is not in the schema`);
    return parameter;
  });
  const unguarded = schema.required?.find(
    (name: string) => !required.some(([parameter]) => parameter === name),
  );
  if (unguarded !== undefined)
    throw new Error(`${command}: parameter ${unguarded} is required but has no error`);

  return (values) => {
    const missing = new Set<ApiError>();
    for (const { key, coerce, requiredError, invalidError } of inCheckOrder) {
      const value = values.get(key);
      const isAbsent = isMissing(value) || (invalidError === undefined && coerce(value) === undefined);
      if (isAbsent && requiredError !== undefined) missing.add(requiredError);
    }
    if (missing.size > 0) return { refused: [...missing] };

    const input: Record<string, unknown> = {};
    const notUnderstood = new Set<ApiError>();
    for (const { name, key, coerce, invalidError } of parameters) {
      const value = values.get(key);
      if (value === undefined || value === null) continue;
      const coerced = coerce(value);
      if (coerced !== undefined) input[name] = coerced;
      else if (invalidError !== undefined && !isMissing(value)) notUnderstood.add(invalidError);
    }
    const [wrong, ...more] = notUnderstood;
    if (wrong !== undefined) return { refused: more.length === 0 ? wrong : [wrong, ...more] };
    if (validator.Check(input)) return { input };
    for (const { instancePath } of validator.Errors(input)) {
      const error = invalid[instancePath.slice(1).split('/')[0] ?? ''];
      if (error !== undefined) return { refused: error };
    }
    throw new Error(
      `${command}: the schema refuses a value of ${JSON.stringify(Object.keys(input))} without an error for it`,
    );
  };
}
