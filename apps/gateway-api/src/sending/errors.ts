import { ERRORS, type ApiError } from '#contracts/errors/catalogue';

export const SEND_ERRORS = ERRORS['emailgateway.sendemail'];

/**
 * The contract has no code for a malformed Headers, Tags, Attachments or SendAt. 33 is the one number below 39 that it
 * leaves unassigned for this command.
 */
export const malformed = (what: string): ApiError => ({ code: 33, text: what, status: 422 });

/** An error of the table with a text that says more. */
export const because = (error: ApiError, text: string): ApiError => ({ ...error, text });
