import { sendEmailInput } from '#contracts/http/send-email';
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
    domainNotEnabled: SEND_ERRORS.domainNotActivated,
  },
  input: sendEmailInput,
  // What is missing is answered together with everything else that is wrong with the mail.
  required: [],
  handler: SendEmailHandler,
  message: (input, caller) => new SendEmail(input, caller),
  reply: ({ messageId }: AcceptedMail) => ({ MessageID: messageId }),
});

export const sendingEndpoints: readonly Endpoint[] = [sendEmail];
