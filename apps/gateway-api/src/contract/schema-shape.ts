import { isRecord, typeOf } from './seed/shape.js';

/** What is read of a JSON schema, as TypeBox writes it. */
interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema | readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly description?: string;
  readonly type?: string;
}

/**
 * Where a reply and the documented example differ in keys or types, at any depth. Values are free; keys are where the
 * schema says that they are data, and may be absent where it says that they are optional. A list without members says
 * nothing of them.
 */
export function differences(
  schema: object | undefined,
  example: unknown,
  reply: unknown,
  path = '',
): string[] {
  const known: Schema = schema ?? {};
  if (known.anyOf !== undefined && typeOf(example) === typeOf(reply)) {
    const found = known.anyOf.map((branch) => differences(branch, example, reply, path));
    return found.reduce((least, next) => (next.length < least.length ? next : least));
  }
  if (Array.isArray(example) && Array.isArray(reply)) {
    return reply.flatMap((member, at) => {
      const [itsSchema, like] = memberOf(known, example, at);
      return like === undefined ? [] : differences(itsSchema, like, member, `${path}[${at}]`);
    });
  }
  if (isRecord(example) && isRecord(reply)) return differencesOfObjects(known, example, reply, path);
  if (typeOf(example) === typeOf(reply) || known.anyOf !== undefined) return [];
  return [`${path} is ${typeOf(reply)}, the example has ${typeOf(example)}`];
}

function memberOf({ items }: Schema, example: readonly unknown[], at: number): [Schema | undefined, unknown] {
  return Array.isArray(items)
    ? [(items as readonly Schema[])[at], example[at]]
    : [items as Schema | undefined, example[0]];
}

function differencesOfObjects(
  schema: Schema,
  example: Readonly<Record<string, unknown>>,
  reply: Readonly<Record<string, unknown>>,
  path: string,
): string[] {
  const member = dataSchema(schema);
  if (member !== undefined) {
    const [like] = Object.values(example);
    return like === undefined
      ? []
      : Object.entries(reply).flatMap(([key, value]) => differences(member, like, value, `${path}.${key}`));
  }
  const found: string[] = [];
  for (const key of new Set([...Object.keys(example), ...Object.keys(reply)])) {
    const [inExample, inReply] = [Object.hasOwn(example, key), Object.hasOwn(reply, key)];
    if (inExample && inReply)
      found.push(...differences(schema.properties?.[key], example[key], reply[key], `${path}.${key}`));
    else if (!isOptional(schema, key))
      found.push(`${path}.${key} is ${inReply ? 'not in the example' : 'only in the example'}`);
  }
  return found;
}

/** Schema of the members of an object whose keys are data. */
function dataSchema({ properties, patternProperties, additionalProperties }: Schema): Schema | undefined {
  if (properties !== undefined && Object.keys(properties).length > 0) return undefined;
  const [pattern] = Object.values(patternProperties ?? {});
  return pattern ?? (isRecord(additionalProperties) ? additionalProperties : undefined);
}

const isOptional = ({ properties, required = [] }: Schema, key: string) =>
  properties !== undefined && Object.hasOwn(properties, key) && !required.includes(key);

/** Members at any depth that nobody described; an object is described by its members. */
export function undescribed(schema: object, path = ''): string[] {
  const { properties = {}, items, anyOf = [], patternProperties = {} }: Schema = schema;
  const named = Object.entries(properties).flatMap(([name, member]) => [
    ...((member.description ?? '') === '' && member.properties === undefined ? [`${path}.${name}`] : []),
    ...undescribed(member, `${path}.${name}`),
  ]);
  const below = [
    ...(Array.isArray(items) ? (items as readonly Schema[]) : items === undefined ? [] : [items as Schema]),
    ...anyOf,
    ...Object.values(patternProperties),
  ];
  return [...named, ...below.flatMap((member) => undescribed(member, `${path}[]`))];
}
