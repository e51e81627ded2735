import { sendEmailInput, sendEmailOutput } from '#contracts/http/send-email';
import { defineEndpoint, type Endpoint } from '../http/endpoint.js';
import { SEND_ERRORS } from './errors.js';
import { SendEmail, SendEmailHandler, type AcceptedMail } from './send-email.js';

const sendEmail = defineEndpoint({
  command: 'emailgateway.sendemail',
  v1: { method: 'POST', path: '/api/v1/email' },
  credential: 'sender',
  sender: {
    missing: SEND_ERRORS.senderApiKeyMissing,
    unknown: SEND_ERRORS.senderApiKeyInvalid,
    gone: SEND_ERRORS.senderInvalid,
    ownerDisabled: SEND_ERRORS.userDeactivated,
    ownerUntrusted: SEND_ERRORS.userDeactivated,
    ownerUnverified: SEND_ERRORS.userNotVerified,
    domainNotEnabled: SEND_ERRORS.domainNotActivated,
  },
  docs: {
    summary: 'Send Email via API',
    description: `Takes a mail in for good: when the reply arrives it is stored and queued, and each envelope recipient (To, CC and BCC) has an \`accepted-by-oempro\` event. Everything that is wrong with a request is answered at once.

Recipients in the suppression list get no mail but a \`rejected-by-oempro\` event; code 14 says that nobody was left. Limits count each recipient that is left, all or none: code 17 for quotas and credits, 429 for rates, whose reply says when to try again.

With \`TargetListID\` each subscriber of the list gets a mail of its own, by address, as many as the installation allows; To says nothing then, and CC and BCC get a copy of each. \`MessageID\` is a list, and absent when the list is empty: nothing was queued.

In the context of a subscriber (\`SubscriberID\`, \`TargetListID\`) subject and bodies may hold \`{{ Subscriber:Field|"otherwise" }}\`, \`{{{ Subscriber:Field }}}\` (not encoded in HTML) and \`%Subscriber:Field%\`.`,
    example: {
      request: {
        Subject: 'Welcome to Our Service',
        ContentType: 'html',
        HTMLContent: '<h1>Welcome!</h1><p>Thank you for signing up.</p>',
        From: { name: 'John Doe', email: 'john@example.com' },
        To: [{ name: 'Jane Smith', email: 'jane@example.com' }],
      },
      reply: { Success: true, ErrorCode: 0, MessageID: '550e8400-e29b-41d4-a716-446655440000' },
      v1Reply: { MessageID: '550e8400-e29b-41d4-a716-446655440000' },
    },
  },
  input: sendEmailInput,
  // What is missing is answered together with everything else that is wrong with the mail.
  required: [],
  handler: SendEmailHandler,
  message: (input, caller) => new SendEmail(input, caller),
  output: sendEmailOutput,
  reply: ({ messageId }: AcceptedMail) =>
    messageId === undefined ? {} : { MessageID: typeof messageId === 'string' ? messageId : [...messageId] },
});

export const sendingEndpoints: readonly Endpoint[] = [sendEmail];
