import { code, ofOneDomain, privateCommand, type SeedEndpoint } from './seed-endpoint.js';
import { either, mapOf, nullable, tuple } from './shape.js';

const row = {
  DomainID: '123',
  SenderDomain: 'mail.apex.com',
  CreatedAt: '2026-04-01 10:00:00',
  Status: 'Enabled',
  // The seed shows the empty list; the notes have the records by host, with the verdict after the first check.
  VerificationMeta: {
    DNSRecords: either([], mapOf(either(tuple('CNAME', 'value'), tuple('CNAME', 'value', true)))),
  },
  PolicyMeta: [],
  Options: { LinkTracking: 1, OpenTracking: 1, UnsubscribeLink: 0 },
};

/** Of a row when `WithCounts` is on; absent otherwise. */
export const COUNTS = {
  APIKeyCount: 1,
  SMTPCount: 2,
  WebhookCount: 2,
  Sent7d: 184320,
  BounceRate7d: 1,
  LastActivityAt: nullable('2026-05-15T18:42:11Z'),
};

export const domains: readonly SeedEndpoint[] = [
  privateCommand({
    heading: 'Add a Sender Domain',
    command: 'emailgateway.adddomain',
    privilege: 'EmailGateway.AddDomain',
    required: [['DomainName', 1]],
    codes: [
      code(1, 'Missing required parameter (DomainName)'),
      code(2, 'Invalid domain name format'),
      code(3, 'Maximum sender domains limit reached for user'),
      code(4, 'Invalid subdomain or track prefix value'),
    ],
    reply: {
      NewSenderDomainID: 123,
      Domain: {
        DomainID: 123,
        SenderDomain: 'example.com',
        Status: 'Approval Pending',
        Options: {
          LinkTracking: 1,
          OpenTracking: 1,
          UnsubscribeLink: 0,
          CustomSubdomain: 'outbound',
          CustomTrackPrefix: 'links',
        },
      },
    },
  }),
  privateCommand({
    heading: 'Get Sender Domain Details',
    command: 'emailgateway.getdomain',
    ...ofOneDomain,
    reply: {
      Domain: {
        DomainID: 123,
        SenderDomain: 'example.com',
        Status: 'Enabled',
        Options: { LinkTracking: 1, OpenTracking: 1, UnsubscribeLink: 0 },
      },
    },
  }),
  privateCommand({
    heading: 'Update Sender Domain Settings',
    command: 'emailgateway.updatedomain',
    required: [['DomainID', 1]],
    owned: [{ parameter: 'DomainID', kind: 'domain', code: 5 }],
    codes: [
      code(1, 'Missing required parameter (DomainID)'),
      code(5, 'Domain not found or access denied'),
      code(6, 'Invalid subdomain or track prefix value'),
    ],
    reply: {
      Domain: {
        DomainID: 123,
        SenderDomain: 'example.com',
        Status: 'Approval Pending',
        Options: { LinkTracking: 1, OpenTracking: 1, CustomSubdomain: 'outbound', TrackPrefixDisabled: true },
      },
      SubdomainChanged: true,
    },
  }),
  privateCommand({
    heading: 'Verify Sender Domain DNS Records',
    command: 'emailgateway.verifydomain',
    ...ofOneDomain,
    reply: {
      Domain: { DomainID: 123, SenderDomain: 'example.com', Status: 'Enabled' },
      DNSVerificationResults: mapOf(tuple('CNAME', 'target.example.com', true)),
    },
  }),
  privateCommand({
    heading: 'Get All Sender Domains',
    command: 'emailgateway.getdomains',
    codes: [],
    reply: { Domains: [row] },
  }),
  privateCommand({
    heading: 'Delete a Sender Domain',
    command: 'emailgateway.deletedomain',
    ...ofOneDomain,
    reply: {},
  }),
  privateCommand({
    heading: 'Clear Domain Email Queue',
    command: 'emailgateway.cleardomainqueue',
    ...ofOneDomain,
    reply: {},
  }),
  privateCommand({
    heading: 'Regenerate the Webhook Signing Key for a Domain',
    command: 'emailgateway.regeneratesigningkey',
    ...ofOneDomain,
    codes: [...ofOneDomain.codes, code(3, 'Rotation failed: the UPDATE matched zero rows')],
    reply: { SigningKey: '7F94D1EF4F798E4E1F306F06DC3DF317424D60C91B2C4DC7F11D13A8D1B1C5FC' },
  }),
];
