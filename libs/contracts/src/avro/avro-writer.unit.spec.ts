import { describe, expect, it } from '@jest/globals';
import avsc from 'avsc';
import fc from 'fast-check';
import { AvroWriter } from './avro-writer.js';

const type = avsc.Type.forSchema({
  type: 'record',
  name: 'Probe',
  fields: [
    { name: 'number', type: 'long' },
    { name: 'maybe', type: ['null', 'long'] },
    { name: 'text', type: 'string' },
    { name: 'ratio', type: 'double' },
  ],
});

describe('the Avro writer', () => {
  it('writes what avsc writes', () => {
    const writer = new AvroWriter();
    const exact = fc.oneof(fc.nat({ max: 300 }), fc.nat(), fc.nat({ max: 2 ** 51 }));
    const probe = fc.record({
      number: exact,
      maybe: fc.option(exact),
      text: fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ minLength: 60, maxLength: 20_000 })),
      ratio: fc.double({ noNaN: true }),
    });
    fc.assert(
      fc.property(probe, ({ number, maybe, text, ratio }) => {
        const bytes = Buffer.from(`<${text}>`);
        writer.reset();
        writer.long(number);
        writer.nullableLong(maybe);
        writer.text(bytes, 1, bytes.length - 1);
        writer.double(ratio);
        const theirs = type.toBuffer({ number, maybe, text, ratio });
        expect(writer.bytes.subarray(0, writer.length).equals(theirs)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
