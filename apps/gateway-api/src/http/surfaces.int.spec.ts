import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { request as rawRequest } from 'node:http';
import {
  startTestGateway,
  type TestDomain,
  type TestGateway,
  type TestUser,
} from './testing/test-gateway.js';

let gateway: TestGateway;
let user: TestUser;
let domain: TestDomain;

beforeAll(async () => {
  gateway = await startTestGateway();
  user = await gateway.createUser();
  domain = await gateway.createDomain(user);
});
afterAll(() => gateway.close());

/** fetch refuses a body on GET. */
function getWithBody(path: string, body: string, headers: Record<string, string>): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { method: 'GET', headers: { 'content-length': Buffer.byteLength(body), ...headers } };
    const sent = rawRequest(gateway.api + path, options, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString())).on('end', () => resolve(text));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

describe('methods', () => {
  it.each(['HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
    '%s is not supported on /api.php',
    async (method) => {
      const reply = await gateway.request(method, '/api.php?Command=emailgateway.getdomains');
      expect([reply.status, reply.contentType]).toEqual([400, 'application/json; charset=utf-8']);
      expect(reply.text).toContain(method === 'HEAD' ? '' : '"ErrorCode":100001');
    },
  );
  it.each(['HEAD', 'PUT', 'PATCH', 'OPTIONS'])('%s is not supported on a v1 route', async (method) => {
    const reply = await gateway.request(method, '/api/v1/events', { bearer: domain.senderKey });
    expect([reply.status, reply.headers.get('x-ratelimit-limit')]).toEqual([400, null]);
  });
});

describe('parameters on v1', () => {
  const noEvents = { TotalRecords: 0, Events: [] };

  it('come from the query, in any letter case', async () => {
    const reply = await gateway.request('GET', '/api/v1/events?STARTFROM=0&retrieveCOUNT=abc', {
      bearer: domain.senderKey,
    });
    expect(reply.json).toMatchObject({ Errors: [{ Code: 5 }] });
  });
  it('come from the body of a GET, labelled as a form as curl does, and win over the query', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const body = JSON.stringify({ SenderAPIKey: domain.senderKey, StartFrom: '0' });
    const text = await getWithBody('/api/v1/events?StartFrom=abc', body, headers);
    expect(JSON.parse(text)).toEqual(noEvents);
    const form = await getWithBody('/api/v1/events', `senderapikey=${domain.senderKey}`, headers);
    expect(JSON.parse(form)).toEqual(noEvents);
  });
  it('may carry the key; a header wins over it, even a wrong one', async () => {
    const path = `/api/v1/events?SenderAPIKey=${domain.senderKey}`;
    expect((await gateway.request('GET', path)).json).toEqual(noEvents);
    expect((await gateway.request('GET', path, { bearer: 'nobody' })).status).toBe(401);
  });
  it.each(['Basic eDp5', 'Bearer', '', 'Token x'])(
    'may carry the key beside the header %j, which has none',
    async (authorization) => {
      const headers = { authorization };
      const path = `/api/v1/events?SenderAPIKey=${domain.senderKey}`;
      expect((await gateway.request('GET', path, { headers })).json).toEqual(noEvents);
      const without = await gateway.request('GET', '/api/v1/events', { headers });
      expect(without.json).toMatchObject({ Errors: [{ Code: authorization === '' ? 1 : 13 }] });
      const AdminAPIKey = gateway.adminKey;
      const admin = await gateway.request('POST', '/api/v1/sender.domains', {
        headers,
        json: { AdminAPIKey },
      });
      expect(admin.json).toMatchObject({ Success: true });
    },
  );
  it('may ask for XML', async () => {
    const reply = await gateway.request('GET', '/api/v1/events?ResponseFormat=XML', {
      bearer: domain.senderKey,
    });
    expect(reply.contentType).toBe('text/xml; charset=utf-8');
    expect(reply.text).toContain('<TotalRecords><![CDATA[0]]></TotalRecords><Events></Events>');
  });
});

describe('log lines', () => {
  it('never tell a key, an address or a path that could hold one', async () => {
    const secrets = ['SECRET-KEY-1', 'someone@example.org', domain.senderKey, user.APIKey, gateway.adminKey];
    const query = new URLSearchParams(Object.fromEntries(secrets.entries())).toString();
    for (const path of [
      '/api/v1/events',
      '/api/v1/nothing',
      '/api.php',
      '/SECRET-KEY-1/someone@example.org',
    ]) {
      await gateway.request('GET', `${path}?SenderAPIKey=SECRET-KEY-1&APIKey=SECRET-KEY-1&${query}`);
      await gateway.request('POST', `${path}?${query}`, {
        json: { Command: 'SECRET-KEY-1', APIKey: 'SECRET-KEY-1' },
      });
      await gateway.request('POST', path, { body: '{"APIKey":"SECRET-KEY-1"' });
      await gateway.request('PUT', `${path}?${query}`, { bearer: 'SECRET-KEY-1' });
    }
    await gateway.request('GET', `/%zz?${query}`);
    const lines = gateway.logged().filter(({ msg }) => String(msg).startsWith('request.'));
    expect(lines.length).toBeGreaterThan(12);
    const text = JSON.stringify(gateway.logged());
    for (const secret of [...secrets, '127.0.0.1']) expect(text).not.toContain(secret);
  });
});
