import Type from 'typebox';
import { ERRORS } from '#contracts/errors/catalogue';
import { flag, id, text } from '#contracts/http/parameters';
import { defineEndpoint, type Endpoint } from '../http/endpoint.js';
import { dnsRecordMap, shownDomain } from '../sender-domain/domain-row.js';
import { AddDomain, AddDomainHandler } from './add-domain.js';
import { GetDomain, GetDomainHandler } from './get-domain.js';
import { VerifyDomain, VerifyDomainHandler } from './verify-domain.js';

const addDomain = ERRORS['emailgateway.adddomain'];
const getDomain = ERRORS['emailgateway.getdomain'];
const verifyDomain = ERRORS['emailgateway.verifydomain'];

export const domainsEndpoints: readonly Endpoint[] = [
  defineEndpoint({
    command: 'emailgateway.adddomain',
    credential: 'user',
    privilege: 'EmailGateway.AddDomain',
    input: Type.Object({
      DomainName: text('Domain name to add, such as example.com; international names are taken as well'),
      Subdomain: Type.Optional(
        text('Custom subdomain: letters, digits, inner hyphens, at most 32 characters'),
      ),
      TrackPrefix: Type.Optional(text('Custom tracking prefix, with the same characters')),
      TrackMerge: Type.Optional(text('What joins tracking prefix and subdomain: "-", "." or nothing')),
      TrackPrefixDisabled: Type.Optional(flag('Track under the return path host instead of one of its own')),
    }),
    required: [['DomainName', addDomain.domainNameMissing]],
    invalid: {
      Subdomain: addDomain.subdomainInvalid,
      TrackPrefix: addDomain.subdomainInvalid,
      TrackMerge: addDomain.subdomainInvalid,
    },
    handler: AddDomainHandler,
    message: ({ DomainName, Subdomain, TrackPrefix, TrackMerge, TrackPrefixDisabled }, { userId }) =>
      new AddDomain(userId, {
        name: DomainName,
        subdomain: Subdomain,
        trackPrefix: TrackPrefix,
        trackMerge: TrackMerge,
        trackPrefixDisabled: TrackPrefixDisabled,
      }),
    reply: (row) => ({ NewSenderDomainID: row.DomainID, Domain: shownDomain(row) }),
  }),
  defineEndpoint({
    command: 'emailgateway.getdomain',
    credential: 'user',
    privilege: 'EmailGateway.ManageDomain',
    input: Type.Object({ DomainID: id('Sender domain ID') }),
    required: [['DomainID', getDomain.domainIdMissing]],
    handler: GetDomainHandler,
    message: ({ DomainID }, { userId }) => new GetDomain(userId, DomainID),
    reply: (row) => ({ Domain: shownDomain(row) }),
  }),
  defineEndpoint({
    command: 'emailgateway.verifydomain',
    credential: 'user',
    privilege: 'EmailGateway.ManageDomain',
    input: Type.Object({ DomainID: id('Sender domain ID') }),
    required: [['DomainID', verifyDomain.domainIdMissing]],
    handler: VerifyDomainHandler,
    message: ({ DomainID }, { userId }) => new VerifyDomain(userId, DomainID),
    reply: ({ domainId, name, status, records }) => ({
      Domain: { DomainID: domainId, SenderDomain: name, Status: status },
      DNSVerificationResults: dnsRecordMap(records),
    }),
  }),
];
