import { ERRORS } from '#contracts/errors/catalogue';
import {
  inboundRelayCheckInput,
  inboundRelayCheckOutput,
  inboundRelayCheckV1Output,
  senderDomainsInput,
  senderDomainsOutput,
  senderDomainsV1Output,
} from '#contracts/http/relay';
import { defineEndpoint } from '../http/endpoint.js';
import { powerMtaList } from './domain-list-format.js';
import { InboundRelayCheck, InboundRelayCheckHandler, type RelayDomain } from './inbound-relay-check.js';
import { ListSenderDomains, ListSenderDomainsHandler, type DomainList } from './list-sender-domains.js';

const listErrors = ERRORS['sender.domains'];
const checkErrors = ERRORS['inbound-relay-domain-check'];

export const senderDomains = defineEndpoint({
  command: 'sender.domains',
  v1: { method: 'POST', path: '/api/v1/sender.domains' },
  credential: 'admin',
  denied: listErrors.unauthenticated,
  docs: {
    summary: 'Get All Sender Domains for PowerMTA Configuration',
    rawTypes: ['text/plain'],
    description: [
      'One list across all users, for PowerMTA. `json` lists the sender domains that are Enabled.',
      'The other two are plain text for an `include` at the top level of the configuration, and list return path hosts,',
      'which is where bounces go: of every domain that was verified and not deleted, because bounces arrive for days after a',
      'domain was disabled. `powermta-relay-domains` is one `relay-domain` a line; `powermta-bounce-domains` is a',
      '`<bounce-processor>` with an `<address-list>`. No domain: an empty text.',
      '',
      'An unknown format answers HTTP 200 with `Success: false` on both surfaces; a wrong key answers code 99998, on v1 with 403.',
    ].join('\n'),
    example: {
      request: { DomainsResponseFormat: 'json' },
      reply: { Success: true, ErrorCode: 0, Domains: ['another.com', 'example.com', 'third.com'] },
      v1Reply: { Success: true, Domains: ['another.com', 'example.com', 'third.com'] },
    },
  },
  input: senderDomainsInput,
  required: [],
  invalid: { DomainsResponseFormat: listErrors.formatInvalid },
  handler: ListSenderDomainsHandler,
  message: ({ DomainsResponseFormat = '' }) => new ListSenderDomains(DomainsResponseFormat),
  output: senderDomainsOutput,
  v1Output: senderDomainsV1Output,
  reply: ({ names }: DomainList) => ({ Domains: [...names] }),
  v1Reply: ({ names }: DomainList) => ({ Success: true as const, Domains: [...names] }),
  raw: ({ format, names }) => (format === 'json' ? undefined : powerMtaList(format, names)),
  refusal: (errors) => {
    const invalid = errors.find((error) => error === listErrors.formatInvalid);
    if (invalid === undefined) return undefined;
    return { status: 200, body: { Success: false, ErrorCode: invalid.code, ErrorText: invalid.text } };
  },
});

export const inboundRelayDomainCheck = defineEndpoint({
  command: 'inbound-relay-domain-check',
  v1: { method: 'GET', path: '/api/v1/inbound-relay-domain-check' },
  credential: 'admin',
  denied: checkErrors.unauthenticated,
  fault: checkErrors.unknown,
  rateLimited: false,
  docs: {
    summary: 'Check Inbound Relay Domain Authorization',
    description: [
      'For the mail servers that take bounces in. On v1 the HTTP status is the answer: 200 accept, 500 with `{}` refuse for',
      'good, any 4xx ask again later (403 wrong key, 429 the check could not be made). No fault of ours answers 5xx here.',
      'Requests are not rate limited. `/api.php` answers HTTP 200 as every command: code 2 is the refusal, 3 ask again later.',
      '',
      'Authorized are the root name and the return path host of every domain that was verified and not deleted, and the',
      'names in `EG_RELAY_DOMAINS`.',
    ].join('\n'),
    example: {
      request: { Domain: 'example.com' },
      reply: { Success: true, ErrorCode: 0, RelayDomain: 'example.com' },
      v1Reply: { Success: true, RelayDomain: 'example.com' },
    },
  },
  input: inboundRelayCheckInput,
  required: [],
  handler: InboundRelayCheckHandler,
  message: ({ Domain = '' }) => new InboundRelayCheck(Domain),
  output: inboundRelayCheckOutput,
  v1Output: inboundRelayCheckV1Output,
  reply: ({ relayDomain }: RelayDomain) => ({ RelayDomain: relayDomain }),
  v1Reply: ({ relayDomain }: RelayDomain) => ({ Success: true as const, RelayDomain: relayDomain }),
  refusal: (errors, surface) =>
    surface === 'v1' && errors.includes(checkErrors.denied) ? { status: 500, body: {} } : undefined,
});
