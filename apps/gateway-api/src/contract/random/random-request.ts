import type { Given } from '../contract-case.js';
import { isRecord } from '../seed/shape.js';
import type { RandomSource } from './random-source.js';

const deep = (levels: number): unknown => (levels === 0 ? 'bottom' : { a: [deep(levels - 1)] });

/** Values that have broken servers before. */
const HOSTILE: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -0,
  -1,
  1,
  1.5,
  1e21,
  -1e308,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  2 ** 64,
  '',
  ' ',
  '0',
  '00',
  '+1',
  '1e3',
  '0x10',
  '1 OR 1=1',
  "' OR '1'='1",
  '"; DROP TABLE events; --',
  '9'.repeat(400),
  'true',
  'null',
  'undefined',
  'NaN',
  '\u0000',
  'a\u0000b',
  '\ud800',
  '\udc00x',
  '\u202eabc',
  '𝕏'.repeat(100),
  'é'.repeat(300),
  'x'.repeat(70_000),
  '%',
  '%_',
  '*',
  '?',
  '\\',
  '../../etc/passwd',
  '${7*7}',
  '{{7*7}}',
  '<script>alert(1)</script>',
  ']]>',
  'a\r\nBcc: x@example.org',
  'a@b',
  '@',
  '"a b"@example.org',
  `${'a'.repeat(65)}@example.org`,
  'xn--',
  'xn--a.example.com',
  '..',
  '.',
  '-',
  'http://',
  'http://[',
  'http://example.com:99999/',
  'https://user:pass@example.com/',
  'javascript:alert(1)',
  '2026-02-30',
  '0000-00-00',
  '9999-12-31',
  '2026-1-1',
  '275760-09-13',
  '1,2,,x,-3',
  '[',
  '{',
  '[1,',
  '{"a":1}',
  '[[[[[[]]]]]]',
  'eyJhbGciOiJub25lIn0.e30.',
  [],
  [[]],
  [null],
  [1, 'a', {}],
  Array.from({ length: 2000 }, (_, at) => at),
  {},
  { a: 1 },
  { length: 1e9 },
  { toString: 1, valueOf: 2 },
  { constructor: { prototype: {} } },
  { $ne: null },
  { type: 'Buffer', data: [1] },
  Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`k${at}`, at])),
  JSON.parse('{"__proto__": {"admin": true}}'),
  deep(40),
];

/** Names that mean something to some server. */
const NAMES = [
  '__proto__',
  'constructor',
  'Command[]',
  'ResponseFormat',
  'UserID',
  'Access',
  'a.b',
  '[x]',
  '',
  'DomainID[]',
];

/**
 * A request that is no longer quite the valid one: parameters, or parts of them, are replaced.
 * @param names every parameter of the endpoint
 * @param turn every parameter has its turn to be among those that change
 */
export function randomGiven(
  random: RandomSource,
  valid: Given,
  names: readonly string[],
  turn: number,
): Given {
  const parameters: Record<string, unknown> = { ...valid.parameters };
  const chosen = new Set(names.length === 0 ? [] : [names[turn % names.length] ?? '']);
  while (names.length > 0 && random.chance(0.4)) chosen.add(random.pick(names));
  for (const name of chosen) parameters[name] = changed(random, parameters[name]);
  if (names.length === 0 || random.chance(0.15)) {
    // An ordinary assignment would set the prototype for one of the names.
    const value = random.pick(HOSTILE);
    Object.defineProperty(parameters, random.pick(NAMES), { value, enumerable: true, configurable: true });
  }
  return {
    ...valid,
    parameters,
    ...(random.chance(0.1) ? { credential: hostileCredential(random) } : {}),
  };
}

/** Something else in place of a value, or of a part of it. */
function changed(random: RandomSource, value: unknown): unknown {
  if (random.chance(0.4)) return random.pick(HOSTILE);
  if (Array.isArray(value) && value.length > 0) {
    const at = random.below(value.length);
    return value.map((member: unknown, place) => (place === at ? changed(random, member) : member));
  }
  if (isRecord(value)) {
    const keys = Object.keys(value);
    if (keys.length === 0) return random.pick(HOSTILE);
    const key = random.pick(keys);
    if (random.chance(0.2)) return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));
    return { ...value, [key]: changed(random, value[key]) };
  }
  if (typeof value === 'string' && random.chance(0.5)) {
    const hostile = random.pick(HOSTILE);
    const cut = random.below(value.length + 1);
    return `${value.slice(0, cut)}${typeof hostile === 'string' ? hostile : ''}${value.slice(cut)}`;
  }
  return random.pick(HOSTILE);
}

function hostileCredential(random: RandomSource): Given['credential'] {
  const value = random.pick(HOSTILE);
  return { APIKey: value, SessionID: value, AdminAPIKey: headerText(value), SenderAPIKey: headerText(value) };
}

/** On v1 these are a header, which fetch refuses to send with anything but visible ASCII. */
const headerText = (value: unknown) =>
  (typeof value === 'string' ? value : JSON.stringify(value)).replaceAll(/[^\x21-\x7e]/g, '').slice(0, 8000);
