import type { MailEvent } from '#contracts/mail-events/mail-event';
import { mintHeaderReference } from '#contracts/reference/header-reference';
import { mintToken, verpSender } from '#contracts/reference/mail-reference';
import type { MailReference, MailReferenceDetails } from '#contracts/reference/mail-reference';
import type { Row, RowFlag } from '../parse/row.js';
import { Correlator } from './correlate.js';
import { mapRow } from './outcome.js';
import type { Outcome } from './outcome.js';

export const KEY = Buffer.alloc(32, 7);
export const OTHER_KEY = Buffer.alloc(32, 8);

export const REFERENCE: MailReference = {
  userId: 1,
  domainId: 4,
  messageId: '0f0e0d0c-0b0a-4908-8706-050403020100',
  recipientNo: 0,
};

export const DETAILS: MailReferenceDetails = {
  recipient: 'ana@inbox.example',
  senderDomain: 'sender.example',
  method: 'api',
  recipientType: 'to',
  tags: ['spring', 'sale'],
  acceptedAt: Date.UTC(2024, 2, 5, 9, 14, 58),
  context: { journeyId: 8, actionId: 9 },
};

export const header = (key = KEY, reference = REFERENCE, details = DETAILS): string =>
  mintHeaderReference(key, reference, details);
export const token = (key = KEY, reference = REFERENCE): string => mintToken(key, reference);
export const verp = (key = KEY, reference = REFERENCE): string =>
  verpSender(token(key, reference), 'sl.sender.example');

/** The columns that the rows of our specs have, in PowerMTA's order. */
const COLUMNS = [
  ...[
    'type',
    'timeLogged',
    'timeQueued',
    'timeFirstAttempt',
    'orig',
    'rcpt',
    'dsnStatus',
    'dsnDiag',
    'dsnMta',
    'bounceCat',
  ],
  ...[
    'dlvType',
    'dlvSourceIp',
    'dlvDestinationIp',
    'dlvSize',
    'envId',
    'header_X-EG-Ref',
    'header_From',
    'header_To',
  ],
  ...['header_Subject', 'feedbackType'],
] as const;

export type Cells = Partial<Record<(typeof COLUMNS)[number], string>>;

export const HEADER_LINE = `${COLUMNS.join(',')}\r\n`;

export function csvLine(cells: Cells): string {
  const quoted = COLUMNS.map((column) => {
    const value = cells[column] ?? '';
    return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
  });
  return `${quoted.join(',')}\r\n`;
}

/** A row of our mail: delivered unless told otherwise. */
export function ours(cells: Cells = {}): Cells {
  return {
    type: 'd',
    timeLogged: '2024-03-05 09:15:02+0000',
    timeQueued: '2024-03-05 09:15:00+0000',
    orig: verp(),
    rcpt: 'ana@inbox.example',
    dsnStatus: '2.0.0 (success)',
    dsnDiag: 'smtp;250 2.0.0 OK gsmtp',
    dsnMta: 'mx1.inbox.example (203.0.113.5)',
    dlvType: 'smtp',
    dlvSourceIp: '198.51.100.21',
    dlvDestinationIp: '203.0.113.5',
    dlvSize: '48213',
    envId: token(),
    'header_X-EG-Ref': header(),
    header_From: '=?utf-8?B?w5ZmZmVydGE=?= <news@sender.example>',
    header_To: 'Ana <ana@inbox.example>',
    header_Subject: 'Spring sale, 20% off',
    ...cells,
  };
}

/** Cells of a recipient with its own number, as a message to several has. */
export function oursNo(recipientNo: number, cells: Cells = {}): Cells {
  const reference = { ...REFERENCE, recipientNo };
  return ours({
    orig: verp(KEY, reference),
    envId: token(KEY, reference),
    'header_X-EG-Ref': header(KEY, reference),
    ...cells,
  });
}

export function row(cells: Cells, flags: RowFlag[] = []): Row {
  const byName = new Map(Object.entries(cells).map(([name, value]) => [name.toLowerCase(), value]));
  return { type: cells.type ?? '', flags, get: (name) => byName.get(name) ?? '' };
}

/** The ingester's clock: some hours after the rows. */
export const NOW = Date.UTC(2024, 2, 5, 12);

/** What a row of these cells means. */
export const map = (cells: Cells, flags?: RowFlag[]): Outcome =>
  mapRow(row(cells, flags), new Correlator(KEY), NOW);

export function events(outcome: Outcome): readonly MailEvent[] {
  if (outcome.kind !== 'events') throw new Error(`expected events, not ${JSON.stringify(outcome)}`);
  return outcome.events;
}
