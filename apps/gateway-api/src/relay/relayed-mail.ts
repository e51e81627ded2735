import type { SmtpRelayInput } from '#contracts/http/relay';
import { mailboxesText } from '#contracts/sending/mailbox-text';
import { isReservedField } from '#contracts/sending/reserved-fields';
import type { ShownHeaders } from '#contracts/sending/stored-mail';
import {
  classifyRecipients,
  exceededClass,
  type ClassifiedRecipient,
  type RecipientClass,
} from '#domain/relay/relay-envelope';
import { domainOf, parseAddress } from '../http/address.js';
import { authorsOf, mailboxesOf, subjectText } from './header-texts.js';
import { readRawMessage, valuesOf, withFields, type RawMessage, type Unsendable } from './raw-message.js';
import { because, isSmtpError, SMTP_ERRORS, type SmtpError } from './smtp-errors.js';

/** What the login's domain and the installation say about a mail. */
export interface RelayRules {
  readonly domain: string;
  /** Return path host of the domain. */
  readonly mfromHost: string;
  readonly limits: Readonly<Record<RecipientClass, number>>;
}

/** A mail as it will be queued. */
export interface RelayedMail {
  /** The bytes that are sent, with CRLF line ends and without Bcc. */
  readonly raw: Buffer;
  readonly recipients: readonly ClassifiedRecipient[];
  readonly shown: ShownHeaders;
}

/** Names of recipients that others must not see. */
const HIDDEN: ReadonlySet<string> = new Set(['bcc', 'resent-bcc']);
const TOO_MANY: Readonly<Record<RecipientClass, SmtpError>> = {
  to: SMTP_ERRORS.toTooMany,
  cc: SMTP_ERRORS.ccTooMany,
  bcc: SMTP_ERRORS.bccTooMany,
};
/** More than all limits together can allow. */
const MOST_ENVELOPE_ENTRIES = 10_000;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** Reads a message and its envelope as the SMTP server hands them over; the first thing that is wrong is answered. */
export function readRelayedMail(input: SmtpRelayInput, rules: RelayRules): RelayedMail | SmtpError {
  const message = readMessage(input);
  if (isSmtpError(message)) return message;
  const from = valuesOf(message, 'from');
  const authors = from.length === 1 ? authorsOf(from[0] ?? '') : undefined;
  if (authors === undefined || !authors.every(({ email }) => isOf(rules.domain, email)))
    return because(SMTP_ERRORS.senderDomainInvalid, `From is not an address of ${rules.domain}`);
  if (!isSenderOf(rules, input.MailFrom ?? ''))
    return because(SMTP_ERRORS.senderDomainInvalid, `MAIL FROM is not an address of ${rules.domain}`);

  const [to, cc] = [mailboxesOf(valuesOf(message, 'to')), mailboxesOf(valuesOf(message, 'cc'))];
  const envelope = readEnvelope(input.RcptTo ?? '');
  if (isSmtpError(envelope)) return envelope;
  const addresses = (mailboxes: typeof to) => mailboxes.map(({ email }) => parseAddress(email) ?? email);
  const recipients = classifyRecipients(envelope, { to: addresses(to), cc: addresses(cc) });
  const exceeded = exceededClass(recipients, rules.limits);
  if (exceeded !== undefined) {
    const error = TOO_MANY[exceeded];
    return because(error, `${error.text} (${rules.limits[exceeded]})`);
  }

  const [subject] = valuesOf(message, 'subject');
  return {
    raw: withFields(message, ({ name }) => !HIDDEN.has(name) && !isReservedField(name)),
    recipients,
    shown: {
      from: mailboxesText(authors.slice(0, rules.limits.to)),
      to: mailboxesText(to.slice(0, rules.limits.to)),
      subject: subjectText(subject ?? input.Subject ?? ''),
    },
  };
}

function readMessage({ RawEmail = '', RawEmailEncoding = '' }: SmtpRelayInput): RawMessage | SmtpError {
  const encoding = RawEmailEncoding.trim().toLowerCase();
  let bytes: Buffer;
  if (encoding === 'base64') {
    const text = RawEmail.replaceAll(/\s+/g, '');
    if (!BASE64.test(text)) return because(SMTP_ERRORS.messageInvalid, 'RawEmail is not base64');
    bytes = Buffer.from(text, 'base64');
  } else if (encoding === '' || encoding === 'text') bytes = Buffer.from(RawEmail, 'utf8');
  else return because(SMTP_ERRORS.messageInvalid, 'RawEmailEncoding is neither text nor base64');
  const message = readRawMessage(bytes);
  return isUnsendable(message) ? because(SMTP_ERRORS.messageInvalid, message.unsendable) : message;
}

const isUnsendable = (message: RawMessage | Unsendable): message is Unsendable => 'unsendable' in message;

/** Whether the envelope's sender may send for the domain. Nobody (`<>`) may: automatic replies come from nobody. */
function isSenderOf({ domain, mfromHost }: RelayRules, mailFrom: string): boolean {
  const sender = withoutBrackets(mailFrom);
  return sender === '' || isOf(domain, sender) || isOf(mfromHost, sender);
}

function isOf(domain: string, email: string): boolean {
  const address = parseAddress(email);
  return address !== undefined && domainOf(address) === domain.toLowerCase();
}

/** Addresses of the envelope, in the form in which SMTP can carry them. */
function readEnvelope(rcptTo: string): string[] | SmtpError {
  const entries = rcptTo.split(',', MOST_ENVELOPE_ENTRIES + 1).map(withoutBrackets);
  if (entries.length > MOST_ENVELOPE_ENTRIES) return SMTP_ERRORS.bccTooMany;
  const given = entries.filter((entry) => entry !== '');
  if (given.length === 0) return SMTP_ERRORS.recipientsMissing;
  const addresses: string[] = [];
  for (const [index, entry] of given.entries()) {
    const address = parseAddress(entry);
    // By its place: an address in the reply would end up in the logs of the SMTP server.
    if (address === undefined)
      return because(SMTP_ERRORS.recipientsInvalid, `Recipient ${index + 1} is not a valid address`);
    addresses.push(address);
  }
  return addresses;
}

function withoutBrackets(text: string): string {
  const trimmed = text.trim();
  return trimmed.startsWith('<') && trimmed.endsWith('>') ? trimmed.slice(1, -1).trim() : trimmed;
}
