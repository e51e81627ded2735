import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HardFailure } from '../hard-failure.js';
import { MOST_VALUES } from './body-gauge.js';
import { multipartPairs } from './multipart.js';

const TYPE = 'multipart/form-data; boundary=b';
const read = (body: string, contentType = TYPE) => multipartPairs(Buffer.from(body), contentType);
const part = (head: string, value = 'v') => `--b\r\n${head}\r\n\r\n${value}\r\n`;
const field = (parameters: string) => part(`Content-Disposition: form-data; ${parameters}`);

/** A form as a standard client writes it. */
async function written(form: FormData): Promise<{ body: Buffer; contentType: string }> {
  const request = new Request('http://localhost', { method: 'POST', body: form });
  return {
    body: Buffer.from(await request.arrayBuffer()),
    contentType: request.headers.get('content-type') ?? '',
  };
}

describe('multipart/form-data', () => {
  it('reads what a standard client writes', async () => {
    const text = fc.string({ unit: fc.constantFrom('"', '%', '\r\n', '-', 'ü', '日', ' ', ';', 'a', '=') });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(text, text)), async (pairs) => {
        const form = new FormData();
        for (const [name, value] of pairs) form.append(name, value);
        const { body, contentType } = await written(form);
        expect(multipartPairs(body, contentType)).toEqual([...form]);
      }),
    );
  });
  it('reads files as their text', async () => {
    const form = new FormData();
    form.append('Content', new File(['a\r\n--b'], 'name="x"; name=y.txt', { type: 'text/plain' }));
    const { body, contentType } = await written(form);
    expect(multipartPairs(body, contentType)).toEqual([['Content', 'a\r\n--b']]);
  });
  it.each([
    ['name="a"', 'a'],
    ['name=a', 'a'],
    ['NAME="a"', 'a'],
    ['filename="f; name=x"; name="a"', 'a'],
    ['filename=name; name="a"', 'a'],
    [String.raw`name="a\"b"`, 'a"b'],
    ['name="a%22b"', 'a"b'],
    ['name="To[0][email]"', 'To[0][email]'],
    ['name=""', ''],
  ])('takes %s for the name %p', (parameters, name) => {
    expect(read(`${field(parameters)}--b--`)).toEqual([[name, 'v']]);
  });
  it('reads past a preamble, blanks after a delimiter, further headers and an epilogue', () => {
    const head = 'Content-Type: text/plain\r\ncontent-disposition: form-data; name="a"';
    expect(read(`hello\r\n--b \t\r\n${head}\r\n\r\nv\r\n--b--\r\nbye`)).toEqual([['a', 'v']]);
    expect(read(`${field('name=a')}--b--`, 'multipart/form-data; charset=x; boundary="b"')).toEqual([
      ['a', 'v'],
    ]);
    expect(read('--b--')).toEqual([]);
  });
  it.each([
    ['no boundary', field('name=a'), 'multipart/form-data'],
    ['another boundary', field('name=a'), 'multipart/form-data; boundary=c'],
    ['no end', field('name=a'), TYPE],
    ['a part without headers', '--b\r\nv\r\n--b--', TYPE],
    ['a part without a name', `${part('Content-Disposition: form-data')}--b--`, TYPE],
    ['a part that is no form data', `${part('Content-Disposition: attachment; name=a')}--b--`, TYPE],
    ['headers without end', `--b\r\nX: ${'x'.repeat(20_000)}\r\n\r\nv\r\n--b--`, TYPE],
    ['nothing', '', TYPE],
  ])('refuses %s', (_what, body, contentType) => {
    expect(() => read(body, contentType)).toThrow(HardFailure);
  });
  it('refuses more parts than a request needs', () => {
    const parts = (count: number) => `${field('name=a').repeat(count)}--b--`;
    expect(read(parts(MOST_VALUES))).toHaveLength(MOST_VALUES);
    expect(() => read(parts(MOST_VALUES + 1))).toThrow(`more than ${MOST_VALUES} values`);
  });
});
