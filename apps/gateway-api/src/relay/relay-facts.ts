import type { VerificationMetaColumn } from '#contracts/http/domains';
import type { HostNaming } from '#domain/sender-domain/dns-records';
import type { RelayFacts } from '#domain/sender-domain/relay-hosts';
import { namingOf } from '../sender-domain/host-naming.js';

/** Columns of `RelayRow`. Records of an Enabled domain decide nothing and stay where they are. */
export const RELAY_COLUMNS = `DomainID, SenderDomain, Status, Options,
  IF(Status = 'Enabled', NULL, VerificationMeta) AS VerificationMeta`;

export interface RelayRow {
  readonly DomainID: number;
  readonly SenderDomain: string;
  readonly Status: string;
  readonly Options: Readonly<Record<string, unknown>>;
  readonly VerificationMeta: VerificationMetaColumn | null;
}

export function relayFacts(row: RelayRow, defaults: HostNaming): RelayFacts {
  const records = Object.values(row.VerificationMeta?.DNSRecords ?? {});
  return {
    name: row.SenderDomain.toLowerCase(),
    status: row.Status,
    records: records.map(([, , verified = false]) => ({ verified })),
    naming: namingOf(row.Options, defaults),
  };
}
