import Type, { type Static } from 'typebox';
import { exactFlag, id, label, text, toggle } from './parameters.js';

const domainId = Type.Integer({ description: 'Sender domain ID' });
const senderDomain = Type.String({
  description: 'Name of the domain: lower case, punycode, no trailing dot',
});
const status = Type.String({
  description:
    "`Approval Pending`, `Enabled`, or an operator's stop: `Disabled`, `Suspended`, `Blocked`. Only `Enabled` may send",
});
const bit = (description: string) => Type.Union([Type.Literal(0), Type.Literal(1)], { description });

const options = Type.Object(
  {
    LinkTracking: bit('1: links in HTML mails lead over the tracking host'),
    OpenTracking: bit('1: HTML mails carry an image that tells of their opening'),
    UnsubscribeLink: bit('1: mails carry a `List-Unsubscribe` header'),
    HostingProvider: Type.Optional(Type.String({ description: 'As the customer gave it; only shown' })),
    CustomSubdomain: Type.Optional(Type.String({ description: 'Label of the return path host, lower case' })),
    CustomTrackPrefix: Type.Optional(
      Type.String({ description: 'First part of the tracking host, lower case' }),
    ),
    CustomTrackMerge: Type.Optional(
      Type.String({ description: 'What joins prefix and label: `-`, `.` or empty' }),
    ),
    TrackPrefixDisabled: Type.Optional(
      Type.Literal(true, { description: 'Tracking happens under the return path host' }),
    ),
  },
  { description: 'What the domain does with mails; a custom member is absent while the default applies' },
);

const record = (description: string) =>
  Type.Union(
    [Type.Tuple([Type.String(), Type.String()]), Type.Tuple([Type.String(), Type.String(), Type.Boolean()])],
    { description },
  );
const recordMap = Type.Record(
  Type.String(),
  record('Type and value, after the first check also whether it was found'),
  { description: 'DNS records to publish, by host' },
);

const verificationMeta = Type.Object(
  {
    DNSRecords: Type.Union([recordMap, Type.Array(Type.Never(), { maxItems: 0 })], {
      description: 'DNS records to publish, by host; an empty list when nothing is asked of the DNS',
    }),
  },
  { description: 'What is asked of the DNS, and what the last check found' },
);

const settings = {
  SenderDomain: senderDomain,
  CreatedAt: Type.String({ description: 'UTC, `YYYY-MM-DD HH:MM:SS`' }),
  Status: status,
  VerificationMeta: verificationMeta,
  PolicyMeta: Type.Array(Type.Never(), { maxItems: 0, description: 'Always empty' }),
  Options: options,
};
const domain = Type.Object({ DomainID: domainId, ...settings }, { description: 'The domain' });

/** `Options` of a domain as stored and shown. */
export type OptionsColumn = Static<typeof options>;
/** Host → `[type, value]` before the first check, `[type, value, found]` after it. */
export type DnsRecordMap = Static<typeof recordMap>;
/** `VerificationMeta` of a domain as stored and shown. An empty map is an empty list. */
export type VerificationMetaColumn = Static<typeof verificationMeta>;
/** The `Domain` object of replies. */
export type ShownDomain = Static<typeof domain>;

const namingInput = {
  Subdomain: Type.Optional(
    label(
      'Label of the return path host: letters, digits, inner hyphens, at most 32 characters. Empty: the default',
    ),
  ),
  TrackPrefix: Type.Optional(
    label('First part of the tracking host, with the same characters. Empty: the default'),
  ),
  TrackMerge: Type.Optional(label('What joins tracking prefix and subdomain: `-`, `.` or nothing (empty)')),
};

/** The commands that name a domain and nothing else. */
export const domainInput = Type.Object({ DomainID: id('Sender domain ID') });
export const domainOutput = Type.Object({ Domain: domain });

/** `emailgateway.adddomain`. */
export const addDomainInput = Type.Object({
  DomainName: text('Domain name to add, such as example.com; international names are taken as well'),
  ...namingInput,
  TrackPrefixDisabled: Type.Optional(toggle('1: track under the return path host instead of one of its own')),
});
export const addDomainOutput = Type.Object({ NewSenderDomainID: domainId, Domain: domain });

/** `emailgateway.updatedomain`. */
export const updateDomainInput = Type.Object({
  ...domainInput.properties,
  LinkTracking: Type.Optional(toggle('1 or 0: whether links in HTML mails are tracked')),
  OpenTracking: Type.Optional(toggle('1 or 0: whether the opening of HTML mails is tracked')),
  UnsubscribeLink: Type.Optional(toggle('1 or 0: whether mails carry a `List-Unsubscribe` header')),
  HostingProvider: Type.Optional(
    text('Hosting provider name; characters after the 255th are cut off. Empty: none'),
  ),
  ...namingInput,
  TrackPrefixDisabled: Type.Optional(
    toggle('1: track under the return path host; 0: under a host of its own again'),
  ),
});
export const updateDomainOutput = Type.Object({
  Domain: domain,
  SubdomainChanged: Type.Boolean({
    description:
      'Whether the hosts are other ones now: then there are new DNS records, and the domain waits for their verification',
  }),
});

/** `emailgateway.verifydomain`. */
export const verifyDomainOutput = Type.Object({
  Domain: Type.Object({ DomainID: domainId, SenderDomain: senderDomain, Status: status }),
  DNSVerificationResults: Type.Record(Type.String(), record('Type, value, and whether it was found'), {
    description: 'What the DNS said of each record, by host',
  }),
});

/** `emailgateway.getdomains`. */
export const getDomainsInput = Type.Object({
  WithCounts: Type.Optional(
    exactFlag('`1` or `true`: each row also has counts and the activity of the last seven days'),
  ),
});

const activity = {
  APIKeyCount: Type.Integer({ description: 'Enabled API keys' }),
  SMTPCount: Type.Integer({ description: 'Enabled SMTP logins' }),
  WebhookCount: Type.Integer({ description: 'Enabled webhooks' }),
  Sent7d: Type.Integer({ description: 'Recipients accepted in the last 168 hours' }),
  BounceRate7d: Type.Number({
    description: 'Bounces in that time × 100 / Sent7d, two decimals; 0 when Sent7d is 0',
  }),
  LastActivityAt: Type.Union([Type.String(), Type.Null()], {
    description: 'Newest event in that time, ISO 8601 UTC; `null` without events',
  }),
};
export const getDomainsOutput = Type.Object({
  Domains: Type.Array(
    Type.Object({
      DomainID: Type.String({ description: 'Sender domain ID, in digits' }),
      ...settings,
      ...Type.Partial(Type.Object(activity)).properties,
    }),
    { description: 'All domains that are not deleted, by ascending ID; counts and activity only WithCounts' },
  ),
});

/** What `WithCounts` adds to a row. */
export type DomainCounts = Static<typeof countsSchema>;
const countsSchema = Type.Object(activity);

/** Nothing beyond success. */
export const doneOutput = Type.Object({});
