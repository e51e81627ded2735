import type { ApiError } from '#contracts/errors/catalogue';
import type { Mailbox } from '#contracts/sending/message-content';
import { lowerCaseKeys } from '../http/request-parameters.js';
import { domainOf, parseAddress } from '../http/address.js';
import { because, SEND_ERRORS } from './errors.js';
import { isHeaderSafe, isObject, structured } from './given.js';

/** Longest display name; far above what people have, far below what breaks a header. */
const MOST_NAME_CHARACTERS = 255;

/** Errors of one list of mailboxes. */
export interface MailboxListErrors {
  readonly notArray: ApiError;
  readonly incomplete: ApiError;
  readonly nameInvalid: ApiError;
  readonly invalid: ApiError;
  readonly tooMany: ApiError;
}

const NAME_RULE = `may have at most ${MOST_NAME_CHARACTERS} characters, none of them a line break or control character`;

export const TO_ERRORS: MailboxListErrors = {
  notArray: SEND_ERRORS.recipientsInvalid,
  incomplete: SEND_ERRORS.recipientIncomplete,
  nameInvalid: because(SEND_ERRORS.recipientIncomplete, `Recipient name ${NAME_RULE}`),
  invalid: SEND_ERRORS.recipientInvalid,
  tooMany: SEND_ERRORS.recipientsInvalid,
};
export const CC_ERRORS: MailboxListErrors = {
  notArray: SEND_ERRORS.ccNotArray,
  incomplete: SEND_ERRORS.ccIncomplete,
  nameInvalid: because(SEND_ERRORS.ccIncomplete, `CC name ${NAME_RULE}`),
  invalid: SEND_ERRORS.ccInvalid,
  tooMany: SEND_ERRORS.ccTooMany,
};
export const BCC_ERRORS: MailboxListErrors = {
  notArray: SEND_ERRORS.bccNotArray,
  incomplete: SEND_ERRORS.bccIncomplete,
  nameInvalid: because(SEND_ERRORS.bccIncomplete, `BCC name ${NAME_RULE}`),
  invalid: SEND_ERRORS.bccInvalid,
  tooMany: SEND_ERRORS.bccTooMany,
};
export const REPLY_TO_ERRORS: MailboxListErrors = {
  notArray: SEND_ERRORS.replyToNotArray,
  incomplete: SEND_ERRORS.replyToIncomplete,
  nameInvalid: because(SEND_ERRORS.replyToIncomplete, `Reply-To name ${NAME_RULE}`),
  invalid: SEND_ERRORS.replyToInvalid,
  tooMany: SEND_ERRORS.replyToTooMany,
};

/** Reads a list of mailboxes; what is wrong with it goes into `errors`, each error once. */
export function readMailboxes(
  value: unknown,
  limit: number,
  listErrors: MailboxListErrors,
  errors: Set<ApiError>,
): Mailbox[] {
  const list = structured(value);
  if (!Array.isArray(list)) {
    errors.add(listErrors.notArray);
    return [];
  }
  if (list.length > limit) {
    errors.add(because(listErrors.tooMany, `${listErrors.tooMany.text} (${limit})`));
    return [];
  }
  const mailboxes: Mailbox[] = [];
  for (const member of list) {
    const parts = readParts(member);
    if (parts === undefined) errors.add(listErrors.incomplete);
    else if (!isUsableName(parts.name)) errors.add(listErrors.nameInvalid);
    else if (parts.address === undefined) errors.add(listErrors.invalid);
    else mailboxes.push({ name: parts.name.trim(), email: parts.address });
  }
  return mailboxes;
}

/** Reads From, whose address has to be on the key's domain. */
export function readFrom(value: unknown, domain: string, errors: Set<ApiError>): Mailbox | undefined {
  const parts = readParts(structured(value));
  if (parts === undefined) errors.add(SEND_ERRORS.fromInvalid);
  else if (!isUsableName(parts.name)) errors.add(because(SEND_ERRORS.fromInvalid, `From name ${NAME_RULE}`));
  else if (parts.address === undefined) errors.add(SEND_ERRORS.fromAddressInvalid);
  else if (domainOf(parts.address) !== domain) {
    errors.add(
      because(SEND_ERRORS.fromInvalid, `From is not an address of ${domain}, the domain of the key`),
    );
  } else return { name: parts.name.trim(), email: parts.address };
  return undefined;
}

/** A name that could end a header line is none. */
const isUsableName = (name: string): boolean => isHeaderSafe(name) && name.length <= MOST_NAME_CHARACTERS;

/** Both keys have to be there; a name may be empty. */
function readParts(member: unknown): { name: string; address: string | undefined } | undefined {
  const object = lowerCaseKeys(member);
  if (!isObject(object)) return undefined;
  const { name, email } = object;
  if (typeof name !== 'string' || typeof email !== 'string' || email.trim() === '') return undefined;
  return { name, address: parseAddress(email) };
}
