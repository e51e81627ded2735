import { ERRORS } from '#contracts/errors/catalogue';
import {
  addDomainInput,
  addDomainOutput,
  domainInput,
  domainOutput,
  doneOutput,
  getDomainsInput,
  getDomainsOutput,
  updateDomainInput,
  updateDomainOutput,
  verifyDomainOutput,
} from '#contracts/http/domains';
import type { NamingWish } from '#domain/sender-domain/host-names';
import { defineEndpoint, type Endpoint } from '../http/endpoint.js';
import { dnsRecordMap, shownDomain } from '../sender-domain/domain-row.js';
import { AddDomain, AddDomainHandler } from './add-domain.js';
import { ClearDomainQueue, ClearDomainQueueHandler } from './clear-domain-queue.js';
import { DeleteDomain, DeleteDomainHandler } from './delete-domain.js';
import * as docs from './domains.docs.js';
import { GetDomain, GetDomainHandler } from './get-domain.js';
import { GetDomains, GetDomainsHandler } from './get-domains.js';
import { UpdateDomain, UpdateDomainHandler } from './update-domain.js';
import { VerifyDomain, VerifyDomainHandler } from './verify-domain.js';

const MANAGE = { credential: 'user', privilege: 'EmailGateway.ManageDomain' } as const;

interface NamingInput {
  readonly Subdomain?: string | null;
  readonly TrackPrefix?: string | null;
  readonly TrackMerge?: string | null;
  readonly TrackPrefixDisabled?: boolean;
}

export const domainsEndpoints: readonly Endpoint[] = [
  defineEndpoint({
    command: 'emailgateway.adddomain',
    credential: 'user',
    privilege: 'EmailGateway.AddDomain',
    docs: docs.addDomain,
    input: addDomainInput,
    required: [['DomainName', ERRORS['emailgateway.adddomain'].domainNameMissing]],
    handler: AddDomainHandler,
    message: ({ DomainName, ...naming }, { userId }) =>
      new AddDomain(userId, { name: DomainName, ...namingWish(naming) }),
    output: addDomainOutput,
    reply: (row) => ({ NewSenderDomainID: row.DomainID, Domain: shownDomain(row) }),
  }),
  defineEndpoint({
    command: 'emailgateway.getdomain',
    ...MANAGE,
    docs: docs.getDomain,
    input: domainInput,
    required: [['DomainID', ERRORS['emailgateway.getdomain'].domainIdMissing]],
    handler: GetDomainHandler,
    message: ({ DomainID }, { userId }) => new GetDomain(userId, DomainID),
    output: domainOutput,
    reply: (row) => ({ Domain: shownDomain(row) }),
  }),
  defineEndpoint({
    command: 'emailgateway.updatedomain',
    ...MANAGE,
    docs: docs.updateDomain,
    input: updateDomainInput,
    required: [['DomainID', ERRORS['emailgateway.updatedomain'].domainIdMissing]],
    handler: UpdateDomainHandler,
    message: (
      { DomainID, LinkTracking, OpenTracking, UnsubscribeLink, HostingProvider, ...naming },
      { userId },
    ) =>
      new UpdateDomain(userId, DomainID, {
        ...(LinkTracking === undefined ? {} : { linkTracking: LinkTracking }),
        ...(OpenTracking === undefined ? {} : { openTracking: OpenTracking }),
        ...(UnsubscribeLink === undefined ? {} : { unsubscribeLink: UnsubscribeLink }),
        ...(HostingProvider === undefined ? {} : { hostingProvider: HostingProvider }),
        ...namingWish(naming),
      }),
    output: updateDomainOutput,
    reply: ({ row, hostsChanged }) => ({ Domain: shownDomain(row), SubdomainChanged: hostsChanged }),
  }),
  defineEndpoint({
    command: 'emailgateway.verifydomain',
    ...MANAGE,
    docs: docs.verifyDomain,
    input: domainInput,
    required: [['DomainID', ERRORS['emailgateway.verifydomain'].domainIdMissing]],
    handler: VerifyDomainHandler,
    message: ({ DomainID }, { userId }) => new VerifyDomain(userId, DomainID),
    output: verifyDomainOutput,
    reply: ({ domainId, name, status, records }) => ({
      Domain: { DomainID: domainId, SenderDomain: name, Status: status },
      DNSVerificationResults: dnsRecordMap(records),
    }),
  }),
  defineEndpoint({
    command: 'emailgateway.getdomains',
    ...MANAGE,
    docs: docs.getDomains,
    input: getDomainsInput,
    required: [],
    handler: GetDomainsHandler,
    message: ({ WithCounts }, { userId }) => new GetDomains(userId, WithCounts ?? false),
    output: getDomainsOutput,
    reply: (domains) => ({
      Domains: domains.map(({ row, counts }) => ({
        ...shownDomain(row),
        DomainID: `${row.DomainID}`,
        ...counts,
      })),
    }),
  }),
  defineEndpoint({
    command: 'emailgateway.deletedomain',
    ...MANAGE,
    docs: docs.deleteDomain,
    input: domainInput,
    required: [['DomainID', ERRORS['emailgateway.deletedomain'].domainIdMissing]],
    handler: DeleteDomainHandler,
    message: ({ DomainID }, { userId }) => new DeleteDomain(userId, DomainID),
    output: doneOutput,
    reply: () => ({}),
  }),
  defineEndpoint({
    command: 'emailgateway.cleardomainqueue',
    ...MANAGE,
    docs: docs.clearDomainQueue,
    input: domainInput,
    required: [['DomainID', ERRORS['emailgateway.cleardomainqueue'].domainIdMissing]],
    handler: ClearDomainQueueHandler,
    message: ({ DomainID }, { userId }) => new ClearDomainQueue(userId, DomainID),
    output: doneOutput,
    reply: () => ({}),
  }),
];

/** A custom name that is no text at all is refused by the rule that refuses every text with such a character. */
const NO_LABEL = '[]';

/** What an input says of host names; what it leaves out stays out. */
function namingWish({ Subdomain, TrackPrefix, TrackMerge, TrackPrefixDisabled }: NamingInput): NamingWish {
  return {
    ...(Subdomain === undefined ? {} : { subdomain: (Subdomain ?? NO_LABEL).trim() }),
    ...(TrackPrefix === undefined ? {} : { trackPrefix: (TrackPrefix ?? NO_LABEL).trim() }),
    ...(TrackMerge === undefined ? {} : { trackMerge: TrackMerge ?? NO_LABEL }),
    ...(TrackPrefixDisabled === undefined ? {} : { trackPrefixDisabled: TrackPrefixDisabled }),
  };
}
