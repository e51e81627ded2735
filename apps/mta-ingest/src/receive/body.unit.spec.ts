import { describe, expect, it } from '@jest/globals';
import { MOST_RECORDS, rowsOf, TooManyRecords, UnreadableBody } from './body.js';

/** Recipients and faults of a body. */
function read(body: string | Buffer): string[] {
  const { parser } = rowsOf(Buffer.from(body));
  const found: string[] = [];
  for (let piece = parser.next(); piece; piece = parser.next()) {
    if (piece.kind === 'row') found.push(piece.row.get('rcpt'));
    if (piece.kind === 'bad') found.push(`<${piece.reason}>`);
  }
  return found;
}
const record = (rcpt: string): object => ({ type: 'd', rcpt });
const pretty = (value: unknown): string => JSON.stringify(value, null, 2);

describe('a posted body', () => {
  it.each([
    { form: 'a JSON array', body: JSON.stringify([record('a'), record('b')]) },
    { form: 'a JSON array over several lines', body: ` \n${pretty([record('a'), record('b')])}\n` },
    { form: 'JSON lines', body: `${JSON.stringify(record('a'))}\n${JSON.stringify(record('b'))}` },
    { form: 'CSV', body: 'type,rcpt\r\nd,a\r\nd,b\r\n' },
    { form: 'CSV that ends with its last cell', body: '\ufeff\ntype,rcpt\nd,a\nd,b' },
    { form: 'JSON after a byte order mark', body: `\ufeff${JSON.stringify([record('a'), record('b')])}` },
  ])('may be $form', ({ body }) => {
    expect(read(body)).toEqual(['a', 'b']);
  });

  it('may be one record, over several lines or not', () => {
    expect(read(pretty(record('a')))).toEqual(['a']);
    expect(read(JSON.stringify(record('a')))).toEqual(['a']);
  });

  it('may hold no record at all', () => {
    expect(read('[]')).toEqual([]);
    expect(read('type,rcpt\r\n')).toEqual([]);
  });

  it('keeps values with line breaks in one row', () => {
    expect(read(JSON.stringify([record('a\r\nb')]))).toEqual(['a\r\nb']);
  });

  it('sets aside what is no row among rows', () => {
    expect(read(JSON.stringify([record('a'), 1, { rcpt: 'x' }, record('b')]))).toEqual([
      'a',
      '<bad-json>',
      '<bad-json>',
      'b',
    ]);
    expect(read(`oops\n`.padStart(6, '{') + JSON.stringify(record('b')))).toEqual(['<bad-json>', 'b']);
    expect(read('type,rcpt\r\n???\r\nd,b\r\n')).toEqual(['<garbage>', 'b']);
  });

  it('has a bounded number of records as a JSON array', () => {
    const array = (records: number) =>
      Buffer.from(`[${JSON.stringify(record('a'))}${',1'.repeat(records - 1)}]`);
    expect(() => rowsOf(array(MOST_RECORDS))).not.toThrow();
    expect(() => rowsOf(array(MOST_RECORDS + 1))).toThrow(TooManyRecords);
    // Refused before it is parsed: parsing would have found that it is no JSON.
    expect(() => rowsOf(Buffer.from(`[${'{'.repeat(2 * MOST_RECORDS + 1)}`))).toThrow(TooManyRecords);
  });

  it('has any number of lines, but a row or header among the first ones', () => {
    const many = 9_999;
    expect(read(`${'\n'.repeat(many)}type,rcpt\nd,a\n${'\n'.repeat(500_000)}d,b\n`)).toEqual(['a', 'b']);
    expect(read(`${'{}\n'.repeat(many)}${JSON.stringify(record('b'))}\n`).at(-1)).toBe('b');
    expect(() => read(`${'\n'.repeat(many + 2)}type,rcpt\nd,a\n`)).toThrow(UnreadableBody);
    expect(() => read(`${'{}\n'.repeat(many + 2)}${JSON.stringify(record('b'))}\n`)).toThrow(UnreadableBody);
  });

  it('sets aside a record that is nested beyond what can be written', () => {
    const depth = 200_000;
    const deep = `{"type":"d","x":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    expect(read(`[${deep},${JSON.stringify(record('b'))}]`)).toEqual(['<bad-json>', 'b']);
  });

  it.each([
    { what: 'empty', body: ' \n ', says: 'empty' },
    { what: 'CSV without its header', body: 'd,a\r\n', says: 'header' },
    { what: 'a header that is cut', body: 'type,rcp', says: 'header' },
    { what: 'half an array', body: '[{"type":"d"},', says: 'array' },
    { what: 'an array without records', body: '[1,2]', says: 'no record' },
    { what: 'an object that is no record', body: '{"hello": 1}', says: 'no record' },
    { what: 'neither', body: '<xml/>', says: 'no JSON' },
  ])('that is $what cannot be read', ({ body, says }) => {
    expect(() => read(body)).toThrow(UnreadableBody);
    expect(() => read(body)).toThrow(says);
  });
});
