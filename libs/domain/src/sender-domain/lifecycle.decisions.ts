import { type Decision, refuse } from '../decision.js';
import { isDomainName } from './domain-name.js';
import { type DnsRecord, type HostNamingOverrides, effectiveNaming, recordsFit } from './dns-records.js';
import {
  type HostRules,
  type NamingWish,
  namingAfter,
  recordSet,
  sameNaming,
  withNaming,
} from './host-names.js';
import {
  type DomainSetup,
  type LiveDomain,
  type LiveStatus,
  type SenderDomain,
  type SenderDomainEvent,
  isLive,
  isLiveStatus,
  isOperatorStop,
} from './sender-domain.js';

/** The domain when it is there for this user. Foreign, unknown and deleted cannot be told apart. */
export const ownedDomain = (userId: number, domain: SenderDomain): LiveDomain | undefined =>
  isLive(domain) && domain.userId === userId ? domain : undefined;

export interface AddDomain extends HostRules, NamingWish {
  readonly domainId: number;
  readonly userId: number;
  /** As `domainNameOf` gives it. */
  readonly name: string;
  /** New domains wait for an operator, whatever the DNS says. */
  readonly manualApproval: boolean;
  /** How many domains the user has that are not deleted. */
  readonly domainCount: number;
  /** How many the user may have; 0 = any number. */
  readonly domainLimit: number;
}

type AddingRefused = 'domain-name-invalid' | 'subdomain-invalid' | 'domain-limit-reached';

/**
 * Adds a domain, brings a deleted one of the same owner back as new, or adds again what is there.
 *
 * Adding again a domain that is there asks for its approval anew (contract notes, row 1):
 * what the call names of the hosts is taken over, what it leaves out stays, records that are still the right ones stay
 * with label and hash, so that one verification is enough. Keys, logins and webhooks stay too. A domain that waits for
 * approval already is left as it is when the call names nothing new, so a call whose answer was lost may be repeated.
 *
 * An operator's stop is never lifted, neither by adding again nor by deleting and adding.
 */
export const addDomain = (
  command: AddDomain,
  domain: SenderDomain,
): Decision<SenderDomainEvent, AddingRefused> => {
  const { name } = command;
  if (!isDomainName(name)) return refuse('domain-name-invalid');
  const overrides = namingAfter(isLive(domain) ? domain.options : {}, command);
  if (overrides === undefined) return refuse('subdomain-invalid');
  const records = recordSet(name, overrides, command);
  if ('refused' in records)
    return refuse(records.refused === 'host-too-long' ? 'domain-name-invalid' : records.refused);
  if (domain.status !== 'Absent' && (domain.userId !== command.userId || domain.name !== name))
    throw new Error(`Domain ${domain.domainId} is not ${name} of user ${command.userId}`);
  if (isLive(domain)) return addedAgain(command, domain, overrides, records);
  if (command.domainLimit > 0 && command.domainCount >= command.domainLimit)
    return refuse('domain-limit-reached');

  const setup: DomainSetup = {
    status: statusAtStart(records.length === 0, command.manualApproval),
    options: { ...OPTIONS_AT_START, ...overrides },
    records,
  };
  if (domain.status === 'Absent')
    return [{ type: 'DomainAdded', domainId: command.domainId, userId: command.userId, name, ...setup }];
  return [{ type: 'DomainRevived', ...setup, status: domain.stoppedAs ?? setup.status }];
};

const OPTIONS_AT_START = { linkTracking: true, openTracking: true, unsubscribeLink: false };

/** A domain of which nothing is asked has nothing to wait for but an operator. */
export const statusAtStart = (asksNothing: boolean, waitsForOperator: boolean): LiveStatus =>
  asksNothing && !waitsForOperator ? 'Enabled' : 'Approval Pending';

const addedAgain = (
  command: AddDomain,
  domain: LiveDomain,
  overrides: HostNamingOverrides,
  newRecords: readonly DnsRecord[],
): Decision<SenderDomainEvent, never> => {
  const { name, options, status } = domain;
  const naming = effectiveNaming(overrides, command.defaults);
  const fit = recordsFit(domain.records, command.template, { ...command, domain: name, naming });
  const waitsForOperator = command.manualApproval && !domain.approved;
  const setup: DomainSetup = {
    status: isOperatorStop(status) ? status : statusAtStart(newRecords.length === 0, waitsForOperator),
    options: withNaming(options, overrides),
    records: fit ? domain.records.map(unchecked) : newRecords,
  };
  const unchanged = fit && setup.status === status && sameNaming(options, overrides);
  return unchanged ? [] : [{ type: 'DomainAddedAgain', ...setup }];
};

const unchecked = ({ host, type, value }: DnsRecord): DnsRecord => ({ host, type, value });

export interface VerifyDomain {
  readonly userId: number;
  /** What was looked up, with `verified` set. */
  readonly results: readonly DnsRecord[];
  readonly manualApproval: boolean;
}

/**
 * Takes over what the DNS said. All records found lifts Approval Pending to Enabled (unless an operator
 * has to approve, which is asked once in a domain's life); one record missing demotes Enabled. An operator's stop is never touched, only its flags.
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
  const status = statusAfterCheck(owned.status, allFound, command.manualApproval && !owned.approved);
  const sameFlags = records.every(({ verified }, index) => owned.records[index]?.verified === verified);
  if (sameFlags && status === owned.status) return [];
  return [{ type: allFound ? 'DomainVerified' : 'DomainVerificationFailed', status, records }];
};

const wasFound = (record: DnsRecord, results: readonly DnsRecord[]): boolean =>
  results.some(
    ({ host, type, value, verified }) =>
      verified === true && host === record.host && type === record.type && value === record.value,
  );

const statusAfterCheck = (status: LiveStatus, allFound: boolean, waitsForOperator: boolean): LiveStatus => {
  if (status === 'Enabled' && !allFound) return 'Approval Pending';
  if (status === 'Approval Pending' && allFound && !waitsForOperator) return 'Enabled';
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
