/**
 * Shapes that are written as examples: the contract's own reply, with these marks where its keys or values are free.
 * A plain member stands for its type; a list stands for any number of members like its first.
 */
class Mark {
  constructor(
    readonly kind: 'map' | 'nullable' | 'tuple' | 'either' | 'anything',
    readonly like: unknown,
  ) {}
}

/** An object whose keys are data: hosts, tags, statuses. */
export const mapOf = (member: unknown) => new Mark('map', member);
export const nullable = (like: unknown) => new Mark('nullable', like);
/** A list with a meaning per place. */
export const tuple = (...members: readonly unknown[]) => new Mark('tuple', members);
/** Like one of these. */
export const either = (...examples: readonly unknown[]) => new Mark('either', examples);
export const anything = new Mark('anything', undefined);

/** Where and how a value is not like its example: wrong types and absent keys. Further keys are no deviation. */
export function deviations(like: unknown, value: unknown, path = 'reply'): string[] {
  if (like instanceof Mark) return deviationsFromMark(like, value, path);
  if (Array.isArray(like)) {
    if (!Array.isArray(value)) return [`${path} is ${typeOf(value)}, not a list`];
    const [first] = like as unknown[];
    return first === undefined
      ? []
      : value.flatMap((member, at) => deviations(first, member, `${path}[${at}]`));
  }
  if (isRecord(like)) {
    if (!isRecord(value)) return [`${path} is ${typeOf(value)}, not an object`];
    return Object.entries(like).flatMap(([key, member]) =>
      Object.hasOwn(value, key)
        ? deviations(member, value[key], `${path}.${key}`)
        : [`${path}.${key} is absent`],
    );
  }
  return typeOf(like) === typeOf(value) ? [] : [`${path} is ${typeOf(value)}, not ${typeOf(like)}`];
}

function deviationsFromMark({ kind, like }: Mark, value: unknown, path: string): string[] {
  switch (kind) {
    case 'anything':
      return [];
    case 'nullable':
      return value === null ? [] : deviations(like, value, path);
    case 'map':
      if (!isRecord(value)) return [`${path} is ${typeOf(value)}, not an object`];
      return Object.entries(value).flatMap(([key, member]) => deviations(like, member, `${path}.${key}`));
    case 'either': {
      const found = (like as unknown[]).map((example) => deviations(example, value, path));
      return found.reduce((least, next) => (next.length < least.length ? next : least));
    }
    case 'tuple': {
      const members = like as unknown[];
      if (!Array.isArray(value) || value.length !== members.length)
        return [`${path} is not a list of ${members.length}`];
      return members.flatMap((member, at) => deviations(member, value[at], `${path}[${at}]`));
    }
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'list' : typeof value;
}
