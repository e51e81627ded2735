import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { mailEventId } from '#contracts/mail-events/event-id';
import { mintHeaderReference } from '#contracts/reference/mail-reference';
import { CsvRowParser } from '../parse/row-parser.js';
import type { Row, RowFlag } from '../parse/row.js';
import { allSamples } from '../parse/samples.spec.js';
import { Correlator } from './correlate.js';
import { mapRow } from './outcome.js';
import type { Outcome } from './outcome.js';
import type { Cells } from './testing.spec.js';
import {
  csvLine,
  DETAILS,
  header,
  HEADER_LINE,
  KEY,
  OTHER_KEY,
  ours,
  oursNo,
  REFERENCE,
  token,
  verp,
} from './testing.spec.js';

function row(cells: Cells, flags: RowFlag[] = []): Row {
  const byName = new Map(Object.entries(cells).map(([name, value]) => [name.toLowerCase(), value]));
  return { type: cells.type ?? '', flags, get: (name) => byName.get(name) ?? '' };
}

const map = (cells: Cells, flags?: RowFlag[]): Outcome => mapRow(row(cells, flags), new Correlator(KEY));

function events(outcome: Outcome) {
  if (outcome.kind !== 'events') throw new Error(`expected events, not ${JSON.stringify(outcome)}`);
  return outcome.events;
}

describe('d: a delivery', () => {
  it('is two events of one moment', () => {
    const [byMta, delivered, ...others] = events(map(ours()));
    expect(others).toEqual([]);
    expect(byMta).toEqual({
      id: mailEventId({
        messageId: REFERENCE.messageId,
        recipient: 'ana@inbox.example',
        event: 'accepted-by-mta',
      }),
      event: 'accepted-by-mta',
      loggedAt: Date.UTC(2024, 2, 5, 9, 15, 2),
      userId: 1,
      domainId: 4,
      senderDomain: 'sender.example',
      messageId: REFERENCE.messageId,
      recipient: 'ana@inbox.example',
      recipientType: 'to',
      method: 'api',
      from: 'Öfferta <news@sender.example>',
      to: 'Ana <ana@inbox.example>',
      subject: 'Spring sale, 20% off',
      tags: ['spring', 'sale'],
      envelopeSender: verp(),
      sendingIp: '198.51.100.21',
      size: 48213,
      queuedAt: DETAILS.acceptedAt,
      delivery: {
        code: 250,
        enhancedCode: '2.0.0',
        message: '250 2.0.0 OK gsmtp',
        description: 'success',
        mxHost: 'mx1.inbox.example',
        mxIp: '203.0.113.5',
        sessionSeconds: 2,
      },
      bounce: null,
      reason: '',
    });
    expect(delivered).toEqual({
      ...byMta,
      event: 'delivered',
      id: mailEventId({ messageId: REFERENCE.messageId, recipient: 'ana@inbox.example', event: 'delivered' }),
    });
  });

  it.each<[string, Cells, number | null]>([
    ['from the first attempt', { timeFirstAttempt: '2024-03-05 09:15:01+0000' }, 1],
    ['from queueing', {}, 2],
    ['never negative', { timeQueued: '2024-03-05 09:15:09+0000' }, 0],
    ['unknown without a start', { timeQueued: '' }, null],
  ])('counts its session %s', (_how, cells, seconds) => {
    expect(events(map(ours(cells)))[0]?.delivery?.sessionSeconds).toBe(seconds);
  });

  it('has the code of success where the row has none', () => {
    const [event] = events(map(ours({ dsnDiag: '', dsnStatus: '', dsnMta: '', dlvSize: '' })));
    expect(event).toMatchObject({
      size: null,
      delivery: { code: 250, enhancedCode: '2.0.0', mxHost: '', mxIp: '203.0.113.5' },
    });
  });
});

describe('b, rb: a bounce', () => {
  const cells = ours({
    type: 'b',
    dsnStatus: '5.1.1 (bad destination mailbox address)',
    dsnDiag: 'smtp;550 5.1.1 The account does not exist.',
    bounceCat: 'bad-mailbox',
    dlvSize: '',
  });

  it('is one event with its class', () => {
    expect(events(map(cells))).toMatchObject([
      {
        id: mailEventId({ messageId: REFERENCE.messageId, recipient: 'ana@inbox.example', event: 'bounced' }),
        event: 'bounced',
        size: null,
        delivery: { code: 550, enhancedCode: '5.1.1', message: '550 5.1.1 The account does not exist.' },
        bounce: { type: 'hard', category: 'bad-mailbox' },
      },
    ]);
  });

  it('has no code when no server answered, and the class of its status', () => {
    const expired = {
      ...cells,
      dsnStatus: '4.4.7 (delivery time expired)',
      dsnDiag: '',
      dsnMta: '',
      bounceCat: '',
    };
    expect(events(map(expired))).toMatchObject([
      { delivery: { code: null, enhancedCode: '4.4.7' }, bounce: { type: 'soft', category: 'other' } },
    ]);
  });

  it('an asynchronous one is another fact', () => {
    const [event] = events(map({ ...cells, type: 'rb' }));
    expect(event?.event).toBe('bounced');
    expect(event?.id).toBe(
      mailEventId({
        messageId: REFERENCE.messageId,
        recipient: 'ana@inbox.example',
        event: 'bounced',
        cause: 'rb',
      }),
    );
  });
});

describe('f: a complaint', () => {
  it('carries its feedback type; the recipient may be in brackets', () => {
    const [event] = events(map(ours({ type: 'f', feedbackType: 'abuse', rcpt: '<ana@inbox.example>' })));
    expect(event).toMatchObject({
      event: 'complained',
      reason: 'abuse',
      recipient: 'ana@inbox.example',
      delivery: null,
    });
    expect(event?.id).toBe(
      mailEventId({
        messageId: REFERENCE.messageId,
        recipient: 'ana@inbox.example',
        event: 'complained',
        cause: 'f',
      }),
    );
  });

  it('without a recipient takes it from To, when To is one address', () => {
    expect(events(map(ours({ type: 'f', rcpt: '' })))[0]?.recipient).toBe('ana@inbox.example');
    const two = ours({ type: 'f', rcpt: '', header_To: 'ana@inbox.example, leo@inbox.example' });
    expect(map(two)).toEqual({ kind: 'bad', reason: 'bad-recipient' });
    const bcc = mintHeaderReference(KEY, REFERENCE, { ...DETAILS, recipientType: 'bcc' });
    expect(map(ours({ type: 'f', rcpt: '', 'header_X-EG-Ref': bcc }))).toEqual({
      kind: 'bad',
      reason: 'bad-recipient',
    });
  });
});

describe('other record types', () => {
  it('r is a receipt', () => {
    expect(map(oursNo(3, { type: 'r' }))).toEqual({
      kind: 'receipt',
      receipt: {
        ...REFERENCE,
        recipientNo: 3,
        recipient: 'ana@inbox.example',
        loggedAt: Date.UTC(2024, 2, 5, 9, 15, 2),
      },
    });
  });
  it.each(['t', 'tq', 'rs'])('%s is counted', (type) => {
    expect(map(ours({ type }))).toEqual({ kind: 'skipped', why: 'no-event' });
  });
  it('an unknown type is counted', () => {
    expect(map(ours({ type: 'p' }))).toEqual({ kind: 'skipped', why: 'unknown-type' });
  });
  it.each(['d', 't', 'r'])('%s without a readable time is bad', (type) => {
    expect(map(ours({ type, timeLogged: 'yesterday' }))).toEqual({ kind: 'bad', reason: 'bad-time' });
  });
});

describe('correlation', () => {
  const none: Cells = { 'header_X-EG-Ref': '', envId: '', orig: 'news@b.sender.example' };

  it.each<[string, Cells]>([
    ['the header', { ...none, 'header_X-EG-Ref': header() }],
    ['the header, folded', { ...none, 'header_X-EG-Ref': header().replace(/(.{40})/g, '$1\r\n ') }],
    ['the envelope id', { ...none, envId: token() }],
    ['the envelope id in capitals', { ...none, envId: token().toUpperCase() }],
    ['the envelope sender', { ...none, orig: verp() }],
  ])('by %s alone', (_handle, cells) => {
    expect(events(map(ours(cells)))[0]).toMatchObject({
      userId: 1,
      domainId: 4,
      messageId: REFERENCE.messageId,
    });
  });

  it('knows less without the header', () => {
    expect(events(map(ours({ ...none, envId: token() })))[0]).toMatchObject({
      senderDomain: '',
      method: '',
      recipientType: '',
      tags: [],
      queuedAt: null,
    });
  });

  it('mail of others is skipped, foreign envelope ids among it', () => {
    expect(map(ours(none))).toEqual({ kind: 'skipped', why: 'not-ours' });
    expect(map(ours({ ...none, envId: 'camp-2024-0305' }))).toEqual({ kind: 'skipped', why: 'not-ours' });
    expect(map(ours({ ...none, dlvType: 'discard', rcpt: verp() }))).toEqual({
      kind: 'skipped',
      why: 'not-ours',
    });
  });

  const other = { ...REFERENCE, userId: 2 };
  it.each<[string, Cells]>([
    ['a header under another key', { 'header_X-EG-Ref': header(OTHER_KEY) }],
    [
      'a header that was altered',
      { 'header_X-EG-Ref': header().replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')) },
    ],
    ['a header of no form', { 'header_X-EG-Ref': 'user=2' }],
    ['an envelope id under another key', { envId: token(OTHER_KEY) }],
    ['an envelope sender under another key', { orig: verp(OTHER_KEY) }],
    ['a header that was copied from another mail', { 'header_X-EG-Ref': header(KEY, other) }],
    ['an envelope id of another recipient', { envId: token(KEY, { ...REFERENCE, recipientNo: 1 }) }],
  ])('%s writes nothing', (_what, cells) => {
    expect(map(ours(cells))).toEqual({ kind: 'bad', reason: 'forged-reference' });
  });

  it('a row that was torn may hide its reference', () => {
    expect(map({ ...ours(), ...none }, ['short-row'])).toEqual({ kind: 'bad', reason: 'torn' });
    expect(map({ ...ours(), ...none }, ['long-row'])).toEqual({ kind: 'bad', reason: 'torn' });
    expect(events(map(ours(), ['short-row']))).toHaveLength(2);
  });

  it('repeats of a row give the same events, cached or not', () => {
    const correlator = new Correlator(KEY);
    const first = mapRow(row(ours()), correlator);
    expect(mapRow(row(ours()), correlator)).toEqual(first);
    expect(map(ours())).toEqual(first);
  });
});

describe('bytes to events', () => {
  function outcomes(chunks: readonly Buffer[]): Outcome[] {
    const parser = new CsvRowParser(0, null);
    const correlator = new Correlator(KEY);
    const results: Outcome[] = [];
    const drain = (): void => {
      for (let next = parser.next(); next; next = parser.next()) {
        if (next.kind === 'row') results.push(mapRow(next.row, correlator));
      }
    };
    for (const chunk of chunks) {
      parser.push(chunk);
      drain();
    }
    parser.end();
    drain();
    return results;
  }

  const file = Buffer.concat([
    allSamples(),
    Buffer.from(
      HEADER_LINE +
        ['d', 'b', 'r', 't', 'f', 'rb']
          .map((type, no) => csvLine(oursNo(no, { type, header_Subject: `line one\r\n line "two", ${no}` })))
          .join(''),
    ),
  ]);

  it('makes events of our mail only', () => {
    const results = outcomes([file]);
    expect(results.filter(({ kind }) => kind === 'bad')).toEqual([]);
    const mine = results.flatMap((outcome) => (outcome.kind === 'events' ? outcome.events : []));
    expect(mine.map(({ event }) => event)).toEqual([
      'accepted-by-mta',
      'delivered',
      'bounced',
      'complained',
      'bounced',
    ]);
    expect(mine[0]?.subject).toBe('line one line "two", 0');
  });

  it('makes the same events however the bytes are cut', () => {
    const whole = outcomes([file]);
    fc.assert(
      fc.property(fc.array(fc.nat(file.length), { maxLength: 50 }), (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), file.length];
        expect(outcomes(places.slice(1).map((place, index) => file.subarray(places[index], place)))).toEqual(
          whole,
        );
      }),
      { numRuns: 100 },
    );
  });
});
