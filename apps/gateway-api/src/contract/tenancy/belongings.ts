import { createHash } from 'node:crypto';
import type { MysqlDatabase } from '#platform/database/database';

type Row = Readonly<Record<string, unknown>>;

/** Tables of the installation: no row of theirs is a tenant's. */
const NOBODYS = new Set([
  'leases',
  'sequences',
  'oempro_user_groups',
  'ingest_checkpoints',
  'ingest_quarantine',
  'ingest_headers',
  'ingest_dropped',
]);

/** Whose row it is, where no column says so. `of` looks an owner up that was found in another table. */
const BY_REFERENCE: Readonly<
  Record<string, (row: Row, of: (table: string, id: unknown) => unknown) => unknown>
> = {
  oempro_subscribers: (row, of) => of('oempro_subscriber_lists', row['ListID']),
  oempro_journey_actions: (row, of) => of('oempro_journeys', row['JourneyID']),
  events: (row, of) => of('oempro_eg_domains', String(row['stream_id']).replace('domain-', '')),
  outbox: (row, of) => {
    const key = String(row['message_key']);
    return of('oempro_eg_domains', key) ?? of('eg_messages', key);
  },
};
const ID_COLUMNS: Readonly<Record<string, string>> = {
  oempro_subscriber_lists: 'ListID',
  oempro_journeys: 'JourneyID',
  oempro_eg_domains: 'DomainID',
  eg_messages: 'message_id',
};

/** Checksum of all that each user has in MySQL, by user id. A user without rows is absent. */
export type Checksums = ReadonlyMap<number, string>;

/** @throws when a table has rows whose owner nobody can tell: say here whose they are */
export async function checksums(database: MysqlDatabase): Promise<Checksums> {
  const tables = await database.query<{ name: string }>(
    'SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() ORDER BY 1',
  );
  const owned = tables.map(({ name }) => name).filter((name) => !NOBODYS.has(name));
  const contents = await Promise.all(
    owned.map(
      async (table) =>
        [table, await database.query<Record<string, unknown>>(`SELECT * FROM ${table}`)] as const,
    ),
  );
  const owners = new Map<string, unknown>();
  for (const [table, rows] of contents) {
    const id = ID_COLUMNS[table];
    if (id !== undefined)
      for (const row of rows) owners.set(`${table} ${String(row[id])}`, row['UserID'] ?? row['user_id']);
  }
  const belongings = new Map<number, string[]>();
  for (const [table, rows] of contents) {
    for (const row of rows) {
      const owner = Number(ownerOf(table, row, owners));
      const text = `${table} ${JSON.stringify(row, readable)}`;
      belongings.set(owner, [...(belongings.get(owner) ?? []), text]);
    }
  }
  return new Map([...belongings].map(([owner, rows]) => [owner, digest(rows)]));
}

function ownerOf(table: string, row: Row, owners: ReadonlyMap<string, unknown>): unknown {
  const of = (other: string, id: unknown) => owners.get(`${other} ${String(id)}`);
  const owner =
    row['UserID'] ??
    row['user_id'] ??
    BY_REFERENCE[table]?.(row, of) ??
    of('oempro_eg_domains', row['DomainID'] ?? row['domain_id']);
  if (typeof owner !== 'number') throw new Error(`whose is this row of ${table}? ${JSON.stringify(row)}`);
  return owner;
}

/** Order of rows is free. */
function digest(rows: readonly string[]): string {
  const hash = createHash('sha256');
  for (const row of [...rows].sort()) hash.update(row);
  return `${rows.length} rows, ${hash.digest('hex').slice(0, 16)}`;
}

const readable = (_: string, value: unknown) => (typeof value === 'bigint' ? `${value}` : value);
