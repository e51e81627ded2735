import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestGateway, type TestGateway, type TestReply } from './testing/test-gateway.js';

const PAGE = 'https://app.example.com';

let gateway: TestGateway;
let closed: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway({ EG_CORS_ORIGINS: `${PAGE},http://localhost:3000` });
  closed = await startTestGateway();
});
afterAll(() => Promise.all([gateway.close(), closed.close()]));

const corsHeaders = ({ headers }: TestReply) =>
  Object.fromEntries([...headers].filter(([name]) => name.startsWith('access-control-')));
const preflight = (to: TestGateway, origin: string, path = '/api/v1/email') =>
  to.request('OPTIONS', path, {
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type',
    },
  });
const call = (to: TestGateway, headers: Record<string, string>) =>
  to.request('POST', '/api/v1/email', { json: {}, bearer: 'nobody', headers });

describe('a page of an allowed origin', () => {
  it('may send what the API takes', async () => {
    const reply = await preflight(gateway, PAGE);
    expect([reply.status, reply.text]).toEqual([204, '']);
    expect(corsHeaders(reply)).toMatchObject({
      'access-control-allow-origin': PAGE,
      'access-control-allow-methods': 'GET, POST, DELETE',
      'access-control-allow-headers': 'Authorization, Content-Type',
      'access-control-max-age': '600',
    });
    expect((await preflight(gateway, 'http://localhost:3000', '/api.php')).status).toBe(204);
  });
  it('may read replies and their headers, refusals too', async () => {
    const reply = await call(gateway, { origin: PAGE });
    expect(reply.status).toBe(401);
    expect(reply.headers.get('vary')).toContain('Origin');
    expect(corsHeaders(reply)).toEqual({
      'access-control-allow-origin': PAGE,
      'access-control-expose-headers':
        'Content-Disposition, Retry-After, X-Octeth-Export-Limit, X-Octeth-Export-Total, X-Octeth-Export-Truncated, ' +
        'X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-Id',
    });
  });
  it('may read hard failures', async () => {
    const headers = { origin: PAGE, 'content-type': 'application/json' };
    const broken = await gateway.request('POST', '/api.php', { body: '{', headers });
    expect([broken.status, broken.headers.get('access-control-allow-origin')]).toEqual([400, PAGE]);
    const large = await gateway.request('POST', '/api.php', { body: 'x'.repeat(27_000_000), headers });
    expect([large.status, large.headers.get('access-control-allow-origin')]).toEqual([413, PAGE]);
  });
});

describe('a page of any other origin', () => {
  it.each(['https://evil.example', 'https://app.example.com.evil.example', 'http://app.example.com', 'null'])(
    'such as %s is told nothing',
    async (origin) => {
      const asked = await preflight(gateway, origin);
      expect([asked.status, asked.json['ErrorCode'], corsHeaders(asked)]).toEqual([400, 100001, {}]);
      expect(corsHeaders(await call(gateway, { origin }))).toEqual({});
    },
  );
});

describe('without allowed origins', () => {
  it('no CORS header is ever sent', async () => {
    const asked = await preflight(closed, PAGE);
    expect([asked.status, asked.json['ErrorCode'], corsHeaders(asked)]).toEqual([400, 100001, {}]);
    const reply = await call(closed, { origin: PAGE });
    expect([corsHeaders(reply), reply.headers.get('vary')]).toEqual([{}, null]);
  });
});
