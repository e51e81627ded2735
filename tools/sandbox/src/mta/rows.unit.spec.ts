import { describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';

import type { AcceptedMail, MailRecipient } from './mail.js';
import { COLUMNS, csvRecord, isoTime, rowOf, rowText } from './rows.js';

const recipient: MailRecipient = {
  address: 'jörg@xn--bcher-kva.example',
  orcpt: 'rfc822;j@x.test',
  fate: 'deliver',
  plan: [],
};
const mail: AcceptedMail = {
  id: '0b9b1e2c-aaaa-bbbb-cccc-000000000000',
  acceptedAt: Date.UTC(2026, 10, 24, 13, 0, 0, 999),
  sender: 'b+1@sl.demo.test',
  envId: 'm+1=a',
  helo: 'sender.test',
  sourceIp: '127.0.0.1',
  destinationIp: '127.0.0.2',
  size: 4711,
  headers: { 'X-EG-Ref': 'ref', From: '"Demo, Inc" <d@demo.test>', To: 'j@x.test', Subject: 'say "hi"\r\nx' },
  jobId: 'job-1',
  recipients: [recipient],
};
const at = Date.UTC(2026, 10, 24, 13, 0, 2);
const row = (outcome: Parameters<typeof rowOf>[0]): Record<string, string> =>
  rowOf(outcome, mail, recipient, at);

describe('accounting rows', () => {
  it('has the columns of d and b first, in the order of PowerMTA', () => {
    expect(COLUMNS.slice(0, 23).join(',')).toBe(
      'type,timeLogged,timeQueued,orig,rcpt,orcpt,dsnAction,dsnStatus,dsnDiag,dsnMta,bounceCat,srcType,srcMta,' +
        'dlvType,dlvSourceIp,dlvDestinationIp,dlvEsmtpAvailable,dlvSize,vmta,jobId,envId,queue,vmtaPool',
    );
    expect(COLUMNS.slice(23, 30).join(',')).toBe(
      'dlvTlsProtocol,dlvTlsCipher,header_X-EG-Ref,header_From,header_To,header_Subject,header_Message-Id',
    );
    expect(new Set(COLUMNS).size).toBe(COLUMNS.length);
  });

  it('writes time in UTC to the second', () => {
    expect(isoTime(mail.acceptedAt)).toBe('2026-11-24 13:00:00+0000');
  });

  it('reads back what it wrote, with quotes only where they are needed', () => {
    const text = rowText(row('delivered'));
    expect(text.endsWith('\r\n')).toBe(true);
    expect(text).toContain(',"say ""hi""\r\nx",');
    expect(text.startsWith('d,2026-11-24 13:00:02+0000,2026-11-24 13:00:00+0000,b+1@sl.demo.test,')).toBe(
      true,
    );
    const [read] = parse(csvRecord(COLUMNS) + text, { columns: true, record_delimiter: '\r\n' });
    const whole = Object.fromEntries(COLUMNS.map((name) => [name, row('delivered')[name] ?? '']));
    expect(read).toEqual(whole);
  });

  it('quotes a value with a single line break of either kind', () => {
    expect(csvRecord(['a\nb', 'c\rd', 'e f', ''])).toBe('"a\nb","c\rd",e f,\r\n');
  });

  it('names only columns that the header has', () => {
    const outcomes = [
      'received',
      'delivered',
      'mailbox-full',
      'greylisted',
      'queue-down',
      'bounced-later',
      'complained',
    ] as const;
    for (const outcome of outcomes) {
      expect(COLUMNS).toEqual(expect.arrayContaining(Object.keys(row(outcome))));
    }
  });

  it('delivered: the size, the queue in Unicode and the MTA in A-labels', () => {
    expect(row('delivered')).toMatchObject({
      type: 'd',
      dsnAction: 'relayed',
      dsnStatus: '2.0.0 (success)',
      bounceCat: '',
      dlvSize: '4711',
      queue: 'bücher.example/mta-a',
      jobId: 'job-1',
      envId: 'm+1=a',
    });
    expect(row('delivered').dsnMta).toMatch(/^mx1\.xn--bcher-kva\.example \(203\.0\.113\.\d+\)$/);
  });

  it.each([
    ['unknown-mailbox', 'b', '5.1.1 (bad destination mailbox address)', 'smtp;550 5.1.1 ', 'bad-mailbox'],
    ['mailbox-full', 'b', '5.2.2 (mailbox full)', 'smtp;552 5.2.2 ', 'quota-issues'],
    ['mailbox-full-yet', 't', '4.2.2 (mailbox full)', 'smtp;452 4.2.2 ', 'quota-issues'],
    ['spam-refused', 'b', '5.7.1 (delivery not authorized)', 'smtp;554 5.7.1 ', 'spam-related'],
    ['greylisted', 't', '4.7.1 (delivery not authorized)', 'smtp;451 4.7.1 ', ''],
    ['bounced-later', 'rb', '5.1.1 (bad destination mailbox address)', 'smtp;550 5.1.1 ', 'bad-mailbox'],
  ] as const)('%s: %s %s', (outcome, type, status, diagnostic, category) => {
    const written = row(outcome);
    expect(written).toMatchObject({ type, dsnStatus: status, bounceCat: category });
    expect(written.dsnDiag?.startsWith(diagnostic)).toBe(true);
    expect(written.dlvSize ?? '').toBe('');
  });

  it.each(['bounced-later', 'complained'] as const)('%s: joins by envelope and headers alone', (outcome) => {
    const written = row(outcome);
    expect(written).toMatchObject({
      envId: 'm+1=a',
      orig: 'b+1@sl.demo.test',
      rcpt: recipient.address,
      'header_X-EG-Ref': 'ref',
    });
    expect([written.jobId, written.vmta, written.queue, written.timeQueued]).toEqual(
      Array(4).fill(undefined),
    );
  });

  it('queue-down: belongs to no recipient', () => {
    const written = row('queue-down');
    expect(written.type).toBe('tq');
    expect([written.orig, written.rcpt, written.envId]).toEqual(Array(3).fill(undefined));
  });

  it('received: both ends of the injection, nothing of a delivery', () => {
    const written = row('received');
    expect(written).toMatchObject({
      type: 'r',
      rcvSourceIp: '127.0.0.1',
      rcvDestinationIp: '127.0.0.2',
      srcMta: 'sender.test (127.0.0.1)',
    });
    expect([written.dsnStatus, written.queue, written.timeQueued]).toEqual(Array(3).fill(undefined));
  });
});
