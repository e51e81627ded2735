import { setTimeout as wait } from 'node:timers/promises';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';

import { Hooks, type KeptRequest } from './hooks.js';
import { receiverServer } from './receiver.server.js';
import { hmac } from './signature.js';

let app: FastifyInstance;
beforeEach(() => {
  app = receiverServer(new Hooks(3, 1_000), pino({ level: 'silent' }));
});
afterEach(() => app.close());

const post = (name: string, body = '{}', headers: Record<string, string> = {}) =>
  app.inject({ method: 'POST', url: `/hook/${name}?q=1`, payload: body, headers });
const put = (path: string, body: unknown) =>
  app.inject({ method: 'PUT', url: `/hook/${path}`, payload: JSON.stringify(body) });
const list = async (name: string): Promise<KeptRequest[]> =>
  (await app.inject({ method: 'GET', url: `/hook/${name}` })).json();

function signed(key: string): { body: string; headers: Record<string, string> } {
  const bytes = Buffer.from(key);
  const signature = hmac(bytes, '17tok').toString('hex');
  const body = JSON.stringify({ signature: { timestamp: 17, token: 'tok', signature } });
  return {
    body,
    headers: {
      'webhook-id': 'e1',
      'webhook-timestamp': '18',
      'webhook-signature': `v1,${hmac(bytes, `e1.18.${body}`).toString('base64')}`,
      'x-octeth-signature': `t=18,v1=${hmac(bytes, `18.${body}`).toString('hex')}`,
    },
  };
}

describe('the webhook receiver', () => {
  it('keeps a request as it came, oldest first', async () => {
    await post('one', '{"a":  "ä"}', { 'content-type': 'application/json', 'X-Test': 'yes' });
    await post('one', 'not json', { 'content-type': 'text/strange' });
    await post('two');
    const [first, second, ...more] = await list('one');
    expect(more).toEqual([]);
    expect(first).toMatchObject({
      method: 'POST',
      path: '/hook/one?q=1',
      headers: { 'x-test': 'yes', 'content-type': 'application/json' },
      body: '{"a":  "ä"}',
      verified: null,
      status: 200,
    });
    expect(first?.receivedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(second?.body).toBe('not json');
  });

  it('knows nothing of an unknown name', async () => {
    expect(await list('none')).toEqual([]);
  });

  it('fails the given number of times, then answers 200', async () => {
    await put('h/behaviour', { status: 500, times: 2, headers: { 'Retry-After': '7' } });
    const answers = [await post('h'), await post('h'), await post('h')];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([500, 500, 200]);
    expect(answers.map(({ headers }) => headers['retry-after'])).toEqual(['7', '7', undefined]);
    expect((await list('h')).map(({ status }) => status)).toEqual([500, 500, 200]);
  });

  it('fails until it is changed, and redirects', async () => {
    await put('h/behaviour', { status: 410 });
    expect((await post('h')).statusCode).toBe(410);
    await put('h/behaviour', { status: 307, headers: { location: 'http://receiver.sandbox.test/hook/x' } });
    const redirect = await post('h');
    expect([redirect.statusCode, redirect.headers.location]).toEqual([
      307,
      'http://receiver.sandbox.test/hook/x',
    ]);
    await put('h/behaviour', { status: 204 });
    expect((await post('h')).body).toBe('');
  });

  it('answers late, and shows the request at once', async () => {
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    await put('h/behaviour', { delayMs: 3_600_000 });
    const asked = new AbortController();
    const hanging = fetch(`${url}/hook/h`, { method: 'POST', body: 'x', signal: asked.signal });
    while ((await list('h')).length === 0) await wait(5);
    asked.abort();
    await expect(hanging).rejects.toThrow('aborted');
    await put('h/behaviour', { delayMs: 30 });
    const before = performance.now();
    await post('h');
    expect(performance.now() - before).toBeGreaterThanOrEqual(29);
  });

  it.each([
    [{ status: 99 }, 'status'],
    [{ status: '500' }, 'status'],
    [{ times: -1 }, 'times'],
    [{ delayMs: 1.5 }, 'delayMs'],
    [{ headers: ['x'] }, 'headers'],
    [{ headers: { 'a b': 'x' } }, 'a b'],
    [{ headers: { a: 'x\ny' } }, '"a"'],
    [[], 'JSON object'],
  ])('refuses the behaviour %j', async (input, reason) => {
    const answer = await put('h/behaviour', input);
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ message: expect.stringContaining(reason) });
    expect((await post('h')).statusCode).toBe(200);
  });

  it('verifies with the key, also what it kept before it had one, and not again after a new key', async () => {
    const { body, headers } = signed('KEY-1');
    await post('h', body, headers);
    expect((await put('h/key', { key: '' })).statusCode).toBe(400);
    await put('h/key', { key: 'KEY-1' });
    await post('h', body, { ...headers, 'webhook-signature': 'v1,AAAA' });
    await put('h/key', { key: 'KEY-2' });
    await post('h', body, headers);
    const kept = await list('h');
    expect(kept.map(({ verified }) => verified)).toEqual([true, false, false]);
    expect(kept[1]?.checks).toEqual({ standardWebhooks: false, octethSignature: true, body: true });
  });

  it('forgets everything of a name', async () => {
    await put('h/key', { key: 'k' });
    await put('h/behaviour', { status: 500 });
    await post('h');
    expect((await app.inject({ method: 'DELETE', url: '/hook/h' })).json()).toEqual({ forgotten: 1 });
    expect(await list('h')).toEqual([]);
    expect((await post('h')).statusCode).toBe(200);
    expect((await list('h'))[0]?.verified).toBeNull();
  });

  it('is bounded: the oldest requests go, by number and by size, and a large body is refused', async () => {
    for (const body of ['1', '2', '3', '4']) await post('h', body);
    expect((await list('h')).map(({ body }) => body)).toEqual(['2', '3', '4']);
    await post('h', 'x'.repeat(998));
    expect((await list('h')).map(({ body }) => body.length)).toEqual([1, 1, 998]);
    await post('h', 'y'.repeat(999));
    expect((await list('h')).map(({ body }) => body[0])).toEqual(['y']);
    expect((await post('h', 'z'.repeat(1_048_577))).statusCode).toBe(413);
  });
});
