import { domainToASCII, domainToUnicode } from 'node:url';

import { stringify } from 'csv-stringify/sync';

import type { Outcome } from './fate.js';
import type { AcceptedMail, MailRecipient } from './mail.js';

/** The headers that every record type is configured to log, spelt as in the column name. */
export const LOGGED_HEADERS = ['X-EG-Ref', 'From', 'To', 'Subject', 'Message-Id'] as const;

/**
 * The columns of a file that holds all of `d b t tq r f rb`, in PowerMTA's order: those of d, b and t with TLS, the
 * configured headers, then what f, r and rb add.
 */
export const COLUMNS = [
  ...[
    'type',
    'timeLogged',
    'timeQueued',
    'orig',
    'rcpt',
    'orcpt',
    'dsnAction',
    'dsnStatus',
    'dsnDiag',
    'dsnMta',
  ],
  ...['bounceCat', 'srcType', 'srcMta', 'dlvType', 'dlvSourceIp', 'dlvDestinationIp', 'dlvEsmtpAvailable'],
  ...['dlvSize', 'vmta', 'jobId', 'envId', 'queue', 'vmtaPool', 'dlvTlsProtocol', 'dlvTlsCipher'],
  ...LOGGED_HEADERS.map((name) => `header_${name}`),
  ...['repSourceIp', 'feedbackType', 'format', 'userAgent', 'reportingMta', 'reportedDomain'],
  ...['header_Return-Path', 'header_X-job', 'rcvSourceIp', 'rcvDestinationIp', 'dsnReportingMta'],
];

/** One accounting row by column name; a column that is not named is empty. */
export type Row = Record<string, string>;

const OWN_IP = '198.51.100.21';
const FEEDBACK_IP = '192.0.2.25';
const VMTA = 'mta-a';
const POOL = 'pool-1';
const ESMTP = '8BITMIME,CHUNKING,DSN,ENHANCEDSTATUSCODES,PIPELINING,SIZE,SMTPUTF8,STARTTLS';

/** `2026-11-24 13:00:00+0000`: UTC, to the second. */
export function isoTime(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('T', ' ').replace(/\..*$/, '+0000');
}

/** A whole record as RFC 4180 has it: CRLF, quotes only where they are needed. */
export function csvRecord(values: readonly string[]): string {
  return stringify([[...values]], { record_delimiter: '\r\n', quoted_match: /[\r\n]/ });
}

export const rowText = (row: Row): string => csvRecord(COLUMNS.map((name) => row[name] ?? ''));

const domainOf = (address: string): string => {
  const at = address.lastIndexOf('@');
  return at < 0 ? 'localhost' : address.slice(at + 1).toLowerCase();
};
const asciiDomain = (address: string): string => domainToASCII(domainOf(address)) || domainOf(address);
const unicodeDomain = (address: string): string => domainToUnicode(domainOf(address)) || domainOf(address);

/** The same address in 203.0.113.0/24 for a domain each time. */
function remoteIp(domain: string): string {
  let sum = 0;
  for (const char of domain) sum = (sum * 31 + (char.codePointAt(0) ?? 0)) % 254;
  return `203.0.113.${sum + 1}`;
}

/** What the remote side said: `dsnStatus`, `dsnDiag` and the rest of an attempt. */
function reply(status: string, diagnostic: string, action: string, category: string): Row {
  return { dsnAction: action, dsnStatus: status, dsnDiag: `smtp;${diagnostic}`, bounceCat: category };
}

function verdict(outcome: Outcome, mail: AcceptedMail, rcpt: MailRecipient, now: number): Row {
  const token = `${Math.floor(now / 1000)} ${mail.id.slice(0, 12)}`;
  switch (outcome) {
    case 'delivered':
      return {
        ...reply('2.0.0 (success)', `250 2.0.0 OK ${token} - sandbox`, 'relayed', ''),
        dlvSize: String(mail.size),
      };
    case 'unknown-mailbox':
      return reply(
        '5.1.1 (bad destination mailbox address)',
        `550 5.1.1 <${rcpt.address}>: Recipient address rejected: User unknown in virtual mailbox table`,
        'failed',
        'bad-mailbox',
      );
    case 'mailbox-full-yet':
      return reply(
        '4.2.2 (mailbox full)',
        `452 4.2.2 <${rcpt.address}> The email account is over quota, try again later`,
        'delayed',
        'quota-issues',
      );
    case 'mailbox-full':
      return reply(
        '5.2.2 (mailbox full)',
        `552 5.2.2 mailbox "${rcpt.address}" is over quota, size=104857600`,
        'failed',
        'quota-issues',
      );
    case 'spam-refused':
      return reply(
        '5.7.1 (delivery not authorized)',
        `554 5.7.1 Service unavailable; Client host [${OWN_IP}] blocked, message refused as spam`,
        'failed',
        'spam-related',
      );
    case 'greylisted':
      return reply(
        '4.7.1 (delivery not authorized)',
        `451 4.7.1 <${rcpt.address}>: Recipient address rejected: Greylisted, please try again in 5 minutes`,
        'delayed',
        '',
      );
    case 'queue-down':
      return {
        dsnStatus: '4.7.0 (other or undefined security status)',
        dsnDiag: `smtp;421 4.7.0 [TS01] Messages from ${OWN_IP} temporarily deferred`,
      };
    case 'bounced-later':
      return reply(
        '5.1.1 (bad destination mailbox address)',
        `550 5.1.1 no such local recipient: <${rcpt.address}> in "RCPT TO:<${rcpt.address}>"`,
        'failed',
        'bad-mailbox',
      );
    case 'received':
    case 'complained':
      return {};
  }
}

/**
 * The accounting row of one outcome.
 *
 * @param now epoch milliseconds at which it happens, `timeLogged`.
 */
export function rowOf(outcome: Outcome, mail: AcceptedMail, rcpt: MailRecipient, now: number): Row {
  const domain = asciiDomain(rcpt.address);
  const ip = remoteIp(domain);
  const remote = `mx1.${domain} (${ip})`;
  const headers = Object.fromEntries(
    LOGGED_HEADERS.map((name) => [`header_${name}`, mail.headers[name] ?? '']),
  );
  const envelope = { orig: mail.sender, rcpt: rcpt.address, envId: mail.envId };
  const source = { srcType: 'smtp', srcMta: `${mail.helo} (${mail.sourceIp})` };
  const queue = { vmta: VMTA, queue: `${unicodeDomain(rcpt.address)}/${VMTA}` };
  const line = { dlvType: 'smtp', dlvSourceIp: OWN_IP, dlvDestinationIp: ip };
  const time = { timeLogged: isoTime(now) };
  const said = verdict(outcome, mail, rcpt, now);
  const attempt = (type: 'd' | 'b' | 't'): Row => ({
    type,
    ...time,
    timeQueued: isoTime(mail.acceptedAt),
    ...envelope,
    orcpt: rcpt.orcpt,
    ...said,
    dsnMta: remote,
    ...source,
    ...line,
    dlvEsmtpAvailable: ESMTP,
    ...queue,
    jobId: mail.jobId,
    vmtaPool: POOL,
    dlvTlsProtocol: 'TLSv1.3',
    dlvTlsCipher: 'TLS_AES_256_GCM_SHA384',
    ...headers,
  });

  switch (outcome) {
    case 'received':
      return {
        type: 'r',
        ...time,
        ...envelope,
        orcpt: rcpt.orcpt,
        ...source,
        vmta: VMTA,
        vmtaPool: POOL,
        jobId: mail.jobId,
        rcvSourceIp: mail.sourceIp,
        rcvDestinationIp: mail.destinationIp,
        ...headers,
      };
    case 'delivered':
      return attempt('d');
    case 'unknown-mailbox':
    case 'mailbox-full':
    case 'spam-refused':
      return attempt('b');
    case 'mailbox-full-yet':
    case 'greylisted':
      return attempt('t');
    case 'queue-down':
      return { type: 'tq', ...time, ...said, dsnMta: remote, ...line, ...queue };
    case 'bounced-later':
      return {
        type: 'rb',
        ...time,
        ...envelope,
        orcpt: rcpt.orcpt,
        ...said,
        dsnMta: remote,
        dsnReportingMta: `gw.${domain}`,
        srcType: 'smtp',
        srcMta: `gw.${domain} (${ip})`,
        format: 'dsn',
        ...headers,
      };
    case 'complained':
      return {
        type: 'f',
        ...time,
        ...envelope,
        repSourceIp: FEEDBACK_IP,
        feedbackType: 'abuse',
        format: 'arf',
        userAgent: 'SandboxFeedback/1.0',
        reportingMta: `fbl.${domain}`,
        reportedDomain: mail.sender === '' ? '' : asciiDomain(mail.sender),
        dlvSourceIp: OWN_IP,
        'header_Return-Path': `<${mail.sender}>`,
        ...headers,
      };
  }
}
