import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { request as rawRequest } from 'node:http';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import {
  startTestGateway,
  type TestDomain,
  type TestGateway,
  type TestUser,
} from './testing/test-gateway.js';

let gateway: TestGateway;
let user: TestUser;
let other: TestUser;
let domain: TestDomain;

beforeAll(async () => {
  gateway = await startTestGateway({ EG_BODY_LIMIT_BYTES: '20000' });
  user = await gateway.createUser();
  other = await gateway.createUser();
  domain = await gateway.createDomain(user);
});
afterAll(() => gateway.close());

const getDomain = 'emailgateway.getdomain';
const isDomain = {
  Success: true,
  ErrorCode: 0,
  Domain: expect.objectContaining({ SenderDomain: expect.any(String) }),
};

/** fetch refuses a body on GET. */
function getWithBody(
  path: string,
  body: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const options = { method: 'GET', headers: { 'content-length': Buffer.byteLength(body), ...headers } };
    const sent = rawRequest(gateway.api + path, options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** What the gateway answers to bytes that may be no HTTP. */
function sendBytes(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(gateway.api);
    const socket = connect({ host: hostname, port: Number(port) }, () => socket.end(bytes));
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('close', () => resolve(Buffer.concat(chunks).toString()));
    socket.on('error', reject);
  });
}

describe('encodings of one command', () => {
  const parameters = () => ({ Command: getDomain, APIKey: user.APIKey, DomainID: String(domain.domainId) });

  it('takes JSON', async () => {
    const reply = await gateway.request('POST', '/api.php', {
      json: { ...parameters(), DomainID: domain.domainId },
    });
    expect(reply).toMatchObject({
      status: 200,
      contentType: 'application/json; charset=utf-8',
      json: isDomain,
    });
  });
  it('takes a form', async () => {
    const reply = await gateway.request('POST', '/api.php', { body: new URLSearchParams(parameters()) });
    expect(reply.json).toEqual(isDomain);
  });
  it('takes multipart', async () => {
    const form = new FormData();
    for (const [name, value] of Object.entries(parameters())) form.set(name, value);
    expect((await gateway.request('POST', '/api.php', { body: form })).json).toEqual(isDomain);
  });
  it('takes a query string', async () => {
    const path = `/api.php?${new URLSearchParams(parameters()).toString()}`;
    expect((await gateway.request('GET', path)).json).toEqual(isDomain);
    expect((await gateway.request('POST', path)).json).toEqual(isDomain);
  });
  it('takes JSON that is labelled as a form, as curl -d does', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const reply = await gateway.request('POST', '/api.php', {
      body: ` ${JSON.stringify(parameters())}`,
      headers,
    });
    expect(reply.json).toEqual(isDomain);
  });
  it('takes JSON under a label that is no media type', async () => {
    const reply = await gateway.request('POST', '/api.php', {
      body: JSON.stringify(parameters()),
      headers: { 'content-type': 'garbage' },
    });
    expect(reply.json).toEqual(isDomain);
  });
  it('takes a body with GET', async () => {
    const reply = await getWithBody('/api.php', JSON.stringify(parameters()));
    expect(JSON.parse(reply.text)).toEqual(isDomain);
  });
  it('lets the body win over the query', async () => {
    const reply = await gateway.request('POST', '/api.php?DomainID=1&Command=nonsense', {
      json: parameters(),
    });
    expect(reply.json).toEqual(isDomain);
  });
  it('matches commands and names in any letter case, with a trailing slash too', async () => {
    const json = { COMMAND: 'EmailGateway.GetDomain', apikey: user.APIKey, dOMAINid: domain.domainId };
    expect((await gateway.request('POST', '/API.php/', { json })).json).toEqual(isDomain);
  });
});

describe('hard failures', () => {
  const failure = (code: number, text: unknown = expect.any(String)) => ({
    Success: false,
    ErrorCode: code,
    ErrorText: text,
    Errors: [{ Code: code, Message: text }],
  });
  const jsonType = { 'content-type': 'application/json' };

  it.each([
    ['JSON that ends early', '{"Command":'],
    ['a list', '[1]'],
    ['a text', '"x"'],
    ['null', 'null'],
    ['bytes that are not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
  ])('answers 100000 for %s as JSON, even when XML is asked for', async (_what, body) => {
    const reply = await gateway.request('POST', '/api.php?ResponseFormat=XML', { body, headers: jsonType });
    expect(reply).toMatchObject({ status: 400, contentType: 'application/json; charset=utf-8' });
    expect(reply.json).toEqual(failure(100000));
  });
  it('answers 100000 for broken JSON on v1', async () => {
    const reply = await gateway.request('POST', '/api/v1/email', { body: '{', headers: jsonType });
    expect(reply.status).toBe(400);
    expect(reply.json).toEqual(failure(100000));
  });
  it('answers 100000 for multipart without its boundary', async () => {
    const reply = await gateway.request('POST', '/api.php', {
      body: 'x',
      headers: { 'content-type': 'multipart/form-data' },
    });
    expect(reply.json).toEqual(failure(100000));
  });
  it.each(['PUT', 'PATCH', 'DELETE', 'OPTIONS'])('answers 100001 for %s on /api.php', async (method) => {
    const reply = await gateway.request(method, '/api.php');
    expect(reply.status).toBe(400);
    expect(reply.json).toEqual(failure(100001));
  });
  it.each([
    ['GET', '/api/v1/email'],
    ['DELETE', '/api/v1/email'],
    ['POST', '/api/v1/nothing'],
    ['POST', '/api/v2/email'],
    ['GET', '/api/%zz'],
    ['GET', '/'],
    ['GET', '/metrics'],
    ['GET', '/health/live'],
    ['GET', '/favicon.ico?size=1'],
    ['POST', '/apiary'],
    ['PUT', '/API.PHP/more'],
  ])('answers 100001 for %s %s', async (method, path) => {
    const reply = await gateway.request(method, path);
    expect(reply.status).toBe(400);
    expect(reply.json).toEqual(failure(100001));
  });
  it('answers 100003 for an unknown command and names it', async () => {
    const reply = await gateway.command('emailgateway.nonsense');
    expect(reply.status).toBe(400);
    expect(reply.json).toEqual(failure(100003, expect.stringContaining('emailgateway.nonsense')));
  });
  it.each([[{}], [{ Command: '' }], [{ Command: 7 }], [{ Command: {} }], [{ Command: '__proto__' }]])(
    'answers 100003 for %p',
    async (json) => {
      const reply = await gateway.request('POST', '/api.php', { json });
      expect(reply.status).toBe(400);
      expect(reply.json).toEqual(failure(100003));
    },
  );
  it('answers 413 for a body above the limit', async () => {
    const reply = await gateway.request('POST', '/api.php', { body: 'x'.repeat(20_001) });
    expect(reply.status).toBe(413);
    expect(reply.json).toEqual(failure(413, expect.stringContaining('20000')));
  });
  it('answers a status line to bytes that are no HTTP', async () => {
    const answer = await sendBytes('this is not http\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toEqual(
      failure(100001, 'The request is not valid HTTP: it could not be parsed'),
    );
  });
  it.each(['/api.php', '/api/v1/events', '/docs', '/nothing'])(
    'answers 100001 for HTTP/1.1 without Host at %s',
    async (path) => {
      const answer = await sendBytes(`GET ${path} HTTP/1.1\r\nConnection: close\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
      expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toEqual(
        failure(100001, 'The request is not valid HTTP: HTTP/1.1 needs a Host header'),
      );
    },
  );
  it('serves HTTP/1.0 without Host', async () => {
    expect(await sendBytes('GET /api.php?Command=user.login HTTP/1.0\r\n\r\n')).toContain(
      '"ErrorCode":[1,2]',
    );
  });
  it.each(['gzip', 'br', 'x-own, gzip'])(
    'answers 100000 for a body in Content-Encoding %s',
    async (encoding) => {
      const reply = await gateway.request('POST', '/api.php', {
        body: gzipSync(JSON.stringify({ Command: getDomain })),
        headers: { ...jsonType, 'content-encoding': encoding },
      });
      expect(reply.status).toBe(400);
      expect(reply.json).toEqual(
        failure(100000, expect.stringContaining(`Content-Encoding ${encoding} is not supported`)),
      );
    },
  );
  it('reads a body whose Content-Encoding is identity', async () => {
    const reply = await gateway.request('POST', '/api.php', {
      json: { Command: getDomain, APIKey: user.APIKey, DomainID: domain.domainId },
      headers: { 'content-encoding': 'Identity' },
    });
    expect(reply.json).toEqual(isDomain);
  });
});

describe('ResponseFormat', () => {
  it('answers XML for XML only', async () => {
    const { APIKey } = user;
    const asked = { APIKey, DomainID: domain.domainId };
    const xml = await gateway.command(getDomain, { ...asked, ResponseFormat: 'XML' });
    expect(xml.contentType).toBe('text/xml; charset=utf-8');
    expect(xml.text).toContain('<Success><![CDATA[true]]></Success><ErrorCode><![CDATA[0]]></ErrorCode>');
    expect(xml.text).toContain(`<SenderDomain><![CDATA[${domain.name}]]></SenderDomain>`);
    for (const ResponseFormat of ['xml', 'Xml', 'text', 1]) {
      expect((await gateway.command(getDomain, { ...asked, ResponseFormat })).json).toEqual(isDomain);
    }
  });
  it('answers refusals and unknown commands in XML', async () => {
    const refused = await gateway.command(getDomain, { APIKey: user.APIKey, ResponseFormat: 'XML' });
    expect(refused.text).toContain('<ErrorCode><node_0><![CDATA[1]]></node_0></ErrorCode>');
    const unknown = await gateway.command('x.<y>', { ResponseFormat: 'XML' });
    expect(unknown.status).toBe(400);
    expect(unknown.text).toContain('<ErrorCode><![CDATA[100003]]></ErrorCode>');
  });
});

describe('user credentials', () => {
  const unauthenticated = {
    Success: false,
    ErrorCode: 99998,
    ErrorText: 'Authentication failure or session expired',
  };

  it.each([
    ['no key', {}],
    ['an empty key', { APIKey: '' }],
    ['an unknown key', { APIKey: '0000-0000-0000-0000' }],
    ['a key that is no text', { APIKey: { a: 1 } }],
    ['a session', { SessionID: 'x'.repeat(32) }],
  ])('answers 99998 and HTTP 200 for %s', async (_what, credential) => {
    const reply = await gateway.command(getDomain, { DomainID: domain.domainId, ...credential });
    expect(reply.status).toBe(200);
    expect(reply.json).toEqual(unauthenticated);
  });
  it('answers 99998 for a sender key', async () => {
    expect((await gateway.command(getDomain, { APIKey: domain.senderKey })).json).toEqual(unauthenticated);
  });
  it('answers 99998 once the account is disabled', async () => {
    const leaver = await gateway.createUser();
    await gateway.operator('PATCH', `/users/${leaver.UserID}`, { accountStatus: 'Disabled' });
    expect((await gateway.command('emailgateway.getevents', { APIKey: leaver.APIKey })).json).toEqual(
      unauthenticated,
    );
  });
  it('answers 99999 before it looks at parameters when the privilege is missing', async () => {
    await gateway.operator('POST', '/groups', {
      name: 'senders',
      privileges: 'EmailGateway.ManageDomain',
    });
    const limited = await gateway.createUser({ group: 'senders' });
    const refused = await gateway.command('emailgateway.adddomain', { APIKey: limited.APIKey });
    expect(refused.status).toBe(200);
    expect(refused.json).toEqual({ Success: false, ErrorCode: 99999, ErrorText: 'Not enough privileges' });
    expect((await gateway.command(getDomain, { APIKey: limited.APIKey })).json).toMatchObject({
      ErrorCode: [1],
    });
  });
});

describe('ownership', () => {
  it.each([['7abc'], ['1e3'], [-1], [0], ['999999999'], [{}]])(
    'answers not found for the id %p',
    async (DomainID) => {
      const reply = await gateway.command(getDomain, { APIKey: user.APIKey, DomainID });
      expect(reply.status).toBe(200);
      expect(reply.json).toEqual({
        Success: false,
        ErrorCode: 2,
        ErrorText: 'Domain not found or access denied',
      });
    },
  );
  it('answers the same for a domain of somebody else', async () => {
    const reply = await gateway.command(getDomain, { APIKey: other.APIKey, DomainID: domain.domainId });
    expect(reply.json).toEqual({
      Success: false,
      ErrorCode: 2,
      ErrorText: 'Domain not found or access denied',
    });
  });
});

describe('log lines', () => {
  it('tells who, what, how and how long, and never a key or a body', async () => {
    await gateway.command(getDomain, { APIKey: user.APIKey, DomainID: domain.domainId, Note: 'body-text' });
    const handled = gateway.logged().filter(({ msg }) => msg === 'request.handled');
    expect(handled.at(-1)).toMatchObject({
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      surface: 'legacy',
      command: getDomain,
      userId: user.UserID,
      codes: [],
      status: 200,
      durationMs: expect.any(Number),
    });
    const text = JSON.stringify(gateway.logged());
    for (const secret of [user.APIKey, domain.senderKey, gateway.adminKey, 'body-text'])
      expect(text).not.toContain(secret);
  });
});
