import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { mailEventId } from '#contracts/mail-events/event-id';
import { CsvRowParser } from '../parse/row-parser.js';
import { allSamples } from '../parse/samples.spec.js';
import { Correlator } from './correlate.js';
import { mapRow } from './outcome.js';
import type { Outcome } from './outcome.js';
import {
  csvLine,
  DETAILS,
  events,
  header,
  HEADER_LINE,
  KEY,
  map,
  NOW,
  ours,
  oursNo,
  REFERENCE,
  verp,
} from './testing.spec.js';
import type { Cells } from './testing.spec.js';

/** Later than every sample. */
const SAMPLES_READ_AT = Date.UTC(2027, 0);

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
      journeyId: 8,
      actionId: 9,
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
});

describe('the recipient', () => {
  const known = header(KEY, REFERENCE, {
    ...DETAILS,
    recipient: 'Ana.B@Inbox.example',
    recipientType: 'bcc',
  });
  const recipient = (cells: Cells): string | undefined =>
    events(map(ours({ type: 'f', 'header_X-EG-Ref': known, ...cells })))[0]?.recipient;

  it.each(['', '<>', 'redacted', ' '])('that a row hides as "%s" is the one of the reference', (rcpt) => {
    expect(recipient({ rcpt, header_To: 'list@inbox.example' })).toBe('Ana.B@Inbox.example');
  });

  it('is spelt as in the reference when only letter case differs', () => {
    expect(recipient({ rcpt: '<ana.b@INBOX.example>' })).toBe('Ana.B@Inbox.example');
  });

  it('is the one of the row when that is another', () => {
    expect(recipient({ rcpt: 'forwarded@other.example' })).toBe('forwarded@other.example');
  });

  it('is unknown when the row hides it and only a token names the mail', () => {
    const cells = { type: 'f', rcpt: '', 'header_X-EG-Ref': '' };
    expect(map(ours(cells))).toEqual({ kind: 'bad', reason: 'bad-recipient' });
    expect(recipient({ ...cells, rcpt: 'Ana@inbox.example' })).toBe('Ana@inbox.example');
  });

  it('is known for receipts too', () => {
    const outcome = map(ours({ type: 'r', rcpt: '', 'header_X-EG-Ref': known }));
    expect(outcome).toMatchObject({ kind: 'receipt', receipt: { recipient: 'Ana.B@Inbox.example' } });
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

describe('the time of a row', () => {
  const ahead = (ms: number): string => new Date(NOW + ms).toISOString();
  const DAY = 24 * 3_600_000;
  it.each(['d', 'b', 'rb', 'f', 'r', 't', 'tq', 'rs'])(
    '%s may be 24 hours ahead of our clock, not more',
    (type) => {
      expect(map(ours({ type, timeLogged: ahead(DAY) })).kind).not.toBe('bad');
      for (const timeLogged of [ahead(DAY + 1), '2099-01-01 00:00:00+0000']) {
        expect(map(ours({ type, timeLogged }))).toEqual({ kind: 'bad', reason: 'bad-time' });
      }
    },
  );
});

describe('bytes to events', () => {
  function outcomes(chunks: readonly Buffer[]): Outcome[] {
    const parser = new CsvRowParser(0, null);
    const correlator = new Correlator(KEY);
    const results: Outcome[] = [];
    const drain = (): void => {
      for (let next = parser.next(); next; next = parser.next()) {
        if (next.kind === 'row') results.push(mapRow(next.row, correlator, SAMPLES_READ_AT));
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
