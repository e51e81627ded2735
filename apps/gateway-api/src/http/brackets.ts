const NAME = /^([^[\]]+)((?:\[[^[\]]*\]){1,5})$/;

interface Node {
  readonly members: Map<string, Node | string>;
}

/**
 * Name/value pairs of a form or query string, with the bracket notation that forms use for structures:
 * `To[0][email]=a@b.c` and `Tags[]=x`. The last value of a repeated plain name wins. Names nested deeper than five levels
 * stay as they are written. Groups whose names are all digits become arrays, in order of appearance.
 */
export function structureOf(pairs: Iterable<readonly [string, string]>): [string, unknown][] {
  const root: Node = { members: new Map() };
  for (const [name, value] of pairs) {
    const match = NAME.exec(name);
    const path = match === null ? [name] : [match[1] ?? '', ...(match[2] ?? '').slice(1, -1).split('][')];
    insert(root, path, value);
  }
  return [...root.members].map(([name, member]) => [name, plain(member)]);
}

function insert(root: Node, path: readonly string[], value: string): void {
  let node = root;
  path.forEach((written, level) => {
    const name = written === '' && level > 0 ? `${node.members.size}` : written;
    if (level === path.length - 1) {
      node.members.set(name, value);
      return;
    }
    const child = node.members.get(name);
    const next: Node = child === undefined || typeof child === 'string' ? { members: new Map() } : child;
    node.members.set(name, next);
    node = next;
  });
}

function plain(member: Node | string): unknown {
  if (typeof member === 'string') return member;
  const entries = [...member.members].map(([name, child]) => [name, plain(child)] as const);
  return entries.every(([name]) => /^[0-9]+$/.test(name))
    ? entries.map(([, child]) => child)
    : Object.fromEntries(entries);
}
