import { describe, expect, it } from '@jest/globals';
import { readParameters } from './request-parameters.js';

const read = async (body: string, contentType = '', query = '') =>
  Object.fromEntries(await readParameters({ query, contentType, body: Buffer.from(body) }));

describe('reading parameters', () => {
  it('lower-cases names, and the keys inside mailboxes and attachments only', async () => {
    const body = {
      FROM: { Name: 'A', Nested: [{ Deep: 1 }] },
      Headers: { 'X-Kept': 'V' },
      Attachments: [{ FileName: 'F' }],
    };
    expect(await read(JSON.stringify(body), 'application/json')).toEqual({
      from: { name: 'A', nested: [{ deep: 1 }] },
      headers: { 'X-Kept': 'V' },
      attachments: [{ filename: 'F' }],
    });
  });
  it('takes Reply-To for ReplyTo', async () => {
    expect(await read('{"Reply-To":[{"Email":"a"}]}')).toEqual({ replyto: [{ email: 'a' }] });
  });
  it('keeps a form that only looks a little like JSON', async () => {
    expect(await read('a={1}&b=%5B', 'application/x-www-form-urlencoded')).toEqual({ a: '{1}', b: '[' });
  });
  it('takes JSON with a byte order mark and under a JSON dialect', async () => {
    expect(await read('\uFEFF{"a":1}', 'application/vnd.api+json; charset=utf-8')).toEqual({ a: 1 });
  });
  it('lets the body win, and the last of a repeated name', async () => {
    expect(await read('a=2&a=3', '', 'A=1&c=4')).toEqual({ a: '3', c: '4' });
  });
  it('reads brackets into structures', async () => {
    expect(
      await read('To[0][name]=A&To[0][email]=a&To[1][email]=b&Tags[]=x&Tags[]=y&Headers[X-A]=1'),
    ).toEqual({
      to: [{ name: 'A', email: 'a' }, { email: 'b' }],
      tags: ['x', 'y'],
      headers: { 'X-A': '1' },
    });
  });
  it('keeps bracket names that are too deep or malformed as they are', async () => {
    expect(await read('a[b=1&c[d][e][f][g][h][i]=2&[x]=3')).toEqual({
      'a[b': '1',
      'c[d][e][f][g][h][i]': '2',
      '[x]': '3',
    });
  });
  it('takes nesting of any depth', async () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    expect(Object.keys(await read(`{"From":${deep}}`))).toEqual(['from']);
  });
  it('cannot be used to reach a prototype', async () => {
    const form = await read(
      '__proto__[polluted]=1&constructor[prototype][polluted]=1&a[__proto__][polluted]=1',
    );
    const json = await read('{"From":{"__proto__":{"polluted":1}},"__proto__":{"polluted":1}}');
    expect([Reflect.get({}, 'polluted'), Object.keys(form).length, Object.keys(json).length]).toEqual([
      undefined,
      3,
      2,
    ]);
  });
});
