import type {
  DnsRecordMap,
  OptionsColumn,
  ShownDomain,
  VerificationMetaColumn,
} from '#contracts/http/domains';
import type { DnsRecord } from '#domain/sender-domain/dns-records';
import type { DeletedDomain, LiveDomain, SenderDomain } from '#domain/sender-domain/sender-domain';
import type { Queryable, Transaction } from '#platform/database/database';

/** A row of `oempro_eg_domains` as the API's commands show it. */
export interface DomainRow {
  readonly DomainID: number;
  readonly SenderDomain: string;
  readonly Status: string;
  readonly Options: OptionsColumn;
  readonly VerificationMeta: VerificationMetaColumn;
  readonly CreatedAt: Date;
}

/** The `Domain` object of replies: `CreatedAt` in UTC, `DomainID` a number. */
export function shownDomain(row: DomainRow): ShownDomain {
  const { DomainID, SenderDomain, Status, Options, VerificationMeta } = row;
  return {
    DomainID,
    SenderDomain,
    CreatedAt: shownTime(row.CreatedAt),
    Status,
    VerificationMeta,
    PolicyMeta: [],
    Options,
  };
}

/** `YYYY-MM-DD HH:MM:SS` in UTC, the form of every time in private replies. */
export const shownTime = (time: Date): string => time.toISOString().slice(0, 19).replace('T', ' ');

export const dnsRecordMap = (records: readonly DnsRecord[]): DnsRecordMap =>
  Object.fromEntries(
    records.map(({ host, type, value, verified }) => [
      host,
      verified === undefined ? [type, value] : [type, value, verified],
    ]),
  );

const OWN_COLUMNS = 'DomainID, SenderDomain, Status, Options, VerificationMeta, CreatedAt';

/** The user's domain; foreign, unknown and deleted ids look alike. */
export async function findDomain(
  q: Queryable,
  userId: number,
  domainId: number,
): Promise<DomainRow | undefined> {
  const [row] = await q.query<DomainRow>(
    `SELECT ${OWN_COLUMNS} FROM oempro_eg_domains WHERE DomainID = ? AND UserID = ? AND Status <> 'Deleted'`,
    [domainId, userId],
  );
  return row;
}

/** All domains of the user that are not deleted, by ascending id. */
export const listDomains = (q: Queryable, userId: number): Promise<DomainRow[]> =>
  q.query<DomainRow>(
    `SELECT ${OWN_COLUMNS} FROM oempro_eg_domains WHERE UserID = ? AND Status <> 'Deleted' ORDER BY DomainID`,
    [userId],
  );

/**
 * Brings the tables to the state after a change. A deleted domain takes its keys, SMTP logins, webhooks and signing key
 * along.
 */
export async function saveDomain(
  tx: Transaction,
  domain: SenderDomain,
  { version, at, isNew }: { version: number; at: Date; isNew: boolean },
): Promise<void> {
  if (domain.status === 'Absent') return;
  if (domain.status === 'Deleted') return markDeleted(tx, domain, version, at);
  if (isNew) return insertDomain(tx, domain, version, at);
  await tx.execute(
    `UPDATE oempro_eg_domains SET Status = ?, Options = ?, VerificationMeta = ?, Version = ?, UpdatedAt = ?
     WHERE DomainID = ?`,
    [domain.status, optionsJson(domain), verificationJson(domain), version, at, domain.domainId],
  );
}

async function insertDomain(tx: Transaction, domain: LiveDomain, version: number, at: Date): Promise<void> {
  await tx.execute(
    `INSERT INTO oempro_eg_domains
       (DomainID, UserID, SenderDomain, Status, Options, VerificationMeta, PolicyMeta, Version, CreatedAt, UpdatedAt)
     VALUES (?, ?, ?, ?, ?, ?, '[]', ?, ?, ?)`,
    [
      domain.domainId,
      domain.userId,
      domain.name,
      domain.status,
      optionsJson(domain),
      verificationJson(domain),
      version,
      at,
      at,
    ],
  );
}

const HANGS_ON_A_DOMAIN = ['oempro_eg_api_keys', 'oempro_eg_smtp_credentials', 'oempro_eg_webhooks'];

async function markDeleted(
  tx: Transaction,
  { domainId, userId }: DeletedDomain,
  version: number,
  at: Date,
): Promise<void> {
  await tx.execute(
    `UPDATE oempro_eg_domains SET Status = 'Deleted', SigningKeyCipher = NULL, Version = ?, UpdatedAt = ?
     WHERE DomainID = ?`,
    [version, at, domainId],
  );
  // Both ids: the index of keys and logins begins with the user, the one of webhooks with the domain.
  for (const table of HANGS_ON_A_DOMAIN)
    await tx.execute(
      `UPDATE ${table} SET Status = 'Deleted' WHERE UserID = ? AND DomainID = ? AND Status <> 'Deleted'`,
      [userId, domainId],
    );
}

function optionsJson({ options }: LiveDomain): string {
  const flag = (on: boolean) => (on ? 1 : 0);
  const column: OptionsColumn = {
    LinkTracking: flag(options.linkTracking),
    OpenTracking: flag(options.openTracking),
    UnsubscribeLink: flag(options.unsubscribeLink),
    ...(options.hostingProvider === undefined ? {} : { HostingProvider: options.hostingProvider }),
    ...(options.subdomain === undefined ? {} : { CustomSubdomain: options.subdomain }),
    ...(options.trackPrefix === undefined ? {} : { CustomTrackPrefix: options.trackPrefix }),
    ...(options.trackMerge === undefined ? {} : { CustomTrackMerge: options.trackMerge }),
    ...(options.trackPrefixDisabled === true ? { TrackPrefixDisabled: true } : {}),
  };
  return JSON.stringify(column);
}

function verificationJson({ records }: LiveDomain): string {
  const column: VerificationMetaColumn = { DNSRecords: records.length === 0 ? [] : dnsRecordMap(records) };
  return JSON.stringify(column);
}
