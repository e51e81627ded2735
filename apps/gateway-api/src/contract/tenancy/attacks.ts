import type { Endpoint } from '../../http/endpoint.js';
import { mailFrom } from '../cases/sending.cases.js';
import { rawMail } from '../cases/relay.cases.js';
import type { Given } from '../contract-case.js';
import type { Reference, Tenant } from './tenants.js';

/**
 * What each parameter of the API refers to; `value`: to nothing that belongs to somebody. A parameter that is not here
 * fails the suite: whoever adds one says what another user's value in it must do.
 */
const PARAMETERS: Readonly<Record<string, Reference | 'value'>> = {
  DomainID: 'domain',
  DomainIDs: 'domain',
  APIKeyID: 'api key',
  SMTPID: 'smtp login',
  WebhookID: 'webhook',
  TemplateID: 'template',
  TargetListID: 'list',
  ListID: 'list',
  SubscriberID: 'subscriber',
  JourneyID: 'journey',
  ActionID: 'action',
  MessageID: 'message',
  SMTPUsername: 'smtp username',
  Username: 'username',
  ...Object.fromEntries(
    [
      // Domains
      'DomainName Subdomain TrackPrefix TrackMerge TrackPrefixDisabled LinkTracking OpenTracking UnsubscribeLink',
      'HostingProvider WithCounts Description Event WebhookURL',
      // Events and statistics; RecipientToDomain only narrows what is the caller's
      'StartFrom RetrieveCount StartDate EndDate Query AggregatedField AggregateSize RecipientToDomain Limit',
      // Sending; the UUID of a relayed mail is the caller's to choose
      'Subject ContentType HTMLContent PlainContent From To CC BCC ReplyTo Tags Headers TrackLinks TrackOpens SendAt',
      'Attachments SMTPPassword UUID MailFrom RcptTo RawEmail RawEmailEncoding',
      // Of the installation, behind the admin's key
      'DomainsResponseFormat Domain',
      // Logins
      'Password APIKey TFACode TFARecoveryCode',
    ]
      .join(' ')
      .split(' ')
      .map((name) => [name, 'value' as const]),
  ),
};

/** The references among an endpoint's parameters. @throws for a parameter that nobody classified */
export function referencesOf({ command, input }: Endpoint): [parameter: string, reference: Reference][] {
  return Object.keys(input.properties).flatMap((parameter): [string, Reference][] => {
    const reference = PARAMETERS[parameter];
    if (reference === undefined) {
      throw new Error(`${command}: say in tenancy/attacks.ts what the parameter ${parameter} refers to`);
    }
    return reference === 'value' ? [] : [[parameter, reference]];
  });
}

const YEAR = { StartDate: '2024-01-01', EndDate: '2099-12-31' };

/**
 * A request of a tenant with its own references, by command. Those of commands that would use something up are never
 * sent as they are: the attack replaces what they name.
 */
const VALUES: Readonly<Record<string, (tenant: Tenant) => Record<string, unknown>>> = {
  'emailgateway.updatedomain': () => ({ LinkTracking: 0, Subdomain: 'other' }),
  'emailgateway.addapi': () => ({ Description: 'theirs' }),
  'emailgateway.replaceapi': () => ({ Description: 'theirs' }),
  'emailgateway.addwebhook': () => ({ Event: 'open', WebhookURL: 'https://hooks.example.com/theirs' }),
  'emailgateway.addwebhook.public': () => ({
    Event: 'opened',
    WebhookURL: 'https://hooks.example.com/theirs',
  }),
  'emailgateway.getdomains': () => ({ WithCounts: 1 }),
  'emailgateway.getevents': () => ({ StartFrom: 0, RetrieveCount: 100, ...YEAR }),
  'emailgateway.getevents.public': () => ({ RetrieveCount: 100 }),
  'emailgateway.exportevents': () => YEAR,
  'emailgateway.aggrevents': () => ({ AggregatedField: 'message-id', AggregateSize: 1000 }),
  'emailgateway.recipientdomainstats': () => ({ RecipientToDomain: 'example.org' }),
  'emailgateway.sendemail': ({ domain }) => mailFrom(domain.name),
  'emailgateway.smtprelay': ({ domain, smtp }) => ({
    SMTPPassword: smtp.password,
    ...rawMail(`john@${domain.name}`, 'jane@example.org'),
  }),
  'user.login': ({ password }) => ({ Password: password }),
};

/** References that stay away unless the attack names them: they would change what the request is. */
const NOT_BY_DEFAULT: Readonly<Record<string, readonly string[]>> = {
  'emailgateway.sendemail': ['TemplateID', 'TargetListID', 'ListID', 'SubscriberID', 'JourneyID', 'ActionID'],
  'emailgateway.getevents': ['MessageID'],
  'emailgateway.getevents.public': ['MessageID'],
  'emailgateway.exportevents': ['MessageID'],
};

/** Every set of references to replace: each alone, each two, and all. */
export function setsOf(references: readonly [string, Reference][]): (readonly [string, Reference][])[] {
  const singles = references.map((one) => [one]);
  const pairs = references.flatMap((one, at) => references.slice(at + 1).map((other) => [one, other]));
  const all = references.length > 2 ? [[...references]] : [];
  return [...singles, ...pairs, ...all];
}

/** The attacker's own request, with what it refers to taken from another tenant, or from nothing. */
export function request(
  { command, credential, ...endpoint }: Endpoint,
  attacker: Tenant,
  replaced: readonly [string, Reference][],
  from: Readonly<Record<Reference, unknown>>,
): Given {
  const own = referencesOf({ command, credential, ...endpoint })
    .filter(([parameter]) => !(NOT_BY_DEFAULT[command] ?? []).includes(parameter))
    .map(([parameter, reference]) => [parameter, attacker.references[reference]]);
  const theirs = replaced.map(([parameter, reference]) => [
    parameter,
    // A list may mix: what is the caller's counts, the rest is as if it were not there.
    parameter === 'DomainIDs'
      ? `${String(attacker.references.domain)},${String(from[reference])}`
      : from[reference],
  ]);
  return {
    parameters: {
      ...VALUES[command]?.(attacker),
      ...Object.fromEntries(own),
      ...Object.fromEntries(theirs),
    },
    ...credentialOf(credential, attacker),
  };
}

function credentialOf(
  credential: Endpoint['credential'],
  { user, domain }: Tenant,
): Pick<Given, 'credential'> {
  if (credential === 'user') return { credential: { APIKey: user.APIKey } };
  return credential === 'sender' ? { credential: { SenderAPIKey: domain.senderKey } } : {};
}
