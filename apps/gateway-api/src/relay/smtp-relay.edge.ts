import { smtpRelayInput, smtpRelayOutput } from '#contracts/http/relay';
import { defineEndpoint } from '../http/endpoint.js';
import { isSmtpError, SMTP_ERRORS } from './smtp-errors.js';
import { SmtpRelay, SmtpRelayHandler, type Relayed } from './smtp-relay.js';

export const smtpRelay = defineEndpoint({
  command: 'emailgateway.smtprelay',
  credential: 'admin',
  docs: {
    summary: 'Send Email via SMTP Relay',
    description: [
      'For the SMTP server that customers log in to. Without RawEmail the login is checked; with it the message is queued, one',
      'queue row and one stream of events per address of RcptTo. A refusal carries `SMTPResponse`, the line for the SMTP client;',
      'replies that start with 4 may be tried again.',
      '',
      'The message is sent as it came, but for line ends (CRLF), Bcc, and fields that are ours or the MTA’s. Its From field has',
      'one address of the login’s domain, and so has MAIL FROM unless it is empty. Recipients in the To field count against the',
      'To limit, those in Cc against the CC limit, all others against the BCC limit. Suppressed recipients are dropped; code 8',
      'says that none remained.',
      '',
      'A UUID and a recipient name one mail of the login’s domain. The same call again answers 250 and queues nothing. A recipient',
      'that was not in an earlier call with the UUID gets a mail of its own, whose MessageID is made of the UUID and the address;',
      'so does every recipient when another domain, or an API send, has the UUID as its MessageID. A recipient that has a mail',
      'under the UUID, but with another content, refuses the call with code 15; nothing of that call is queued then.',
      '',
      'Codes beyond 13 are ours: 14 recipients, 15 message or UUID, 16 too many logins at the same moment.',
    ].join('\n'),
    example: {
      request: {
        SMTPUsername: 'smtp_user_xxx',
        SMTPPassword: 'smtp_password',
        UUID: '550e8400-e29b-41d4-a716-446655440000',
        MailFrom: 'sender@example.com',
        RcptTo: 'recipient@example.com',
        RawEmail:
          'From: sender@example.com\r\nTo: recipient@example.com\r\nSubject: Test Email\r\n\r\nHello\r\n',
      },
      reply: {
        Success: true,
        ErrorCode: 0,
        SMTPResponse: '250 2.0.0 Ok: queued',
        SMTPUsername: 'smtp_user_xxx',
        SMTPPassword: 'smtp_password',
      },
    },
  },
  input: smtpRelayInput,
  required: [
    ['SMTPUsername', SMTP_ERRORS.usernameMissing],
    ['SMTPPassword', SMTP_ERRORS.passwordMissing],
  ],
  invalid: {
    UUID: SMTP_ERRORS.uuidInvalid,
    MailFrom: SMTP_ERRORS.senderDomainInvalid,
    RcptTo: SMTP_ERRORS.recipientsInvalid,
    RawEmail: SMTP_ERRORS.messageInvalid,
    RawEmailEncoding: SMTP_ERRORS.messageInvalid,
  },
  handler: SmtpRelayHandler,
  message: (input) => new SmtpRelay(input),
  output: smtpRelayOutput,
  reply: ({ username, password, smtpResponse }: Relayed) => ({
    ...(smtpResponse === undefined ? {} : { SMTPResponse: smtpResponse }),
    SMTPUsername: username,
    SMTPPassword: password,
  }),
  // The contract's example has one code, not a list, and an SMTP client gets one reply.
  refusal: ([error]) => {
    if (!isSmtpError(error)) return undefined;
    const { code, text, smtpResponse } = error;
    return {
      status: 200,
      body: { Success: false, SMTPResponse: smtpResponse, ErrorCode: code, ErrorText: text },
    };
  },
});
