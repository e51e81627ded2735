import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { encodeMailEvent } from '#contracts/mail-events/mail-event';
import { encodeMtaReceipt } from '#contracts/mta-receipts/mta-receipt';
import { PartitionedRecords } from '#platform/kafka/client';
import { Correlator } from '../map/correlate.js';
import { mapRow, type Outcome } from '../map/outcome.js';
import * as rows from '../map/testing.spec.js';
import type { Cells } from '../map/testing.spec.js';
import { CsvRowParser } from '../parse/row-parser.js';
import { CsvRow } from '../parse/row.js';
import { Lane, type LaneOutcome, type LaneRecords } from './lane.js';

const SEAL = { producerId: 1n, epoch: 0, sequence: 0 };
const lane = new Lane(rows.KEY);
const correlator = new Correlator(rows.KEY);

const newRecords = (): LaneRecords => ({
  events: new PartitionedRecords('events', 2, 0),
  receipts: new PartitionedRecords('receipts', 1, 0),
});

function rowOf(line: string): CsvRow {
  const parser = new CsvRowParser(0, null);
  parser.push(Buffer.from(rows.HEADER_LINE + line));
  parser.end();
  for (let parsed = parser.next(); parsed; parsed = parser.next())
    if (parsed.kind === 'row' && parsed.row instanceof CsvRow) return parsed.row;
  throw new Error(`no row: ${line}`);
}

/** What the lane writes, and what the rules and the codec write; in the bytes of Kafka's record batches. */
function bothWays(line: string): {
  taken: LaneOutcome | undefined;
  lane: Buffer[];
  rules: Buffer[];
  outcome: Outcome;
} {
  const [ofLane, ofRules] = [newRecords(), newRecords()];
  const row = rowOf(line);
  const taken = lane.take(row, ofLane, rows.NOW);
  const outcome = mapRow(row, correlator, rows.NOW);
  if (outcome.kind === 'events')
    for (const event of outcome.events)
      ofRules.events.append(Buffer.from(event.messageId), encodeMailEvent(event));
  if (outcome.kind === 'receipt')
    ofRules.receipts.append(Buffer.from(outcome.receipt.messageId), encodeMtaReceipt(outcome.receipt));
  const bytesOf = ({ events, receipts }: LaneRecords) =>
    [...events.batches, ...receipts.batches].map((batch) => batch.sealed(SEAL));
  return { taken, lane: bytesOf(ofLane), rules: bytesOf(ofRules), outcome };
}

const KIND: Readonly<Record<LaneOutcome, Outcome['kind']>> = {
  ...{ delivered: 'events', bounced: 'events', complained: 'events', receipt: 'receipt' },
  'no-event': 'skipped',
};

/** What the lane did with a row, and whether that is what the rules and the codec do with it, or nothing. */
function compared(line: string): { taken: LaneOutcome | undefined; isSame: boolean } {
  const { taken, outcome, ...written } = bothWays(line);
  if (taken === undefined) return { taken, isSame: written.lane.length === 0 };
  const isSame = Buffer.concat(written.lane).equals(Buffer.concat(written.rules));
  return { taken, isSame: isSame && outcome.kind === KIND[taken] };
}

/** Texts like those of the column, and such as nobody would write. */
const strange = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.constantFrom(
    '',
    ' ',
    ' x',
    'x ',
    'a,b',
    'a"b',
    '"',
    'é',
    '=?utf-8?q?=C3=A9?=',
    'a\r\nb',
    '\u0000',
    'x>',
  ),
);
const text = (...usual: string[]) =>
  fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...usual) }, { weight: 1, arbitrary: strange });
const number = fc.nat({ max: 999 });
const diagnostic = fc.oneof(
  strange,
  fc.constantFrom(
    'smtp;250 2.0.0 OK: queued as 4711',
    'smtp;550 5.1.1 <x@y>: user unknown; see http://x;y',
    'smtp;421 4.7.0 no;smtp;450-4.2.1 later',
    'smtp;550',
    'smtp;550x',
    'smtp;550 5.1.1x',
    'x-unix;250 2.0.0 OK ',
    ';smtp;;smtp;250- -2.0.0',
  ),
  fc
    .tuple(
      fc.constantFrom('', 'smtp;', 'x-y;'),
      number,
      fc.constantFrom(' ', '-', '', '  '),
      number,
      number,
      number,
    )
    .map(([type, code, between, a, b, c]) => `${type}${code}${between}${a}.${b}.${c} text`),
);
const time = text(
  '2024-03-05 09:15:02+0000',
  '2024-03-05 10:15:03+0100',
  '1709630102',
  '2024-03-05 09:15:02',
  '',
);
const cellsOf = fc.record(
  {
    type: fc.constantFrom('d', 'd', 'b', 'r', 't', 'tq', 'rs', 'rb', 'f', 'x'),
    ...{ timeLogged: time, timeQueued: time, timeFirstAttempt: time },
    rcpt: text('ana@inbox.example', 'Ana@inbox.example', '<ana@inbox.example>', 'eve@x.example'),
    dsnStatus: text('2.0.0 (success)', '5.1.1 (bad destination mailbox address)', '4.4.1', 'none'),
    dsnDiag: diagnostic,
    dsnMta: text(
      'mx1.inbox.example (203.0.113.5)',
      'mx1.inbox.example',
      'mx (x)',
      '[203.0.113.5] (203.0.113.5)',
    ),
    feedbackType: text('abuse', 'fraud'),
    bounceCat: text('bad-mailbox', 'Quota Issues', 'other', 'own-one'),
    ...{ dlvSourceIp: text('198.51.100.21'), dlvDestinationIp: text('203.0.113.5', '') },
    dlvSize: text('48213', '', '0', '12345678901234567', '-1'),
    header_From: text(
      'Ana <a@b.example>',
      '"Sender, Inc." <news@x.example>',
      '=?utf-8?B?w5ZmZmVydGE=?= <a@b>',
    ),
    ...{
      header_To: text('ana@inbox.example'),
      header_Subject: text('Spring sale, 20% off', 'A = B?', '=?x'),
    },
    orig: text(rows.verp(), rows.verp().toUpperCase(), `<${rows.verp()}>`, 'news@b.sender.example'),
    envId: text(rows.token(), rows.token().toUpperCase(), 'e-000001', rows.token(rows.OTHER_KEY)),
    'header_X-EG-Ref': text(
      ...[rows.header(), rows.header(rows.OTHER_KEY), '1.a.b'],
      ...[rows.header().replace(/(.{40})/g, '$1 '), ''],
    ),
  },
  { requiredKeys: [] },
);

describe('the fast lane', () => {
  it('writes byte for byte what the rules and the codec write, or nothing', () => {
    let taken = 0;
    fc.assert(
      fc.property(cellsOf, (cells) => {
        const given = Object.fromEntries(Object.entries(cells).filter(([, cell]) => cell !== undefined));
        const { taken: by, isSame } = compared(rows.csvLine(rows.ours(given)));
        expect(isSame).toBe(true);
        if (by !== undefined) taken += 1;
      }),
      { numRuns: 3_000 },
    );
    // Else the property would hold for a lane that never takes a row.
    expect(taken).toBeGreaterThan(200);
  });

  it('says what the rules say for any details of a reference', () => {
    const line = fc.string({ unit: 'grapheme', maxLength: 20 }).map((each) => each.replaceAll('\n', ''));
    const id = fc.option(fc.nat({ max: 2 ** 32 }), { nil: undefined });
    const details = fc.record({
      recipient: fc.constantFrom('ana@inbox.example', 'ANA@Inbox.example', 'aña@inbox.example', ''),
      ...{ senderDomain: line, tags: fc.array(line, { maxLength: 70 }) },
      method: fc.constantFrom('api' as const, 'smtp' as const),
      recipientType: fc.constantFrom('to' as const, 'cc' as const, 'bcc' as const),
      acceptedAt: fc.oneof(
        fc.nat({ max: 2 ** 45 }),
        fc.integer({ min: -2_000, max: 2_000 }).map((ms) => rows.DETAILS.acceptedAt + 4_000 + ms),
      ),
      context: fc.record({ templateId: id, listId: id, subscriberId: id, journeyId: id, actionId: id }),
    });
    fc.assert(
      fc.property(details, fc.constantFrom('d', 'b', 'r'), (given, type) => {
        const context = Object.fromEntries(
          Object.entries(given.context).filter(([, value]) => value !== undefined),
        );
        const header = rows.header(rows.KEY, rows.REFERENCE, { ...given, context });
        const cells = { type, rcpt: given.recipient, 'header_X-EG-Ref': header };
        expect(compared(rows.csvLine(rows.ours(cells))).isSame).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  const ordinary: [string, Cells, LaneOutcome][] = [
    ['a delivery', {}, 'delivered'],
    ['a bounce', { type: 'b', bounceCat: 'bad-mailbox', dsnDiag: 'smtp;550 5.1.1 unknown' }, 'bounced'],
    ['an asynchronous bounce', { type: 'rb', timeQueued: '' }, 'bounced'],
    ['a complaint', { type: 'f', feedbackType: 'abuse' }, 'complained'],
    ['a reply with quotes', { type: 'b', dsnDiag: 'smtp;550 5.1.1 "no" such' }, 'bounced'],
    ['a receipt', { type: 'r' }, 'receipt'],
    ['an attempt', { type: 't' }, 'no-event'],
    ['a sender with a comma', { header_From: '"Sender, Inc." <news@sender.example>' }, 'delivered'],
    ['a folded reference', { 'header_X-EG-Ref': rows.header().replace(/(.{40})/g, '$1 ') }, 'delivered'],
    ['a row without envelope id', { envId: '' }, 'delivered'],
    ['a row without header', { 'header_X-EG-Ref': '' }, 'delivered'],
    ['a row with the sender alone', { 'header_X-EG-Ref': '', envId: '' }, 'delivered'],
    ['a row without header for somebody else', { 'header_X-EG-Ref': '', rcpt: 'Eve@X.example' }, 'delivered'],
  ];
  it.each(ordinary)('takes %s', (_what, cells, outcome) => {
    expect(compared(rows.csvLine(rows.ours(cells)))).toEqual({ taken: outcome, isSame: true });
  });

  const others: [string, Cells][] = [
    ['a forged reference', { 'header_X-EG-Ref': rows.header(rows.OTHER_KEY) }],
    [
      'an envelope id of another mail',
      { envId: rows.token(rows.KEY, { ...rows.REFERENCE, recipientNo: 9 }) },
    ],
    ['an altered envelope id', { envId: rows.token(rows.OTHER_KEY) }],
    ['a sender of another mail', { orig: rows.verp(rows.KEY, { ...rows.REFERENCE, userId: 2 }) }],
    ['a forged sender', { 'header_X-EG-Ref': '', envId: '', orig: rows.verp(rows.OTHER_KEY) }],
    ['a time that lies ahead', { timeLogged: '2031-01-01 00:00:00+0000' }],
    ['a forwarded mail', { rcpt: 'other@inbox.example' }],
  ];
  it.each(others)('leaves %s to the rules', (_what, cells) => {
    expect(compared(rows.csvLine(rows.ours(cells)))).toEqual({ taken: undefined, isSame: true });
  });
});
