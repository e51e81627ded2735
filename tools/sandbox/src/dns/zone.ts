import { readFileSync, statSync } from 'node:fs';
import { isIPv4, isIPv6 } from 'node:net';

import type { Logger } from 'pino';

export const ZONE_TYPES = ['A', 'AAAA', 'CNAME', 'MX', 'NS', 'TXT'] as const;
export type ZoneType = (typeof ZONE_TYPES)[number];

/** One record of a name. `values` has one member, or those of a `sequence`, which are given one per answer. */
export interface ZoneRecord {
  type: ZoneType;
  values: readonly string[];
  /** Seconds. */
  ttl: number;
}

/** Records by name; names in lower case without the final dot. */
export type Zone = ReadonlyMap<string, readonly ZoneRecord[]>;

const DEFAULT_TTL = 60;
const MAX_TTL = 2_147_483_647;
const BUILT_IN: readonly [string, ZoneRecord][] = [
  ['receiver.sandbox.test', { type: 'A', values: ['127.0.0.1'], ttl: DEFAULT_TTL }],
];

export const zoneName = (name: string): string => name.toLowerCase().replace(/\.$/, '');

const isHost = (value: string): boolean =>
  value.length <= 254 &&
  value
    .replace(/\.$/, '')
    .split('.')
    .every((label) => /^[^\s.]{1,63}$/.test(label));

const VALID: Record<ZoneType, (value: string) => boolean> = {
  A: isIPv4,
  AAAA: isIPv6,
  CNAME: isHost,
  NS: isHost,
  TXT: (value) => Buffer.byteLength(value) <= 60_000,
  MX: (value) => {
    const match = /^(\d{1,5})\s+(\S+)$/.exec(value);
    return (
      match?.[1] !== undefined && match[2] !== undefined && Number(match[1]) <= 65_535 && isHost(match[2])
    );
  },
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function zoneRecord(name: string, input: unknown): ZoneRecord {
  const fail = (what: string): never => {
    throw new Error(`${name}: ${what}`);
  };
  if (!isObject(input)) return fail('a record is an object with type and value or sequence');
  const type = ZONE_TYPES.find((known) => known === String(input.type).toUpperCase());
  if (type === undefined)
    return fail(`type ${JSON.stringify(input.type)} is none of ${ZONE_TYPES.join(', ')}`);
  const values: unknown[] = Array.isArray(input.sequence) ? input.sequence : [input.value];
  if (values.length === 0) return fail('an empty sequence');
  const checked = values.map((value) =>
    typeof value === 'string' && VALID[type](value)
      ? value
      : fail(`${JSON.stringify(value)} is no value for ${type}`),
  );
  const ttl = input.ttl ?? DEFAULT_TTL;
  if (typeof ttl !== 'number' || !Number.isInteger(ttl) || ttl < 0 || ttl > MAX_TTL)
    return fail('ttl is no number of seconds');
  return { type, values: checked, ttl };
}

/**
 * Reads the text of a zone file: `{"name.test": [{"type", "value" or "sequence", "ttl"}]}`.
 *
 * @throws Error that names the first entry that is wrong.
 */
export function parseZone(text: string): Zone {
  const input: unknown = JSON.parse(text);
  if (!isObject(input)) throw new Error('the file holds no object of names');
  const zone = new Map<string, ZoneRecord[]>();
  for (const [name, records] of Object.entries(input)) {
    if (!isHost(name)) throw new Error(`${JSON.stringify(name)} is no name`);
    if (!Array.isArray(records)) throw new Error(`${name}: a list of records is needed`);
    const key = zoneName(name);
    zone.set(key, [...(zone.get(key) ?? []), ...records.map((record) => zoneRecord(name, record))]);
  }
  return zone;
}

/** The names that the sandbox itself needs, unless the file has them. */
export function withBuiltIn(zone: Zone): Zone {
  const missing = BUILT_IN.filter(([name]) => !zone.has(name)).map(
    ([name, record]) => [name, [record]] as const,
  );
  return new Map<string, readonly ZoneRecord[]>([...zone, ...missing]);
}

/**
 * The zone file, looked at on every use, so that what a writer just put there counts at once. A file that can't be
 * understood leaves the last good zone in force and is reported once; without a file only the built-in names exist.
 */
export class ZoneFile {
  /** What is wrong with the file as it is now; undefined when nothing is. */
  problem: string | undefined;

  private zone: Zone = withBuiltIn(new Map());
  private seen = 'never';

  constructor(
    private readonly path: string,
    private readonly log: Logger,
  ) {}

  current(): Zone {
    const stat = statSync(this.path, { throwIfNoEntry: false });
    const state = stat === undefined ? 'absent' : `${stat.ino} ${stat.size} ${stat.mtimeMs} ${stat.ctimeMs}`;
    if (state === this.seen) return this.zone;
    this.seen = state;
    try {
      this.zone = withBuiltIn(stat === undefined ? new Map() : parseZone(readFileSync(this.path, 'utf8')));
      this.problem = undefined;
      this.log.info({ file: this.path, names: this.zone.size }, 'zone.read');
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
      this.log.error({ file: this.path, reason: this.problem }, 'zone.unusable');
    }
    return this.zone;
  }
}
