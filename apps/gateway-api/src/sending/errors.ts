import { ERRORS, type ApiError } from '#contracts/errors/catalogue';
import type { Acceptance } from '../mail-acceptance/mail-to-accept.js';

export const SEND_ERRORS = ERRORS['emailgateway.sendemail'];

/** Something is wrong with Headers, Tags, Attachments or SendAt. */
export const malformed = (what: string): ApiError => because(SEND_ERRORS.extrasInvalid, what);

/** An error of the table with a text that says more. */
export const because = (error: ApiError, text: string): ApiError => ({ ...error, text });

/** The error of mails that were not accepted. */
export function refusalOf({
  refused,
  retryAfterMs,
}: Extract<Acceptance, { accepted?: undefined }>): ApiError {
  switch (refused) {
    case 'all-suppressed':
      return SEND_ERRORS.recipientSuppressed;
    case 'sending-limit-reached':
      return SEND_ERRORS.sendingLimitReached;
    case 'rate-limit-exceeded':
      return rateLimitExceeded(retryAfterMs);
    case 'user-gone':
      return SEND_ERRORS.senderInvalid;
  }
}

/** @param retryAfterMs absent when waiting does not help. */
function rateLimitExceeded(retryAfterMs: number | undefined): ApiError {
  const error = SEND_ERRORS.rateLimitExceeded;
  if (retryAfterMs === undefined)
    return because(error, `${error.text}: the limit is lower than the number of recipients`);
  const retryAfterS = Math.max(1, Math.ceil(retryAfterMs / 1000));
  return { ...because(error, `${error.text}, try again in ${retryAfterS} seconds`), retryAfterS };
}
