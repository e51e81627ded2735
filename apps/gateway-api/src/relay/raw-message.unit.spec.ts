import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readRawMessage, valuesOf, withFields, type RawMessage } from './raw-message.js';

/** A character is a byte. */
const bytes = (text: string) => Buffer.from(text, 'latin1');

function read(text: string): RawMessage {
  const message = readRawMessage(bytes(text));
  if ('unsendable' in message) throw new Error(message.unsendable);
  return message;
}
const whole = (message: RawMessage) => withFields(message, () => true).toString('latin1');
const names = ({ fields }: RawMessage) => fields.map(({ name }) => name);

describe('a message', () => {
  it('stays as it is, byte for byte', () => {
    const text =
      'Received: from a\r\n by b\r\nFrom : me@example.com\r\nX-Empty:\r\nX-8bit: gr\xfc\xdfe\r\n \r\n' +
      `X-Long: ${'x'.repeat(5000)}\r\n\r\nbody \t\r\n\r\n.\r\n..\r\n\x80\xff${'y'.repeat(5000)}`;
    const message = read(text);
    expect(names(message)).toEqual(['received', 'from', 'x-empty', 'x-8bit', 'x-long']);
    expect(whole(message)).toBe(text);
  });

  it('loses the fields that do not stay, with all their lines, and nothing else', () => {
    const message = read(
      'Bcc: a@x.example,\r\n b@x.example\r\nFrom: me\r\nBCC\t: c@x.example\r\nTo: you\r\nbcc:\r\n\r\nBcc: in the body\r\n',
    );
    const kept = withFields(message, ({ name }) => name !== 'bcc');
    expect(kept.toString()).toBe('From: me\r\nTo: you\r\n\r\nBcc: in the body\r\n');
  });

  it.each([
    ['LF', 'A: 1\n 2\nB: 3\n\nx\n\ny\n', 'A: 1\r\n 2\r\nB: 3\r\n\r\nx\r\n\r\ny\r\n'],
    ['CR', 'A: 1\rB: 3\r\rx\r', 'A: 1\r\nB: 3\r\n\r\nx\r\n'],
    ['CR before CRLF', 'A: 1\r\r\nB: 3\r\r\n\r\r\nx\r\r\r\n', 'A: 1\r\nB: 3\r\n\r\nx\r\n'],
    ['a mixture', 'A: 1\r\nB: 3\n\r\nx\r\ny\n\r\nz', 'A: 1\r\nB: 3\r\n\r\nx\r\ny\r\n\r\nz'],
  ])('with line ends %s gets CRLF', (_what, text, expected) => {
    expect(whole(read(text))).toBe(expected);
  });

  it('hides no field behind a lone CR or LF', () => {
    const message = read('From: me@example.com\rBcc: a@x.example\nX-Job: 7\r\n\r\n');
    expect(names(message)).toEqual(['from', 'bcc', 'x-job']);
  });

  it.each([
    ['without a body', 'A: 1\r\nB: 2\r\n', 'A: 1\r\nB: 2\r\n\r\n'],
    ['without an end', 'A: 1\r\nB: 2', 'A: 1\r\nB: 2\r\n\r\n'],
    ['with an empty body', 'A: 1\r\n\r\n', 'A: 1\r\n\r\n'],
  ])('%s is a header', (_what, text, expected) => {
    const message = read(text);
    expect(message.body).toHaveLength(0);
    expect(whole(message)).toBe(expected);
  });

  it.each([
    ['is nothing', ''],
    ['is only lines', ' \r\n\r\n\r\n'],
    ['has no header', '\r\nFrom: me@example.com\r\n\r\nx'],
    ['starts in the middle of a field', ' folded\r\nA: 1\r\n\r\nx'],
    ['has text among its fields', 'A: 1\r\nhello world\r\n\r\nx'],
    ['is text', 'hello\r\nworld\r\n'],
    ['has a name with a space', 'A b: 1\r\n\r\nx'],
    ['has a name beyond ASCII', 'Gr\xfc\xdfe: 1\r\n\r\nx'],
    ['has a field without a name', ': 1\r\n\r\nx'],
    ['has NUL in a field', 'A: 1\x00\r\n\r\nx'],
    ['has NUL in its body', 'A: 1\r\n\r\nx\x00'],
    ['has a huge header', `A: ${'x'.repeat(300_000)}\r\n\r\nx`],
    ['has a huge header without an end', `${'A: 1\r\n'.repeat(60_000)}`],
  ])('is refused when it %s', (_what, text) => {
    expect(readRawMessage(bytes(text))).toEqual({
      unsendable: expect.stringMatching(/^[\x20-\x7e]{10,100}$/),
    });
  });

  it.each([
    ['CRs', '\r'.repeat(5_000_000)],
    ['LFs', '\n'.repeat(5_000_000)],
    ['spaces', ' '.repeat(5_000_000)],
    ['lines of nearly nothing', '\r\n '.repeat(2_000_000)],
  ])('of millions of %s takes no time', (_what, part) => {
    const startedAt = performance.now();
    readRawMessage(bytes(`A: 1\r\n\r\n${part}`));
    readRawMessage(bytes(`A: 1${part}`));
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  it('of any bytes is refused or comes out with CRLF only, and the same when it comes again', () => {
    const piece = fc.constantFrom(
      '\r',
      '\n',
      '\r\n',
      '\r\n\r\n',
      ' ',
      '\t',
      ':',
      'A: 1',
      'Bcc: x',
      '\xe9',
      '.',
      'text',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const message = readRawMessage(bytes(`From: me${pieces.join('')}`));
        if ('unsendable' in message) return;
        const once = whole(message);
        expect(once).not.toMatch(/\r(?!\n)|(?<!\r)\n/);
        expect(whole(read(once))).toBe(once);
        expect(names(read(once))).toEqual(names(message));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a value', () => {
  it('is found under its name in any case, unfolded, as often as it is there', () => {
    const message = read('to: a,\r\n\tb\r\nTO :c\r\nTo:\r\nX-To: d\r\n\r\n');
    expect(valuesOf(message, 'to')).toEqual(['a,\tb', 'c', '']);
    expect(valuesOf(message, 'cc')).toEqual([]);
  });

  it('is read as UTF-8', () => {
    const message = readRawMessage(Buffer.from('Subject: Grüße 😀\r\n\r\n'));
    expect('unsendable' in message ? [] : valuesOf(message, 'subject')).toEqual(['Grüße 😀']);
  });
});
