// @ts-check
// One row to the mail events that it makes, written as one would without thinking of speed.
import { createHash } from 'node:crypto';

/** @typedef {Record<string, string>} Row columns in lower case */
/** @typedef {import('./plain-reference.mjs').Reference} Reference */

/** @type {Record<string, string>} */
const BOUNCE_TYPES = { 'bad-mailbox': 'hard', 'quota-issues': 'soft', 'spam-related': 'block' };

/**
 * @param {Row} row @param {Reference} reference
 * @returns {Record<string, unknown>[]} mail events as their schema has them
 */
export function eventsOf(row, reference) {
  switch (row['type']) {
    case 'd': {
      const more = { delivery: delivery(row, 250, '2.0.0') };
      return [
        event(row, reference, 'accepted-by-mta', '', more),
        event(row, reference, 'delivered', '', more),
      ];
    }
    case 'b':
    case 'rb': {
      const status = delivery(row, null, '');
      const category = row['bouncecat'] || 'other';
      const type = BOUNCE_TYPES[category] ?? (status.enhancedCode.startsWith('5') ? 'hard' : 'soft');
      const cause = row['type'] === 'rb' ? 'rb' : '';
      return [event(row, reference, 'bounced', cause, { delivery: status, bounce: { type, category } })];
    }
    case 'f':
      return [event(row, reference, 'complained', 'f', { reason: row['feedbacktype'] ?? '' })];
    default:
      return [];
  }
}

/** @param {Row} row @param {Reference} reference */
export function receiptOf(row, reference) {
  const { userId, domainId, messageId, recipientNo } = reference;
  return {
    userId,
    domainId,
    messageId,
    recipientNo,
    recipient: row['rcpt'],
    loggedAt: time(row['timelogged']),
  };
}

/**
 * @param {Row} row
 * @param {Reference} reference
 * @param {string} name
 * @param {string} cause
 * @param {object} more
 */
function event(row, { messageId, userId, domainId, details }, name, cause, more) {
  const recipient = row['rcpt'] ?? '';
  // The two events of a delivered row are the halves of one digest.
  const isSecond = name === 'delivered';
  const identity = `1\n${messageId}\n${recipient.toLowerCase()}\n${isSecond ? 'accepted-by-mta' : name}\n${cause}`;
  const digest = createHash('sha256').update(identity).digest('hex');
  return {
    id: isSecond ? digest.slice(32) : digest.slice(0, 32),
    event: name,
    loggedAt: time(row['timelogged']),
    userId,
    domainId,
    senderDomain: details?.senderDomain ?? '',
    messageId,
    recipient,
    recipientType: details?.recipientType ?? '',
    method: details?.method ?? '',
    from: header(row['header_from']),
    to: header(row['header_to']),
    subject: header(row['header_subject']),
    tags: details?.tags ?? [],
    envelopeSender: row['orig'],
    sendingIp: row['dlvsourceip'],
    size: row['dlvsize'] ? Number(row['dlvsize']) : null,
    queuedAt: details?.acceptedAt ?? null,
    delivery: null,
    bounce: null,
    reason: '',
    ...more,
  };
}

/** @param {Row} row @param {number | null} code @param {string} enhancedCode */
function delivery(row, code, enhancedCode) {
  const text = (row['dsndiag'] ?? '').replace(/^smtp;/, '');
  const reply = /^([2-5]\d\d) ([245]\.\d+\.\d+)/.exec(text);
  const status = /^([245]\.\d+\.\d+) \((.*)\)$/.exec(row['dsnstatus'] ?? '');
  const mta = /^(.*?) \((.*)\)$/.exec(row['dsnmta'] ?? '');
  return {
    code: reply ? Number(reply[1]) : code,
    enhancedCode: reply?.[2] ?? status?.[1] ?? enhancedCode,
    message: text,
    description: status?.[2] ?? '',
    mxHost: mta?.[1] ?? '',
    mxIp: row['dlvdestinationip'] || (mta?.[2] ?? ''),
    sessionSeconds: row['timequeued']
      ? Math.max(0, time(row['timelogged']) - time(row['timequeued'])) / 1000
      : null,
  };
}

/** `2024-03-05 09:15:02+0000` to epoch milliseconds. @param {string | undefined} text */
function time(text = '') {
  return Date.parse(text.replace(/^(\S+) (\S+)([+-]\d\d)(\d\d)$/, '$1T$2$3:$4'));
}

/** Encoded words to text. @param {string | undefined} text */
function header(text = '') {
  return text.replaceAll(/=\?utf-8\?B\?([^?]*)\?=/gi, (_, body) =>
    Buffer.from(body, 'base64').toString('utf8'),
  );
}
