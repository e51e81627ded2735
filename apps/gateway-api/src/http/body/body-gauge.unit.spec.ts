import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HardFailure } from '../hard-failure.js';
import { BodyGauge, MOST_LEVELS, MOST_VALUES } from './body-gauge.js';

const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';

/** The status that a body is refused with, fed in pieces of a size; `undefined`: not refused. */
function refusal(body: string | Buffer, contentType = JSON_TYPE, pieceBytes = 1_000): number | undefined {
  const gauge = new BodyGauge(contentType);
  const bytes = Buffer.from(body);
  try {
    for (let at = 0; at < bytes.length; at += pieceBytes) gauge.add(bytes.subarray(at, at + pieceBytes));
  } catch (error) {
    if (error instanceof HardFailure) return error.status;
    throw error;
  }
  return undefined;
}
const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
const list = (values: number) => JSON.stringify(Array.from({ length: values }, () => 1));

describe('JSON on its way in', () => {
  it('may be nested so deep and no deeper, whatever closes before', () => {
    expect([refusal(nested(MOST_LEVELS)), refusal(nested(MOST_LEVELS + 1))]).toEqual([undefined, 400]);
    expect(refusal(`[${nested(MOST_LEVELS - 1)},${nested(MOST_LEVELS - 1)}]`)).toBeUndefined();
    expect(refusal('{"a":'.repeat(100_000))).toBe(400);
  });
  it('may have so many values and no more', () => {
    expect([refusal(list(MOST_VALUES)), refusal(list(MOST_VALUES + 1))]).toEqual([undefined, 413]);
    const objects = (count: number) => JSON.stringify(Array.from({ length: count }, () => ({ a: 1, b: 2 })));
    expect([refusal(objects(6_000)), refusal(objects(7_000))]).toEqual([undefined, 413]);
  });
  it('is JSON under any label', () => {
    expect(refusal(` \n\uFEFF${nested(MOST_LEVELS + 1)}`, FORM_TYPE)).toBe(400);
    expect(refusal(nested(MOST_LEVELS + 1), 'text/plain', 1)).toBe(400);
  });
  it('is not judged by what stands inside its texts, wherever the pieces are cut', () => {
    const text = fc.string({ unit: fc.constantFrom('"', '\\', '[', '{', ',', 'x', '日'), maxLength: 200 });
    fc.assert(
      fc.property(fc.array(text, { minLength: 1 }), fc.integer({ min: 1, max: 70 }), (texts, pieceBytes) => {
        // As deep as may be around texts full of brackets: one bracket that is taken for structure is one too many.
        const inside = texts.map((each) => JSON.stringify(each)).join(',');
        const body = '['.repeat(MOST_LEVELS) + inside + ']'.repeat(MOST_LEVELS);
        expect(refusal(body, JSON_TYPE, pieceBytes)).toBeUndefined();
        expect(refusal(`[${body}]`, JSON_TYPE, pieceBytes)).toBe(400);
      }),
    );
  });
});

describe('a form on its way in', () => {
  it('may have so many fields and no more', () => {
    const form = (fields: number) => Array.from({ length: fields }, () => 'a=1').join('&');
    expect(refusal(form(MOST_VALUES + 1), FORM_TYPE)).toBeUndefined();
    expect(refusal(form(MOST_VALUES + 2), FORM_TYPE)).toBe(413);
  });
  it('may hold any brackets and commas', () => {
    expect(refusal(`a=${'[,'.repeat(50_000)}`, FORM_TYPE)).toBeUndefined();
  });
});
