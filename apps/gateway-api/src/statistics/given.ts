/**
 * Domain ids of a comma-separated text, a JSON array or its text; what is no id in it is ignored. `undefined`: no list was
 * given. Whatever else is given names no domain: a filter must never widen.
 */
export function givenDomains(given: unknown): ReadonlySet<number> | undefined {
  if (given === undefined || given === null) return undefined;
  if (typeof given === 'string' && given.trim() === '') return undefined;
  return new Set(
    members(given)
      .map(idOf)
      .filter((id) => id !== undefined),
  );
}

function members(given: unknown): readonly unknown[] {
  if (Array.isArray(given)) return given;
  if (typeof given === 'number') return [given];
  return typeof given === 'string'
    ? given
        .trim()
        .replace(/^\[(.*)\]$/s, '$1')
        .split(',')
    : [];
}

function idOf(member: unknown): number | undefined {
  if (typeof member === 'number') return member;
  const match = typeof member === 'string' ? /^\s*"?(\d{1,16})"?\s*$/.exec(member) : null;
  return match?.[1] === undefined ? undefined : Number(match[1]);
}
