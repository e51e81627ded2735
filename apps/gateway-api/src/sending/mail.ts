import type { ApiError } from '#contracts/errors/catalogue';
import type { SendEmailInput } from '#contracts/http/send-email';
import type { Mailbox, MessageContent } from '#contracts/sending/message-content';
import type { EnvelopeRecipient } from '../mail-acceptance/mail-to-accept.js';
import { because, SEND_ERRORS } from './errors.js';
import { readAttachments, readHeaders, readSendAt, readTags } from './extras.js';
import { isGiven, isHeaderSafe, structured } from './given.js';
import {
  BCC_ERRORS,
  CC_ERRORS,
  readFrom,
  readMailboxes,
  REPLY_TO_ERRORS,
  TO_ERRORS,
  type MailboxListErrors,
} from './mailboxes.js';
import type { References } from './references.js';

/** What the installation and the domain of the key say about a mail. */
export interface MailRules {
  readonly domain: string;
  readonly limits: {
    readonly to: number;
    readonly cc: number;
    readonly bcc: number;
    readonly replyTo: number;
  };
  readonly trackLinks: boolean;
  readonly trackOpens: boolean;
  /** Unix milliseconds. */
  readonly now: number;
}

export interface Mail {
  readonly content: MessageContent;
  readonly bcc: readonly Mailbox[];
  /** Unix milliseconds. */
  readonly dueAt: number;
}

/** Longest subject; it travels in every event of the mail. */
const MOST_SUBJECT_CHARACTERS = 2000;

/**
 * Reads a send request; everything that is wrong with it is answered at once, each error once, with what is wrong with the ids
 * it names last.
 */
export function readMail(
  input: SendEmailInput,
  rules: MailRules,
  references: References,
): Mail | readonly ApiError[] {
  const errors = new Set<ApiError>();
  const subject = readSubject(input, errors);
  const body = readBody(input, references, errors);
  const from = readFrom(input.From, rules.domain, errors);
  const to = readTo(input, rules, errors);
  const list = (value: unknown, limit: number, listErrors: MailboxListErrors) =>
    isGiven(value) ? readMailboxes(value, limit, listErrors, errors) : [];
  const cc = list(input.CC, rules.limits.cc, CC_ERRORS);
  const bcc = list(input.BCC, rules.limits.bcc, BCC_ERRORS);
  const replyTo = list(input.ReplyTo, rules.limits.replyTo, REPLY_TO_ERRORS);
  const tags = isGiven(input.Tags) ? readTags(input.Tags, errors) : [];
  const headers = isGiven(input.Headers) ? readHeaders(input.Headers, replyTo.length > 0, errors) : {};
  const attachments = isGiven(input.Attachments) ? readAttachments(input.Attachments, errors) : [];
  const dueAt = isGiven(input.SendAt) ? readSendAt(input.SendAt, rules.now, errors) : rules.now;
  for (const error of references.errors) errors.add(error);
  if (errors.size > 0 || from === undefined) return distinct(errors);
  const content: MessageContent = {
    version: 1,
    subject,
    from,
    to,
    cc,
    replyTo,
    ...body,
    headers,
    tags,
    attachments,
    trackLinks: input.TrackLinks ?? rules.trackLinks,
    trackOpens: input.TrackOpens ?? rules.trackOpens,
  };
  return { content, bcc, dueAt };
}

function readSubject({ Subject = '' }: SendEmailInput, errors: Set<ApiError>): string {
  if (Subject.trim() === '') errors.add(SEND_ERRORS.subjectMissing);
  else if (!isHeaderSafe(Subject)) {
    errors.add(
      because(SEND_ERRORS.subjectMissing, 'Subject must not contain line breaks or control characters'),
    );
  } else if (Subject.length > MOST_SUBJECT_CHARACTERS) {
    errors.add(
      because(SEND_ERRORS.subjectMissing, `Subject may have at most ${MOST_SUBJECT_CHARACTERS} characters`),
    );
  }
  return Subject;
}

/**
 * With ContentType html a PlainContent travels along as the alternative; with plain, HTML is left out. What the call does not
 * bring, its template gives.
 */
function readBody(
  input: SendEmailInput,
  { template }: References,
  errors: Set<ApiError>,
): Pick<MessageContent, 'html' | 'plain'> {
  const html = orElse(input.HTMLContent, template?.html);
  const plain = orElse(input.PlainContent, template?.plain);
  const type = (input.ContentType ?? '').trim().toLowerCase();
  const missing = (error: ApiError, what: string) => {
    if (!isGiven(input.TemplateID)) errors.add(error);
    else if (template !== undefined)
      errors.add(because(SEND_ERRORS.templateInvalid, `The template has no ${what} content`));
  };
  if (type === 'html') {
    if (html === '') missing(SEND_ERRORS.htmlContentMissing, 'HTML');
    return { html, plain: plain === '' ? null : plain };
  }
  if (type === 'plain') {
    if (plain === '') missing(SEND_ERRORS.plainContentMissing, 'plain');
  } else if (type === '') errors.add(SEND_ERRORS.contentTypeMissing);
  else errors.add(because(SEND_ERRORS.contentTypeMissing, 'ContentType is neither html nor plain'));
  return { html: null, plain };
}

const orElse = (given = '', otherwise = '') => (given === '' ? otherwise : given);

function readTo(
  { To, TargetListID }: SendEmailInput,
  { limits }: MailRules,
  errors: Set<ApiError>,
): Mailbox[] {
  // The subscribers of the list are the recipients then, and To says nothing.
  if (isGiven(TargetListID)) return [];
  if (To === undefined || To === null || To === '') {
    errors.add(SEND_ERRORS.toMissing);
    return [];
  }
  const list = structured(To);
  if (Array.isArray(list) && list.length === 0) {
    errors.add(SEND_ERRORS.recipientsInvalid);
    return [];
  }
  return readMailboxes(list, limits.to, TO_ERRORS, errors);
}

function distinct(errors: Iterable<ApiError>): ApiError[] {
  const byMeaning = new Map<string, ApiError>();
  for (const error of errors) byMeaning.set(`${error.code} ${error.text}`, error);
  return [...byMeaning.values()];
}

/** To, CC and BCC in this order; an address that occurs twice (in any letter case) gets the mail once. */
export function envelope(
  lists: Readonly<Record<EnvelopeRecipient['type'], readonly Mailbox[]>>,
): EnvelopeRecipient[] {
  const recipients = new Map<string, EnvelopeRecipient>();
  for (const type of ['to', 'cc', 'bcc'] as const) {
    for (const { email } of lists[type]) {
      const key = email.toLowerCase();
      if (!recipients.has(key)) recipients.set(key, { email, type });
    }
  }
  return [...recipients.values()];
}
