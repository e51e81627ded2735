import { ERRORS, type ApiError } from '#contracts/errors/catalogue';

/** An error with the reply that the SMTP server gives its client: one line of ASCII. */
export interface SmtpError extends ApiError {
  readonly smtpResponse: string;
}

const errors = ERRORS['emailgateway.smtprelay'];

const AUTH_ERROR = '500 5.0.0 AUTH ERROR';

/** @param reply a whole line, or the codes in front of the error's own text */
const answered = (error: ApiError, reply: string): SmtpError => ({
  ...error,
  smtpResponse: /^\d{3} \d\.\d\.\d+$/.test(reply) ? `${reply} ${error.text}` : reply,
});

/** Only the reply of the first three is the contract's; the others follow RFC 3463. */
export const SMTP_ERRORS = {
  usernameMissing: answered(errors.usernameMissing, AUTH_ERROR),
  passwordMissing: answered(errors.passwordMissing, AUTH_ERROR),
  credentialsInvalid: answered(errors.credentialsInvalid, AUTH_ERROR),
  senderDomainInvalid: answered(errors.senderDomainInvalid, '550 5.7.1'),
  senderDomainNotActive: answered(errors.senderDomainNotActive, '550 5.7.1'),
  userInvalid: answered(errors.userInvalid, '550 5.7.1'),
  userNotTrusted: answered(errors.userNotTrusted, '550 5.7.1'),
  userNotVerified: answered(errors.userNotVerified, '550 5.7.1'),
  recipientSuppressed: answered(errors.recipientSuppressed, '550 5.1.1'),
  toTooMany: answered(errors.toTooMany, '452 4.5.3'),
  ccTooMany: answered(errors.ccTooMany, '452 4.5.3'),
  bccTooMany: answered(errors.bccTooMany, '452 4.5.3'),
  rateLimitExceeded: answered(errors.rateLimitExceeded, '451 4.7.1'),
  sendingLimitReached: answered(errors.sendingLimitReached, '452 4.2.2'),
  recipientsMissing: answered(errors.recipientsInvalid, '554 5.5.1 No valid recipients'),
  recipientsInvalid: answered(errors.recipientsInvalid, '550 5.1.3'),
  messageInvalid: answered(errors.messageInvalid, '554 5.6.0'),
  uuidInvalid: answered(errors.messageInvalid, '501 5.5.4 UUID is malformed'),
  uuidTaken: answered(errors.messageInvalid, '554 5.5.4 UUID was used for another message to this recipient'),
  tooManyLogins: answered(errors.tooManyLogins, '454 4.7.0 Temporary authentication failure'),
} as const;

/** The same error with a text that says more; the reply keeps its codes. */
export function because(error: SmtpError, text: string): SmtpError {
  const codes = error.smtpResponse.split(' ', 2).join(' ');
  return { ...error, text, smtpResponse: `${codes} ${text}` };
}

export function isSmtpError(value: unknown): value is SmtpError {
  return typeof value === 'object' && value !== null && 'smtpResponse' in value && 'code' in value;
}
