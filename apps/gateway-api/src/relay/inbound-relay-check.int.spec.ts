import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { testMysqlServer } from '#platform/testing/test-database';
import { startTcpProxy } from '#platform/testing/tcp-proxy';
import { startTestGateway, type TestGateway, type TestReply } from '../http/testing/test-gateway.js';
import { LOOK_UP } from './inbound-relay-check.js';
import {
  type DomainWish,
  HALF,
  insertDomain,
  type Records,
  UNCHECKED,
  VERIFIED,
} from './testing/domain-rows.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({ EG_RELAY_DOMAINS: 'Replies.Example.net.,x.example.net' });
});
afterAll(() => gateway.close());
beforeEach(() => gateway.database.execute('DELETE FROM oempro_eg_domains'));

const domain = (name: string, wish?: DomainWish, userId?: number) =>
  insertDomain(gateway, name, wish, userId);

const check = (key: string, bearer = gateway.adminKey) =>
  // As the mail server does: pasted into the URL as it is.
  gateway.request('GET', `/api/v1/inbound-relay-domain-check?domain=${key}`, { bearer });
const allowed = (RelayDomain: string) => [200, { Success: true, RelayDomain }];
const DENIED = [500, {}];
const answer = ({ status, json }: TestReply) => [status, json];

describe('inbound-relay-domain-check', () => {
  it('accepts root name and return path host, by domain or address', async () => {
    await domain('example.com');
    for (const key of [
      'example.com',
      'EXAMPLE.Com.',
      'bob+tag@example.com',
      '"a@b"@example.com',
      '@example.com',
    ])
      expect(answer(await check(key))).toEqual(allowed('example.com'));
    for (const key of [
      'sl.example.com',
      'b-token@SL.example.com',
      'x@y@sl.example.com.',
      'a+b@sl.example.com',
    ])
      expect(answer(await check(key))).toEqual(allowed('sl.example.com'));
  });

  it('follows the own subdomain of a domain, and no other', async () => {
    await domain('example.com', { options: { CustomSubdomain: 'Outbound' } });
    expect(answer(await check('a@outbound.example.com'))).toEqual(allowed('outbound.example.com'));
    for (const key of [
      'sl.example.com',
      'track-outbound.example.com',
      'a.outbound.example.com',
      'xexample.com',
    ])
      expect(answer(await check(key))).toEqual(DENIED);
  });

  it('takes a domain of any user for what it is, whatever others have under that name', async () => {
    await domain('example.com', { status: 'Approval Pending', records: UNCHECKED });
    expect(answer(await check('example.com'))).toEqual(DENIED);
    await domain('example.com', { options: { CustomSubdomain: 'out' } });
    expect(answer(await check('example.com'))).toEqual(allowed('example.com'));
    // The default return path host is that of the domain which was not verified.
    expect(answer(await check('sl.example.com'))).toEqual(DENIED);
  });

  it.each([
    ['Enabled', [], true],
    ['Enabled', HALF, true],
    ['Approval Pending', VERIFIED, true],
    ['Disabled', VERIFIED, true],
    ['Suspended', VERIFIED, true],
    ['Blocked', VERIFIED, true],
    ['Approval Pending', UNCHECKED, false],
    ['Approval Pending', HALF, false],
    ['Approval Pending', [], false],
    ['Disabled', HALF, false],
    ['Suspended', [], false],
    ['Deleted', VERIFIED, false],
  ] as const)('%s with the records %j: %s', async (status, records, isAccepted) => {
    await domain('example.com', { status, records: records as Records });
    for (const key of ['example.com', 'x@sl.example.com'])
      expect((await check(key)).status).toBe(isAccepted ? 200 : 500);
  });

  it('accepts the names of the installation', async () => {
    expect(answer(await check('Someone@replies.example.net'))).toEqual(allowed('replies.example.net'));
    expect(answer(await check('x.example.net.'))).toEqual(allowed('x.example.net'));
    expect(answer(await check('sub.x.example.net'))).toEqual(DENIED);
  });

  it('finds an international name', async () => {
    await domain('xn--mller-kva.example');
    expect(answer(await check('a@sl.m%C3%BCller.example'))).toEqual(allowed('sl.xn--mller-kva.example'));
  });

  it.each([
    '',
    '@',
    '.',
    'localhost',
    'a@',
    'a b',
    '127.0.0.1',
    '[127.0.0.1]',
    '%00',
    '%FF',
    "x'--",
    '..example.com',
  ])('denies %p and says no more', async (key) => {
    await domain('example.com');
    const reply = await check(key);
    expect([reply.status, reply.text]).toEqual([500, '{}']);
  });
  it('denies a name that no domain can have', async () => {
    for (const key of ['a'.repeat(5000), `${'a.'.repeat(2000)}example.com`])
      expect(answer(await check(key))).toEqual(DENIED);
  });
  it('denies when no domain is named', async () => {
    const bare = await gateway.request('GET', '/api/v1/inbound-relay-domain-check', {
      bearer: gateway.adminKey,
    });
    expect(answer(bare)).toEqual(DENIED);
  });

  it('1: needs the admin key, before it looks at anything else', async () => {
    await domain('example.com');
    const Message = 'Authentication failed. Invalid admin API key.';
    for (const key of ['example.com', 'nobody.example']) {
      expect(answer(await check(key, 'nonsense'))).toEqual([403, { Errors: [{ Code: 1, Message }] }]);
      const legacy = await gateway.command('inbound-relay-domain-check', { Domain: key });
      expect(answer(legacy)).toEqual([200, { Success: false, ErrorCode: 1, ErrorText: Message }]);
    }
    const without = await gateway.request('GET', '/api/v1/inbound-relay-domain-check?domain=example.com');
    expect(without.status).toBe(403);
  });

  it('answers HTTP 200 on /api.php, where the body is the answer', async () => {
    await domain('example.com');
    const ask = (Domain: string) =>
      gateway.command('inbound-relay-domain-check', { AdminAPIKey: gateway.adminKey, Domain });
    expect(answer(await ask('a@sl.Example.com'))).toEqual([
      200,
      { Success: true, ErrorCode: 0, RelayDomain: 'sl.example.com' },
    ]);
    const ErrorText = 'Relay access denied. The domain is not authorized.';
    expect(answer(await ask('a@nobody.example'))).toEqual([200, { Success: false, ErrorCode: 2, ErrorText }]);
  });

  it('looks names up by the index, not one by one', async () => {
    const at = new Date();
    const rows = Array.from({ length: 3000 }, (_, no) => {
      return [no + 1, 1, `d${no}.example.org`, 'Enabled', '{}', '{}', '[]', 1, at, at];
    });
    await gateway.database.execute(
      `INSERT INTO oempro_eg_domains (DomainID, UserID, SenderDomain, Status, Options, VerificationMeta, PolicyMeta,
           Version, CreatedAt, UpdatedAt) VALUES ?`,
      [rows],
    );
    await gateway.database.execute('ANALYZE TABLE oempro_eg_domains');
    const plan = await gateway.database.query<{ key: string; rows: number }>(`EXPLAIN ${LOOK_UP}`, [
      ['sl.d7.example.org', 'd7.example.org'],
    ]);
    expect(plan).toMatchObject([{ key: 'ix_domain', rows: 2 }]);
    expect((await check('sl.d7.example.org')).status).toBe(200);
  });
});

describe('a fault of ours', () => {
  it('is never a 5xx to a mail server, and the check works again by itself', async () => {
    const { host, port } = testMysqlServer();
    const proxy = await startTcpProxy({ host, port });
    const behind = await startTestGateway({ EG_MYSQL_HOST: '127.0.0.1', EG_MYSQL_PORT: String(proxy.port) });
    try {
      const ask = (bearer = behind.adminKey) =>
        behind.request('GET', '/api/v1/inbound-relay-domain-check?domain=sl.example.com', { bearer });
      expect((await ask()).status).toBe(500);
      proxy.intercept(() => 'cut');
      const Message = 'The domain could not be checked. Try again later.';
      expect(answer(await ask())).toEqual([429, { Errors: [{ Code: 3, Message }] }]);
      expect((await ask('nonsense')).status).toBe(403);
      const legacy = await behind.command('inbound-relay-domain-check', {
        AdminAPIKey: behind.adminKey,
        Domain: 'sl.example.com',
      });
      expect(answer(legacy)).toEqual([200, { Success: false, ErrorCode: 3, ErrorText: Message }]);
      // Other commands answer the truth about the server.
      const list = await behind.request('POST', '/api/v1/sender.domains', { bearer: behind.adminKey });
      expect(list.status).toBe(500);
      proxy.intercept(() => 'forward');
      expect(answer(await ask())).toEqual(DENIED);
    } finally {
      await behind.close();
      await proxy.close();
    }
  });

  it('that happens before the check is none either', async () => {
    const path = '/api/v1/inbound-relay-domain-check';
    const small = await startTestGateway({ EG_BODY_LIMIT_BYTES: '1024' });
    try {
      const replies = [
        await small.request('POST', path, { bearer: small.adminKey }),
        await small.request('GET', `${path}/more`, { bearer: small.adminKey }),
        await small.request('GET', `${path}?domain=%zz`, { bearer: small.adminKey }),
        await small.request('DELETE', path, { bearer: small.adminKey, body: 'x'.repeat(2000) }),
      ];
      expect(replies.map(({ status }) => status)).toEqual([400, 400, 500, 400]);
      const raw = async (bytes: string) => {
        const { hostname, port } = new URL(small.api);
        const socket = connect({ host: hostname, port: Number(port) });
        socket.write(bytes);
        return (await text(socket)).split('\r\n', 1)[0];
      };
      const head = `GET ${path}?domain=`;
      expect(await raw(`${head}a b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)).toMatch(/ 4\d\d /);
      expect(await raw(`${head}${'a'.repeat(70_000)} HTTP/1.1\r\nHost: x\r\n\r\n`)).toMatch(/ 431 /);
      expect(await raw(`${head}a HTTP/1.1\r\nContent-Length: 5000\r\nHost: x\r\n\r\n`)).toMatch(/ 413 /);
      expect(
        await raw(
          `${head}a HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 1\r\nConnection: close\r\nHost: x\r\nAuthorization: Bearer ${small.adminKey}\r\n\r\n{`,
        ),
      ).toMatch(/ 400 /);
    } finally {
      await small.close();
    }
  });

  it('is not a process that stops while a mail server asks', async () => {
    const { host, port } = testMysqlServer();
    const proxy = await startTcpProxy({ host, port });
    const stopping = await startTestGateway({
      EG_MYSQL_HOST: '127.0.0.1',
      EG_MYSQL_PORT: String(proxy.port),
    });
    const request = `GET /api/v1/inbound-relay-domain-check?domain=a.example HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${stopping.adminKey}\r\n\r\n`;
    const { hostname, port: apiPort } = new URL(stopping.api);
    const socket = connect({ host: hostname, port: Number(apiPort) });
    try {
      await stopping.request('GET', '/api/v1/inbound-relay-domain-check?domain=a.example', {
        bearer: stopping.adminKey,
      });
      let asked = () => {};
      const isAsked = new Promise<void>((resolve) => (asked = resolve));
      proxy.intercept(() => {
        asked();
        return 'forward';
      });
      socket.write(request);
      await isAsked;
      const closed = stopping.close();
      socket.write(request);
      const statuses = (await text(socket)).match(/HTTP\/1\.1 (\d+)/g);
      await closed;
      expect(statuses).toEqual(['HTTP/1.1 500', 'HTTP/1.1 500']);
    } finally {
      socket.destroy();
      await proxy.close();
    }
  });
});
