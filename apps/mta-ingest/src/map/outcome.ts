import type { DeliveryStatus, MailEvent } from '#contracts/mail-events/mail-event';
import { mailEventId } from '#contracts/mail-events/event-id';
import type { EventCause } from '#contracts/mail-events/event-id';
import type { MtaReceipt } from '#contracts/mta-receipts/mta-receipt';
import type { Row } from '../parse/row.js';
import { classifyBounce } from './bounce-categories.js';
import type { Correlation, Correlator } from './correlate.js';
import { parseDiagnostic, parseMta, parseStatus, unwrapAddress } from './diagnostic.js';
import { decodeHeader } from './encoded-words.js';
import { parseLoggedTime, parseTime } from './time.js';

export type MapFault = 'bad-time' | 'forged-reference' | 'bad-recipient' | 'torn';

/** What one row means. `skipped` rows are counted and leave nothing. */
export type Outcome =
  | { kind: 'events'; events: readonly MailEvent[] }
  | { kind: 'receipt'; receipt: MtaReceipt }
  | { kind: 'skipped'; why: 'not-ours' | 'no-event' | 'unknown-type' }
  | { kind: 'bad'; reason: MapFault };

/** RFC 5321 allows 64 + 1 + 255 characters. */
const LONGEST_RECIPIENT = 320;
/** A cell may have a megabyte, a message on Kafka may not. */
const LONGEST_TEXT = 4_000;
const clip = (text: string): string => text.slice(0, LONGEST_TEXT);

/** Encoded words are longer than what they say, by less than this. */
const MOST_ENCODING = 8;
const headerText = (text: string): string => clip(decodeHeader(text.slice(0, LONGEST_TEXT * MOST_ENCODING)));

const BAD_TIME: Outcome = { kind: 'bad', reason: 'bad-time' };

type Ours = Extract<Correlation, { status: 'ours' }>;

/**
 * One accounting row to what it means. Pure but for the correlator's cache.
 *
 * @param now the ingester's clock in epoch milliseconds; rows from far ahead of it are bad.
 */
export function mapRow(row: Row, correlator: Correlator, now: number): Outcome {
  const loggedAt = parseLoggedTime(row.get('timelogged'), now);
  switch (row.type) {
    case 'd':
    case 'b':
    case 'rb':
    case 'f':
    case 'r':
      return loggedAt === undefined ? BAD_TIME : mapOutcome(row, row.type, correlator, loggedAt);
    // Attempts and status reports that are no outcome yet: metrics only.
    case 't':
    case 'tq':
    case 'rs':
      return loggedAt === undefined ? BAD_TIME : { kind: 'skipped', why: 'no-event' };
    default:
      return { kind: 'skipped', why: 'unknown-type' };
  }
}

function mapOutcome(
  row: Row,
  type: 'd' | 'b' | 'rb' | 'f' | 'r',
  correlator: Correlator,
  loggedAt: number,
): Outcome {
  const mail = correlator.correlate(row);
  if (mail.status === 'forged') return { kind: 'bad', reason: 'forged-reference' };
  if (mail.status === 'not-ours') {
    // The cells that would name our mail may be the missing ones.
    const torn = row.flags.includes('short-row') || row.flags.includes('long-row');
    return torn ? { kind: 'bad', reason: 'torn' } : { kind: 'skipped', why: 'not-ours' };
  }
  const recipient = recipientOf(row, mail);
  if (recipient === '' || recipient.length > LONGEST_RECIPIENT)
    return { kind: 'bad', reason: 'bad-recipient' };
  if (type === 'r') return { kind: 'receipt', receipt: { ...mail.reference, recipient, loggedAt } };
  return { kind: 'events', events: eventsOf(row, type, { mail, recipient, loggedAt }) };
}

/** PowerMTA logs whole seconds. */
const SECOND_MS = 1000;

/**
 * The time of an event. An outcome is logged as the beginning of its second, which may lie before the acceptance of a mail that was
 * delivered within that second: then it happened at the acceptance, at the earliest.
 */
export function eventTime(loggedAt: number, acceptedAt: number | undefined): number {
  const isSameSecond = acceptedAt !== undefined && loggedAt < acceptedAt && acceptedAt < loggedAt + SECOND_MS;
  return isSameSecond ? acceptedAt : loggedAt;
}

interface Fact {
  mail: Ours;
  recipient: string;
  loggedAt: number;
}

function eventsOf(row: Row, type: 'd' | 'b' | 'rb' | 'f', fact: Fact): MailEvent[] {
  const base = eventBase(row, fact);
  const event = (name: MailEvent['event'], cause: EventCause, more: Partial<MailEvent>): MailEvent => ({
    ...base,
    ...more,
    event: name,
    id: mailEventId({ messageId: base.messageId, recipient: base.recipient, event: name, cause }),
  });
  switch (type) {
    case 'd': {
      const delivery = deliveryOf(row, { code: 250, enhancedCode: '2.0.0', loggedAt: fact.loggedAt });
      // One moment under two names: what the MTA saw, and what customers ask for.
      return [event('accepted-by-mta', '', { delivery }), event('delivered', '', { delivery })];
    }
    case 'b':
    case 'rb': {
      const delivery = deliveryOf(row, { code: null, enhancedCode: '', loggedAt: fact.loggedAt });
      const bounce = classifyBounce(row.get('bouncecat'), delivery.enhancedCode, delivery.code);
      return [event('bounced', type === 'rb' ? 'rb' : '', { delivery, bounce })];
    }
    case 'f':
      return [event('complained', 'f', { reason: clip(row.get('feedbacktype')) })];
  }
}

function eventBase(row: Row, { mail, recipient, loggedAt }: Fact): MailEvent {
  const { reference, details } = mail;
  return {
    id: '',
    event: 'delivered',
    loggedAt: eventTime(loggedAt, details?.acceptedAt),
    userId: reference.userId,
    domainId: reference.domainId,
    senderDomain: details?.senderDomain ?? '',
    messageId: reference.messageId,
    recipient,
    recipientType: details?.recipientType ?? '',
    method: details?.method ?? '',
    from: headerText(row.get('header_from')),
    to: headerText(row.get('header_to')),
    subject: headerText(row.get('header_subject')),
    tags: [...(details?.tags ?? [])],
    envelopeSender: clip(unwrapAddress(row.get('orig'))),
    sendingIp: clip(row.get('dlvsourceip')),
    size: wholeNumber(row.get('dlvsize')),
    queuedAt: details?.acceptedAt ?? null,
    delivery: null,
    bounce: null,
    reason: '',
    ...details?.context,
  };
}

/** @param fallback what the record type itself implies where the row says nothing. */
function deliveryOf(
  row: Row,
  fallback: { code: number | null; enhancedCode: string; loggedAt: number },
): DeliveryStatus {
  const reply = parseDiagnostic(row.get('dsndiag'));
  const status = parseStatus(row.get('dsnstatus'));
  const mta = parseMta(row.get('dsnmta'));
  return {
    code: reply.code ?? fallback.code,
    enhancedCode: reply.enhancedCode || status.enhancedCode || fallback.enhancedCode,
    message: clip(reply.text),
    description: clip(status.phrase),
    mxHost: clip(mta.host),
    mxIp: clip(row.get('dlvdestinationip') || mta.ip),
    sessionSeconds: sessionSeconds(row, fallback.loggedAt),
  };
}

/** From the first attempt, else from queueing, to the outcome; clocks that ran backwards give 0, no start gives null. */
function sessionSeconds(row: Row, loggedAt: number): number | null {
  const start = parseTime(row.get('timefirstattempt')) ?? parseTime(row.get('timequeued'));
  return start === undefined ? null : Math.max(0, loggedAt - start) / 1000;
}

/**
 * Whom the row speaks of. Feedback reports often hide it, and servers change its letter case: then it is the recipient of
 * the reference, so that all events of one mail show the same. Any other address in the row is believed: the mail was
 * forwarded, or an alias resolved.
 */
function recipientOf(row: Row, { details }: Ours): string {
  const logged = unwrapAddress(row.get('rcpt'));
  if (!details) return logged;
  const isSame = logged.toLowerCase() === details.recipient.toLowerCase();
  return isSame || !logged.includes('@') ? details.recipient : logged;
}

function wholeNumber(text: string): number | null {
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
}
