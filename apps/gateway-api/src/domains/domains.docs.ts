import type { EndpointDocs } from '../http/endpoint.js';

const DONE = { Success: true, ErrorCode: 0 } as const;
const CREATED_AT = '2026-04-01 10:00:00';
const OPTIONS = { LinkTracking: 1, OpenTracking: 1, UnsubscribeLink: 0 } as const;
const HASH = 'q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=';

/** Records of example.com under the installation's default template. */
const records = (mfrom: string, tracking: string | undefined, ...found: readonly true[]) => ({
  [mfrom]: ['CNAME', 'mailer.example.net', ...found],
  [`key1._domainkey.${mfrom}`]: ['CNAME', 'key1._domainkey.mailer.example.net', ...found],
  [`_dmarc.${mfrom}`]: ['CNAME', '_dmarc.mailer.example.net', ...found],
  ...(tracking === undefined ? {} : { [tracking]: ['CNAME', 'track.mailer.example.net', ...found] }),
  [`1a2b3c4d5e6f7081.${mfrom}`]: ['TXT', HASH, ...found],
});

const domain = (Status: string, DNSRecords: object, Options: object) => ({
  DomainID: 123,
  SenderDomain: 'example.com',
  CreatedAt: CREATED_AT,
  Status,
  VerificationMeta: { DNSRecords },
  PolicyMeta: [],
  Options,
});

export const addDomain: EndpointDocs = {
  summary: 'Add a Sender Domain',
  description: `\`VerificationMeta.DNSRecords\` holds the records to publish; \`emailgateway.verifydomain\` then enables the domain. Where
the account's group asks nothing of the DNS, the domain is \`Enabled\` at once.

Adding a domain again that is there keeps its id, keys, logins and webhooks, takes over the parameters that are given, and asks for
approval anew: the status is \`Approval Pending\` until the next verification. Records that are still the right ones stay as they are. A
repetition while the domain waits for approval changes nothing. A deleted domain comes back under its id, as new. What an operator has
disabled, suspended or blocked stays so.`,
  example: {
    request: { DomainName: 'example.com', Subdomain: 'outbound', TrackPrefix: 'links' },
    reply: {
      ...DONE,
      NewSenderDomainID: 123,
      Domain: domain('Approval Pending', records('outbound.example.com', 'links-outbound.example.com'), {
        ...OPTIONS,
        CustomSubdomain: 'outbound',
        CustomTrackPrefix: 'links',
      }),
    },
  },
};

export const getDomain: EndpointDocs = {
  summary: 'Get Sender Domain Details',
  example: {
    request: { DomainID: 123 },
    reply: {
      ...DONE,
      Domain: domain('Enabled', records('sl.example.com', 'track-sl.example.com', true), OPTIONS),
    },
  },
};

export const updateDomain: EndpointDocs = {
  summary: 'Update Sender Domain Settings',
  description: `What is left out stays as it is; so does a yes or no that is neither. When the hosts of the domain become other ones
(\`SubdomainChanged\`), the reply holds new records to publish and the domain waits for their verification, unless an operator has
stopped it or nothing is asked of the DNS. A value that holds already is no change, whether it was named or is the default.`,
  example: {
    request: {
      DomainID: 123,
      LinkTracking: 1,
      OpenTracking: 1,
      Subdomain: 'outbound',
      TrackPrefixDisabled: 1,
    },
    reply: {
      ...DONE,
      Domain: domain('Approval Pending', records('outbound.example.com', undefined), {
        ...OPTIONS,
        CustomSubdomain: 'outbound',
        TrackPrefixDisabled: true,
      }),
      SubdomainChanged: true,
    },
  },
};

export const verifyDomain: EndpointDocs = {
  summary: 'Verify Sender Domain DNS Records',
  description: `All records found makes the domain \`Enabled\`; one that is missing or wrong makes it \`Approval Pending\`, also when it was
enabled. Where new domains need an operator's approval it stays \`Approval Pending\` until that has happened once. A resolver that does
not answer has found nothing. That everything was found is believed for a minute; what was missing is looked up again each time.`,
  example: {
    request: { DomainID: 123 },
    reply: {
      ...DONE,
      Domain: { DomainID: 123, SenderDomain: 'example.com', Status: 'Enabled' },
      DNSVerificationResults: records('sl.example.com', 'track-sl.example.com', true),
    },
  },
};

export const getDomains: EndpointDocs = {
  summary: 'Get All Sender Domains',
  description: `Every domain of the account that is not deleted, by ascending id. Only with \`WithCounts\` a row has the members from
\`APIKeyCount\` on. \`BounceRate7d\` may exceed 100, as bounces of older mails count when they arrive.`,
  example: {
    request: { WithCounts: 1 },
    reply: {
      ...DONE,
      Domains: [
        {
          ...domain('Enabled', [], OPTIONS),
          DomainID: '123',
          APIKeyCount: 1,
          SMTPCount: 2,
          WebhookCount: 2,
          Sent7d: 184320,
          BounceRate7d: 1,
          LastActivityAt: '2026-05-15T18:42:11Z',
        },
      ],
    },
  },
};

export const deleteDomain: EndpointDocs = {
  summary: 'Delete a Sender Domain',
  description: `Ends the domain with its API keys, SMTP logins, webhooks and signing key. Mails that were not picked up yet are not sent and end
with \`rejected-by-oempro\` for each recipient; those being sent are.`,
  example: { request: { DomainID: 123 }, reply: DONE },
};

export const clearDomainQueue: EndpointDocs = {
  summary: 'Clear Domain Email Queue',
  description: `Drops the mails that were not picked up yet, also those with a \`SendAt\` in the future and those that wait because the domain or
its account is stopped. Each recipient's mail ends with
\`rejected-by-oempro\` (reason \`queue cleared\`) and counts as failed. Mails being sent are not touched; an empty queue is a success. A
long queue is dropped in parts before the reply; after a failure the command may be repeated and goes on with what is left.`,
  example: { request: { DomainID: 123 }, reply: DONE },
};
