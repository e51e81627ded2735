import { describe, expect, it } from '@jest/globals';
import { readParameters } from './request-parameters.js';

/** In memory of its own, as bodies are. */
const bytes = (text: string) => {
  const body = Buffer.allocUnsafeSlow(Buffer.byteLength(text));
  body.write(text);
  return body;
};
const read = (body: string, contentType = '', query = '') =>
  Object.fromEntries(readParameters({ query, contentType, body: bytes(body) }));

describe('reading parameters', () => {
  it('lower-cases names, and the keys inside mailboxes and attachments only', () => {
    const body = {
      FROM: { Name: 'A', Nested: [{ Deep: 1 }] },
      Headers: { 'X-Kept': 'V' },
      Attachments: [{ FileName: 'F' }],
    };
    expect(read(JSON.stringify(body), 'application/json')).toEqual({
      from: { name: 'A', nested: [{ deep: 1 }] },
      headers: { 'X-Kept': 'V' },
      attachments: [{ filename: 'F' }],
    });
  });
  it('takes Reply-To for ReplyTo', () => {
    expect(read('{"Reply-To":[{"Email":"a"}]}')).toEqual({ replyto: [{ email: 'a' }] });
  });
  it('keeps a form that only looks a little like JSON', () => {
    expect(read('a={1}&b=%5B', 'application/x-www-form-urlencoded')).toEqual({ a: '{1}', b: '[' });
  });
  it('takes JSON with a byte order mark and under a JSON dialect', () => {
    expect(read('\uFEFF{"a":1}', 'application/vnd.api+json; charset=utf-8')).toEqual({ a: 1 });
  });
  it('lets the body win, and the last of a repeated name', () => {
    expect(read('a=2&a=3', '', 'A=1&c=4')).toEqual({ a: '3', c: '4' });
  });
  it('reads brackets into structures', () => {
    expect(read('To[0][name]=A&To[0][email]=a&To[1][email]=b&Tags[]=x&Tags[]=y&Headers[X-A]=1')).toEqual({
      to: [{ name: 'A', email: 'a' }, { email: 'b' }],
      tags: ['x', 'y'],
      headers: { 'X-A': '1' },
    });
  });
  it('reads brackets of a query string into lists and structures', () => {
    expect(read('', '', 'a[]=1&a[]=2&b[0]=3&b[1]=4&c[d]=5&c[e][]=6&f%5Bg%5D=7&h=a+b%20c')).toEqual({
      a: ['1', '2'],
      b: ['3', '4'],
      c: { d: '5', e: ['6'] },
      f: { g: '7' },
      h: 'a b c',
    });
  });
  it('takes the last of what is written twice: a name, a plain value and a structure', () => {
    expect(read('', '', 'a=1&A=2&b=1&b[]=2&c[x]=1&c=2&d[0]=1&d[0]=2')).toEqual({
      a: '2',
      b: ['2'],
      c: '2',
      d: ['2'],
    });
  });
  it('replaces a list of the query by the list of the body, it does not add to it', () => {
    expect(read('{"Tags":["x"]}', 'application/json', 'tags[]=a&tags[]=b')).toEqual({ tags: ['x'] });
  });
  it('keeps bracket names that are too deep or malformed as they are', () => {
    expect(read('a[b=1&c[d][e][f][g][h][i]=2&[x]=3')).toEqual({
      'a[b': '1',
      'c[d][e][f][g][h][i]': '2',
      '[x]': '3',
    });
  });
  it('takes nesting of any depth', () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    expect(Object.keys(read(`{"From":${deep}}`))).toEqual(['from']);
  });
  it('cannot be used to reach a prototype', () => {
    const form = read('__proto__[polluted]=1&constructor[prototype][polluted]=1&a[__proto__][polluted]=1');
    const json = read('{"From":{"__proto__":{"polluted":1}},"__proto__":{"polluted":1}}');
    expect([Reflect.get({}, 'polluted'), Object.keys(form).length, Object.keys(json).length]).toEqual([
      undefined,
      3,
      2,
    ]);
  });
});
