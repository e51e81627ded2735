import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { csvLine, HEADER_LINE, KEY, NOW, oursNo, REFERENCE } from '../map/testing.spec.js';
import { CsvRowParser } from '../parse/row-parser.js';
import type { RowSource } from '../tail/row-source.js';
import { BATCH_ROWS } from './batch.js';
import { Batches } from './batches.js';

const batches = new Batches({
  producer: { partitionsOf: () => Promise.resolve(2) },
  topics: { mailEvents: 'events', mtaReceipts: 'receipts' },
  referenceKey: KEY,
  now: () => NOW,
});

async function batchOf(text: string) {
  const batch = await batches.begin();
  const parser = new CsvRowParser(0, null);
  parser.push(Buffer.from(text));
  const counters = { rows: 0, events: 0, bad: 0, skipped: 0 };
  const file: RowSource = { identity: 'f', path: 'f', format: 'csv', columns: null, counters };
  let taken = 0;
  for (let parsed = parser.next(); parsed && !batch.isFull; parsed = parser.next()) {
    batch.add(file, parsed);
    taken += 1;
  }
  return { batch, taken, counters };
}

/** The header of an earlier release; authentic, whatever it says. */
function authentic(claim: object): string {
  const body = Buffer.from(JSON.stringify(claim)).toString('base64url');
  const mac = createHmac('sha256', KEY).update(`eg-ref-header-1\n${body}`).digest().subarray(0, 16);
  return `1.${body}.${mac.toString('base64url')}`;
}

describe('a batch', () => {
  it('is full with bad rows as with good ones: two million of them fit into its bytes', async () => {
    const { batch, taken } = await batchOf(HEADER_LINE + 'x\n'.repeat(BATCH_ROWS * 2));
    expect(taken).toBe(BATCH_ROWS);
    expect(batch.quarantined).toHaveLength(BATCH_ROWS - 1);
  });

  it('sets aside what no rule was made for, and goes on', async () => {
    const claim = {
      m: REFERENCE.messageId,
      u: 1,
      d: 4,
      n: 1,
      r: 'r1@x.example',
      s: 's',
      w: 'api',
      y: 'to',
      t: [],
      a: 1.5,
    };
    const strange = {
      rcpt: 'r1@x.example',
      'header_X-EG-Ref': authentic(claim),
      envId: '',
      orig: 'x@y.example',
    };
    const { batch, counters } = await batchOf(
      HEADER_LINE + csvLine(oursNo(0)) + csvLine(oursNo(1, strange)) + csvLine(oursNo(2)),
    );
    expect(batch.quarantined.map(({ reason }) => reason)).toEqual(['unmappable']);
    expect(counters).toMatchObject({ rows: 3, events: 4, bad: 1 });
    expect(batch.records.reduce((sum, { count }) => sum + count, 0)).toBe(4);
  });
});
