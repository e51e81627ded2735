import Type, { type Static } from 'typebox';
import { text } from './parameters.js';

/** `sender.domains`, `POST /api/v1/sender.domains`. */
export const senderDomainsInput = Type.Object({
  DomainsResponseFormat: Type.Optional(
    text(
      '`json` (default), `powermta-bounce-domains` or `powermta-relay-domains`, in any letter case; the last two answer plain text',
    ),
  ),
});

/** Of the format `json`. */
export const senderDomainsOutput = Type.Object({
  Domains: Type.Array(Type.String(), {
    description: 'Names of all Enabled sender domains of all users: lower case, sorted, each once',
  }),
});

export const senderDomainsV1Output = Type.Object({
  Success: Type.Literal(true, { description: 'Always true' }),
  ...senderDomainsOutput.properties,
});

/** `inbound-relay-domain-check`, `GET /api/v1/inbound-relay-domain-check`. */
export const inboundRelayCheckInput = Type.Object({
  Domain: Type.Optional(
    text('Domain name, or an address, whose part after the last `@` counts; absent means not authorized'),
  ),
});

export const inboundRelayCheckOutput = Type.Object({
  RelayDomain: Type.String({
    description: 'The domain that mail is accepted for: lower case, without a trailing dot',
  }),
});

export const inboundRelayCheckV1Output = Type.Object({
  Success: Type.Literal(true, { description: 'Always true' }),
  ...inboundRelayCheckOutput.properties,
});

/** `emailgateway.smtprelay`. */
export const smtpRelayInput = Type.Object({
  SMTPUsername: text('User name of the SMTP login'),
  SMTPPassword: text('Password of the SMTP login'),
  UUID: Type.Optional(
    text(
      'UUID that names the message; it becomes its MessageID. Under one UUID a recipient gets one mail: a repeated call queues nothing. Absent: a new one',
    ),
  ),
  MailFrom: Type.Optional(
    text("MAIL FROM address, with or without angle brackets: on the login's domain, or empty"),
  ),
  RcptTo: Type.Optional(text('RCPT TO addresses, comma separated, with or without angle brackets')),
  Subject: Type.Optional(text('Subject that events show when the message itself has no Subject field')),
  RawEmail: Type.Optional(
    text(
      'The message (RFC 5322). Given: the message is queued for RcptTo. Absent: only the login is checked. Line ends may be CRLF, LF or CR',
    ),
  ),
  RawEmailEncoding: Type.Optional(
    text(
      '`base64` when RawEmail is base64, which messages with bytes that are no UTF-8 need; absent or `text`: RawEmail is the message itself',
    ),
  ),
});
export type SmtpRelayInput = Static<typeof smtpRelayInput>;

export const smtpRelayOutput = Type.Object({
  SMTPResponse: Type.Optional(
    Type.String({ description: 'Reply for the SMTP client; only when a message was sent' }),
  ),
  SMTPUsername: Type.String({ description: 'SMTPUsername of the request' }),
  SMTPPassword: Type.String({ description: 'SMTPPassword of the request' }),
});
