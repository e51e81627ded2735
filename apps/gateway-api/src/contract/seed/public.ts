import { code, type SeedEndpoint } from './seed-endpoint.js';

const WEBHOOKS = '/api/v1/webhooks';
const KEY_INVALID = code(13, 'Invalid SenderAPIKey', { v1Status: 401 });
const OWNER_INVALID = code(2, 'Invalid user account', { v1Status: 404 });
const TOO_MANY = code(429, 'Too many requests', { v1Status: 429 });

/** Codes of the send command that are answered together; all of them 422. */
const VALIDATION: readonly (readonly [number, string])[] = [
  [3, 'From parameter is missing or invalid'],
  [8, 'Missing Subject or To email address'],
  [9, 'Missing ContentType'],
  [10, 'Missing HTMLContent'],
  [11, 'Missing PlainContent'],
  [15, 'Invalid TemplateID'],
  [16, 'Invalid TargetListID'],
  [18, 'Recipient name or email address is missing'],
  [19, 'Recipient email address is invalid'],
  [20, 'There is no recipient set or count exceeds limit'],
  [21, 'CC email validation error: name or email is missing'],
  [22, 'CC email validation error: email is malformed'],
  [23, 'Invalid from email address format'],
  [24, 'BCC email validation error: no list'],
  [25, 'BCC email validation error: name or email is missing'],
  [26, 'BCC email validation error: email is malformed'],
  [27, 'BCC count exceeds limit'],
  [28, 'Reply-To email validation error: no list'],
  [29, 'Reply-To email validation error: name or email is missing'],
  [30, 'Reply-To email validation error: email is malformed'],
  [31, 'Reply-To count exceeds limit'],
  [35, 'Invalid ListID'],
  [36, 'Invalid SubscriberID'],
  [37, 'Invalid JourneyID'],
  [38, 'Invalid ActionID'],
];

export const publicCommands: readonly SeedEndpoint[] = [
  {
    heading: 'Create Webhook (Public API)',
    command: 'emailgateway.addwebhook.public',
    v1: { method: 'POST', path: WEBHOOKS },
    credential: 'sender',
    required: [
      ['Event', 2],
      ['WebhookURL', 5],
    ],
    owned: [],
    codes: [
      code(2, 'Event is missing', { v1Status: 422 }),
      code(3, 'Invalid event type or invalid webhook URL', { v1Status: 422 }),
      code(5, 'WebhookURL is missing', { v1Status: 422 }),
      KEY_INVALID,
      TOO_MANY,
    ],
    reply: { NewWebhookID: 999 },
  },
  {
    heading: 'Get Webhooks (Public API)',
    command: 'emailgateway.getwebhooks.public',
    v1: { method: 'GET', path: WEBHOOKS },
    credential: 'sender',
    required: [],
    owned: [],
    codes: [OWNER_INVALID, KEY_INVALID, TOO_MANY],
    reply: {
      Webhooks: [
        { WebhookID: 999, Event: 'delivered', WebhookURL: 'https://example.com/webhooks/email-events' },
      ],
    },
  },
  {
    heading: 'Delete Webhook (Public API)',
    command: 'emailgateway.deletewebhook.public',
    v1: { method: 'DELETE', path: WEBHOOKS },
    credential: 'sender',
    required: [['WebhookID', 1]],
    owned: [{ parameter: 'WebhookID', kind: 'webhook', code: 4 }],
    codes: [
      code(1, 'WebhookID is missing', { v1Status: 422 }),
      OWNER_INVALID,
      code(4, 'Invalid WebhookID', { v1Status: 404 }),
      KEY_INVALID,
      TOO_MANY,
    ],
    reply: {},
  },
  {
    heading: 'Send Email via API',
    command: 'emailgateway.sendemail',
    v1: { method: 'POST', path: '/api/v1/email' },
    credential: 'sender',
    required: [],
    owned: [],
    codes: [
      code(1, 'Missing SenderAPIKey', { v1Status: 401 }),
      code(2, 'Invalid DomainID or invalid user account', { v1Status: 404 }),
      ...VALIDATION.map(([number, text]) => code(number, text, { v1Status: 422 })),
      code(12, 'Invalid or deactivated user account', { v1Status: 404 }),
      KEY_INVALID,
      code(14, 'Email address is in the suppression list', { v1Status: 409 }),
      code(17, 'Email sending limit reached', { v1Status: 420 }),
      code(32, 'Domain is not activated', { v1Status: 403 }),
      code(33, 'Invalid Headers, Tags, Attachments or SendAt', { v1Status: 422, added: 'project' }),
      code(34, 'User account is not verified', { v1Status: 403 }),
      code(39, 'The target list could not be resolved', { v1Status: 502, added: 'notes' }),
      code(429, 'Email send rate limit exceeded', { v1Status: 429 }),
    ],
    reply: { MessageID: '550e8400-e29b-41d4-a716-446655440000' },
  },
];

export const adminCommands: readonly SeedEndpoint[] = [
  {
    heading: 'Send Email via SMTP Relay',
    command: 'emailgateway.smtprelay',
    credential: 'admin',
    required: [
      ['SMTPUsername', 1],
      ['SMTPPassword', 2],
    ],
    missingIsScalar: true,
    owned: [],
    codes: [
      code(1, 'Missing SMTPUsername'),
      code(2, 'Missing SMTPPassword'),
      code(3, 'Invalid SMTP credentials'),
      code(4, 'Invalid sender domain'),
      code(5, 'Sender domain is not active'),
      code(6, 'Invalid user account'),
      code(7, 'User is not trusted or not enabled'),
      code(8, 'Recipient email address is suppressed'),
      code(9, 'To count exceeds limit', { added: 'notes' }),
      code(10, 'CC count exceeds limit', { added: 'notes' }),
      code(11, 'BCC count exceeds limit', { added: 'notes' }),
      code(12, 'Email send rate limit exceeded', { added: 'notes' }),
      code(13, 'Credit limit reached', { added: 'notes' }),
      code(14, 'Missing or invalid RcptTo', { added: 'project' }),
      code(15, 'RawEmail is no message that can be sent, or UUID is malformed', { added: 'project' }),
      code(16, 'Too many logins are being checked', {
        added: 'project',
        unreachable:
          'needs more logins at once than the hashes of seconds; the password verifier has its own suite',
      }),
      code(99998, 'Authentication failure', { added: 'notes' }),
    ],
    reply: {
      SMTPResponse: '250 2.0.0 Ok: queued',
      SMTPUsername: 'smtp_user_xxx',
      SMTPPassword: 'smtp_password',
    },
  },
  {
    heading: 'Get All Sender Domains for PowerMTA Configuration',
    command: 'sender.domains',
    v1: { method: 'POST', path: '/api/v1/sender.domains' },
    credential: 'admin',
    required: [],
    owned: [],
    codes: [
      code(1, 'Invalid DomainsResponseFormat', { v1Status: 200, legacyBody: true }),
      code(429, 'Too many requests', { v1Status: 429, added: 'notes' }),
      code(99998, 'Authentication failure', { v1Status: 403, added: 'notes' }),
    ],
    reply: { Domains: ['example.com'] },
  },
  {
    heading: 'Check Inbound Relay Domain Authorization',
    command: 'inbound-relay-domain-check',
    v1: { method: 'GET', path: '/api/v1/inbound-relay-domain-check' },
    credential: 'admin',
    required: [],
    owned: [],
    codes: [
      code(1, 'Authentication failed. Invalid admin API key.', { v1Status: 403 }),
      // On v1 a denial is HTTP 500 with an empty object, whose status says everything.
      code(2, 'Relay access denied', { added: 'project' }),
      code(3, 'The domain could not be checked', { v1Status: 429, added: 'project' }),
    ],
    reply: { RelayDomain: 'example.com' },
  },
];
