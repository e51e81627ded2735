import { code, DOMAIN_ID_MISSING, ofOneDomain, privateCommand, type SeedEndpoint } from './seed-endpoint.js';

const ownKeyedByDescription = {
  required: [
    ['Description', 1],
    ['DomainID', 2],
  ],
  owned: [{ parameter: 'DomainID', kind: 'domain', code: 3 }],
  codes: [
    code(1, 'Missing required parameter (Description)'),
    code(2, 'Missing required parameter (DomainID)'),
    code(3, 'Domain not found or access denied'),
  ],
} as const satisfies Partial<SeedEndpoint>;

const ownSmtpLogin = {
  required: [['SMTPID', 1]],
  owned: [{ parameter: 'SMTPID', kind: 'smtp-login', code: 2 }],
  codes: [
    code(1, 'Missing required parameter (SMTPID)'),
    code(2, 'SMTP credentials not found or access denied'),
  ],
} as const satisfies Partial<SeedEndpoint>;

export const credentials: readonly SeedEndpoint[] = [
  privateCommand({
    heading: 'Create API Key for Domain',
    command: 'emailgateway.addapi',
    ...ownKeyedByDescription,
    reply: {
      NewAPIKeyID: 456,
      APIKey: {
        APIKeyID: 456,
        APIKey: 'eg_live_xxxxxxxxxxxx',
        Description: 'Production API Key',
        DomainID: 123,
      },
    },
  }),
  privateCommand({
    heading: 'Get Domain API Keys',
    command: 'emailgateway.getapis',
    ...ofOneDomain,
    reply: {
      APIKeys: [
        {
          APIKeyID: 456,
          APIKey: 'eg_live_xxxxxxxxxxxx',
          Description: 'Production API Key',
          DomainID: 123,
        },
      ],
    },
  }),
  privateCommand({
    heading: 'Delete Domain API Key',
    command: 'emailgateway.deleteapi',
    required: [['APIKeyID', 1]],
    owned: [{ parameter: 'APIKeyID', kind: 'api-key', code: 2 }],
    codes: [code(1, 'Missing required parameter (APIKeyID)'), code(2, 'API Key not found or access denied')],
    reply: {},
  }),
  privateCommand({
    heading: 'Atomically Replace a Domain API Key',
    command: 'emailgateway.replaceapi',
    ...ownKeyedByDescription,
    codes: [
      ...ownKeyedByDescription.codes,
      code(4, 'Atomic rotate failed: the transaction rolled back; no key was persisted'),
    ],
    reply: {
      NewAPIKeyID: 92,
      APIKey: {
        APIKeyID: '92',
        UserID: '1',
        DomainID: '123',
        CreatedAt: '2026-05-16 04:26:31',
        APIKey: '4D196964-B909FDD7-134A4E29-6B0E923E',
        Description: 'Rotated 2026-05-16',
        Status: 'Enabled',
        Options: [],
      },
    },
  }),
  privateCommand({
    heading: 'Create SMTP Credentials for Domain',
    command: 'emailgateway.addsmtp',
    ...ofOneDomain,
    reply: {
      NewSMTPID: 789,
      SMTP: {
        SMTPID: 789,
        SMTPUsername: 'smtp_user_xxx',
        SMTPPassword: 'generated_password',
        SMTPHost: 'smtp.example.com',
        SMTPPorts: [25, 587, 2525],
      },
    },
  }),
  privateCommand({
    heading: 'Get Domain SMTP Credentials',
    command: 'emailgateway.getsmtps',
    ...ofOneDomain,
    reply: {
      SMTPs: [
        {
          SMTPID: 789,
          SMTPUsername: 'smtp_user_xxx',
          SMTPHost: 'smtp.example.com',
          SMTPPorts: [25, 587, 2525],
        },
      ],
    },
  }),
  privateCommand({
    heading: 'Delete SMTP Credentials',
    command: 'emailgateway.deletesmtp',
    ...ownSmtpLogin,
    reply: {},
  }),
  privateCommand({
    heading: 'Reset SMTP Password',
    command: 'emailgateway.resetsmtppassword',
    ...ownSmtpLogin,
    reply: {
      SMTP: { SMTPID: 789, SMTPUsername: 'smtp_user_xxx', SMTPPassword: 'new_generated_password' },
    },
  }),
  privateCommand({
    heading: 'Create Webhook for Domain',
    command: 'emailgateway.addwebhook',
    required: [
      ['DomainID', 1],
      ['Event', 2],
      ['WebhookURL', 5],
    ],
    owned: [{ parameter: 'DomainID', kind: 'domain', code: 4 }],
    codes: [
      DOMAIN_ID_MISSING,
      code(2, 'Missing required parameter (Event)'),
      code(3, 'Invalid event type'),
      code(4, 'Domain not found or access denied'),
      code(5, 'Missing required parameter (WebhookURL)'),
      code(6, 'WebhookURL is not a valid HTTP or HTTPS URL (e.g. ftp:// or malformed)'),
      code(7, 'WebhookURL host is forbidden (localhost, 127.0.0.1, ::1, or *.local)'),
    ],
    reply: { NewWebhookID: 999 },
  }),
  privateCommand({
    heading: 'Get Domain Webhooks',
    command: 'emailgateway.getwebhooks',
    ...ofOneDomain,
    reply: {
      SigningKey: 'whsec_xxxxxxxxxxxx',
      Webhooks: [
        { WebhookID: 999, Event: 'delivery', WebhookURL: 'https://example.com/webhooks/email-events' },
      ],
    },
  }),
  privateCommand({
    heading: 'Delete Domain Webhook',
    command: 'emailgateway.deletewebhook',
    required: [
      ['WebhookID', 1],
      ['DomainID', 2],
    ],
    owned: [
      { parameter: 'DomainID', kind: 'domain', code: 3 },
      { parameter: 'WebhookID', kind: 'webhook', code: 4 },
    ],
    codes: [
      code(1, 'Missing required parameter (WebhookID)'),
      code(2, 'Missing required parameter (DomainID)'),
      code(3, 'Domain not found or access denied'),
      code(4, 'Webhook not found or access denied'),
    ],
    reply: {},
  }),
];
