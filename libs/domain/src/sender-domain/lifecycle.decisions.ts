import { type Decision, refuse } from '../decision.js';
import {
  MAX_HOST_LENGTH,
  isDomainName,
  isSubdomainLabel,
  isTrackMerge,
  labelsFit,
  normalizeDomainName,
} from './domain-name.js';
import {
  type DnsRecord,
  type DnsTemplate,
  type HostNaming,
  type HostNamingOverrides,
  dnsRecords,
  effectiveNaming,
  trackingHost,
} from './dns-records.js';
import {
  type DomainSetup,
  type LiveDomain,
  type LiveStatus,
  type SenderDomain,
  type SenderDomainEvent,
  isLive,
  isLiveStatus,
} from './sender-domain.js';

/** The domain when it is there for this user. Foreign, unknown and deleted cannot be told apart. */
export const ownedDomain = (userId: number, domain: SenderDomain): LiveDomain | undefined =>
  isLive(domain) && domain.userId === userId ? domain : undefined;

export interface AddDomain {
  readonly domainId: number;
  readonly userId: number;
  /** In ASCII; international names arrive as punycode. */
  readonly name: string;
  /** Empty text means: the default. */
  readonly subdomain?: string;
  readonly trackPrefix?: string;
  readonly trackMerge?: string;
  readonly trackPrefixDisabled?: boolean;
  readonly defaults: HostNaming;
  readonly template: DnsTemplate;
  readonly infrastructure: string;
  /** Random label of the ownership record. */
  readonly label: string;
  /** Value of the ownership record. */
  readonly hash: string;
  /** New domains wait for an operator, whatever the DNS says. */
  readonly manualApproval: boolean;
  /** How many domains the user has that are not deleted. */
  readonly domainCount: number;
  /** How many the user may have; 0 = any number. */
  readonly domainLimit: number;
}

/**
 * Adds a domain, or brings a deleted one of the same owner back. Adding a domain that is there already
 * changes nothing, so that a caller may repeat a call whose answer was lost.
 */
export const addDomain = (
  command: AddDomain,
  domain: SenderDomain,
): Decision<SenderDomainEvent, 'domain-name-invalid' | 'subdomain-invalid' | 'domain-limit-reached'> => {
  const name = normalizeDomainName(command.name);
  if (!isDomainName(name)) return refuse('domain-name-invalid');
  const overrides = namingOverrides(command);
  if (overrides === undefined) return refuse('subdomain-invalid');
  const naming = effectiveNaming(overrides, command.defaults);
  const tracking = trackingHost(name, naming);
  if (!labelsFit(tracking)) return refuse('subdomain-invalid');
  const records = dnsRecords(command.template, { ...command, domain: name, naming });
  if ([tracking, ...records.map(({ host }) => host)].some((host) => host.length > MAX_HOST_LENGTH))
    return refuse('domain-name-invalid');
  if (domain.status !== 'Absent' && (domain.userId !== command.userId || domain.name !== name))
    throw new Error(`Domain ${domain.domainId} is not ${name} of user ${command.userId}`);
  if (isLive(domain)) return [];
  if (command.domainLimit > 0 && command.domainCount >= command.domainLimit)
    return refuse('domain-limit-reached');

  const setup: DomainSetup = {
    status: records.length === 0 && !command.manualApproval ? 'Enabled' : 'Approval Pending',
    options: { ...OPTIONS_AT_START, ...overrides },
    records,
  };
  if (domain.status === 'Absent')
    return [{ type: 'DomainAdded', domainId: command.domainId, userId: command.userId, name, ...setup }];
  // Deleting and adding again must not lift what an operator stopped.
  return [{ type: 'DomainRevived', ...setup, status: domain.stoppedAs ?? setup.status }];
};

const OPTIONS_AT_START = { linkTracking: true, openTracking: true, unsubscribeLink: false };

const namingOverrides = (command: AddDomain): HostNamingOverrides | undefined => {
  const { subdomain = '', trackPrefix = '', trackMerge, trackPrefixDisabled = false } = command;
  if (subdomain !== '' && !isSubdomainLabel(subdomain)) return undefined;
  if (trackPrefix !== '' && !isSubdomainLabel(trackPrefix)) return undefined;
  if (trackMerge !== undefined && !isTrackMerge(trackMerge)) return undefined;
  return {
    ...(subdomain === '' ? {} : { subdomain: subdomain.toLowerCase() }),
    ...(trackPrefix === '' ? {} : { trackPrefix: trackPrefix.toLowerCase() }),
    ...(trackMerge === undefined ? {} : { trackMerge }),
    ...(trackPrefixDisabled ? { trackPrefixDisabled } : {}),
  };
};

export interface VerifyDomain {
  readonly userId: number;
  /** What was looked up, with `verified` set. */
  readonly results: readonly DnsRecord[];
  readonly manualApproval: boolean;
}

/**
 * Takes over what the DNS said. All records found lifts Approval Pending to Enabled (unless an operator
 * has to approve); one record missing demotes Enabled. An operator's stop is never touched, only its flags.
 * A result that belongs to an older record set does not count.
 */
export const verifyDomain = (
  command: VerifyDomain,
  domain: SenderDomain,
): Decision<SenderDomainEvent, 'domain-not-found'> => {
  const owned = ownedDomain(command.userId, domain);
  if (owned === undefined) return refuse('domain-not-found');
  const records = owned.records.map((record) => ({ ...record, verified: wasFound(record, command.results) }));
  const allFound = records.every(({ verified }) => verified);
  const status = statusAfterCheck(owned.status, allFound, command.manualApproval);
  const sameFlags = records.every(({ verified }, index) => owned.records[index]?.verified === verified);
  if (sameFlags && status === owned.status) return [];
  return [{ type: allFound ? 'DomainVerified' : 'DomainVerificationFailed', status, records }];
};

const wasFound = (record: DnsRecord, results: readonly DnsRecord[]): boolean =>
  results.some(
    ({ host, type, value, verified }) =>
      verified === true && host === record.host && type === record.type && value === record.value,
  );

const statusAfterCheck = (status: LiveStatus, allFound: boolean, manualApproval: boolean): LiveStatus => {
  if (status === 'Enabled' && !allFound) return 'Approval Pending';
  if (status === 'Approval Pending' && allFound && !manualApproval) return 'Enabled';
  return status;
};

export interface SetDomainStatus {
  readonly status: string;
}

/** An operator's decision; needs no DNS and no owner. Deleting has its own command. */
export const setDomainStatus = (
  command: SetDomainStatus,
  domain: SenderDomain,
): Decision<SenderDomainEvent, 'status-invalid' | 'domain-not-found'> => {
  if (!isLiveStatus(command.status)) return refuse('status-invalid');
  if (!isLive(domain)) return refuse('domain-not-found');
  return domain.status === command.status ? [] : [{ type: 'DomainStatusSet', status: command.status }];
};

export interface DeleteDomain {
  readonly userId: number;
}

export const deleteDomain = (
  command: DeleteDomain,
  domain: SenderDomain,
): Decision<SenderDomainEvent, 'domain-not-found'> =>
  ownedDomain(command.userId, domain) === undefined
    ? refuse('domain-not-found')
    : [{ type: 'DomainDeleted' }];
