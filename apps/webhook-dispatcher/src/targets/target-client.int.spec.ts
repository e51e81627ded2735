import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type DnsStub, startDnsStub, type Zone } from '../testing/dns-stub.js';
import { answer, hang, type Receiver, startReceiver } from '../testing/receiver.js';
import { createTargetClient, type TargetClient } from './target-client.js';

const LOOPBACK = ['127.0.0.1/32'];
const message = { headers: { 'content-type': 'application/json', 'webhook-id': 'e1' }, body: '{"a":1}' };

const zone: Zone = {
  'good.test': { A: [['127.0.0.1']] },
  'rebinding.test': { A: [['127.0.0.1'], ['127.0.0.2'], ['127.0.0.1']] },
  'mixed.test': { A: [['127.0.0.1', '10.0.0.1']] },
  'inward.test': { A: [['169.254.169.254']] },
  'inward6.test': { AAAA: [['::1']] },
  'mapped.test': { AAAA: [['::ffff:127.0.0.1']] },
  'empty.test': { A: [[]] },
  'secure.test': { A: [['127.0.0.1']] },
  'other.test': { A: [['127.0.0.1']] },
};

let dns: DnsStub;
let receiver: Receiver;
const clients: TargetClient[] = [];

const client = (allowedCidrs: string[] = LOOPBACK, timeoutMs = 2_000): TargetClient => {
  const created = createTargetClient({ allowedCidrs, dnsServers: [dns.address], timeoutMs });
  clients.push(created);
  return created;
};

beforeAll(async () => {
  dns = await startDnsStub(zone);
  receiver = await startReceiver();
});

afterEach(async () => {
  receiver.behave(answer(200));
  receiver.requests.length = 0;
  await Promise.all(clients.splice(0).map((each) => each.close()));
});

afterAll(async () => {
  await receiver.close();
  await dns.close();
});

describe('a request to a target', () => {
  it('reaches a host that resolves to an allowed address, under its own name', async () => {
    const reply = await client().post(`http://good.test:${receiver.port}/hook?x=1`, message);
    expect(reply).toMatchObject({ status: 200, error: '' });
    expect(receiver.requests).toMatchObject([
      {
        path: '/hook?x=1',
        headers: {
          host: `good.test:${receiver.port}`,
          'content-type': 'application/json',
          'webhook-id': 'e1',
        },
        body: '{"a":1}',
      },
    ]);
  });

  it.each([
    ['inward.test', 'target refused: 169.254.169.254 is linkLocal'],
    ['inward6.test', 'target refused: ::1 is loopback'],
    ['mapped.test', 'target refused: ::ffff:127.0.0.1 is ipv4Mapped'],
    ['mixed.test', 'target refused: 10.0.0.1 is private'],
    ['good.test', 'target refused: 127.0.0.1 is loopback', []],
    ['127.0.0.1', 'target refused: 127.0.0.1 is loopback', []],
    ['2130706433', 'target refused: 127.0.0.1 is loopback', []],
    ['0x7f.1', 'target refused: 127.0.0.1 is loopback', []],
    ['127.0.0.2', 'target refused: 127.0.0.2 is loopback'],
    ['[::1]', 'target refused: ::1 is loopback'],
    ['[::ffff:127.0.0.1]', 'target refused: ::ffff:7f00:1 is ipv4Mapped'],
    ['unknown.test', 'host name not resolved: ENOTFOUND'],
    ['empty.test', 'host name not resolved: ENODATA'],
    ['localhost', 'host name not resolved: ENOTFOUND'],
  ])('to %s is not sent: %s', async (host, error, allowed: string[] = LOOPBACK) => {
    const before = receiver.connections;
    const reply = await client(allowed).post(`http://${host}:${receiver.port}/`, message);
    expect(reply).toMatchObject({ status: null, error });
    expect(receiver.requests).toHaveLength(0);
    expect(receiver.connections).toBe(before);
  });

  it('connects to the very address that was checked, also when the next answer differs', async () => {
    const url = `http://rebinding.test:${receiver.port}/`;
    // One question per connection: the checked answer is the one that is used, so 127.0.0.2 is never reached.
    receiver.behave(answer(200, { connection: 'close' }));
    expect(await client().post(url, message)).toMatchObject({ status: 200 });
    expect(dns.asked('rebinding.test')).toBe(1);
    expect(await client().post(url, message)).toMatchObject({
      status: null,
      error: 'target refused: 127.0.0.2 is loopback',
    });
    expect(await client().post(url, message)).toMatchObject({ status: 200 });
    expect(dns.asked('rebinding.test')).toBe(3);
  });

  it('does not follow a redirect', async () => {
    const other = await startReceiver();
    receiver.behave(answer(302, { location: `${other.url}/elsewhere` }));
    const reply = await client().post(`${receiver.url}/`, message);
    expect(reply).toMatchObject({ status: 302, error: 'HTTP 302, redirects are not followed' });
    expect(other.requests).toHaveLength(0);
    await other.close();
  });

  it('ends with the time-out when no headers come', async () => {
    receiver.behave(hang);
    const reply = await client(LOOPBACK, 300).post(`${receiver.url}/`, message);
    expect(reply).toMatchObject({ status: null, error: 'no reply within 300 ms' });
    expect(reply.durationMs).toBeGreaterThanOrEqual(290);
    expect(reply.durationMs).toBeLessThan(1_500);
  });

  it('counts the status when the body trickles on past the time-out', async () => {
    receiver.behave((reply) => {
      reply.writeHead(200).write('x');
    });
    const reply = await client(LOOPBACK, 300).post(`${receiver.url}/`, message);
    expect(reply).toMatchObject({ status: 200, error: '' });
    expect(reply.durationMs).toBeLessThan(1_500);
  });

  it('reads a bounded part of an endless body, then hangs up', async () => {
    let written = 0;
    let hungUp: () => void = () => undefined;
    const closed = new Promise<void>((resolve) => (hungUp = resolve));
    receiver.behave((reply) => {
      reply.writeHead(200);
      const more = (): void => {
        while (!reply.destroyed && reply.write(Buffer.alloc(16_384))) written += 16_384;
        if (!reply.destroyed) reply.once('drain', more);
      };
      reply.on('close', hungUp);
      more();
    });
    const reply = await client(LOOPBACK, 10_000).post(`${receiver.url}/`, message);
    expect(reply).toMatchObject({ status: 200 });
    expect(reply.durationMs).toBeLessThan(5_000);
    await closed;
    // What was written fits into the buffers on the way (the sockets', not ours); an unbounded reader takes gigabytes.
    expect(written).toBeLessThan(64 * 1024 * 1024);
  });

  it('hands on Retry-After and sends credentials of the URL as Basic authorization', async () => {
    receiver.behave(answer(503, { 'retry-after': '7' }));
    const reply = await client().post(`http://me:p%40ss@127.0.0.1:${receiver.port}/`, message);
    expect(reply).toMatchObject({ status: 503, error: 'HTTP 503', retryAfter: '7' });
    expect(receiver.requests[0]?.headers.authorization).toBe(
      `Basic ${Buffer.from('me:p@ss').toString('base64')}`,
    );
  });

  it.each(['ftp://good.test/', 'nonsense', 'file:///etc/passwd'])('refuses the URL %s', async (url) => {
    expect(await client().post(url, message)).toMatchObject({ status: null, error: 'no http or https URL' });
  });

  it('names a refused connection', async () => {
    const gone = await startReceiver();
    await gone.close();
    const reply = await client().post(`http://127.0.0.1:${gone.port}/`, message);
    expect(reply).toMatchObject({ status: null, error: `connect ECONNREFUSED 127.0.0.1:${gone.port}` });
  });
});

describe('a request over TLS', () => {
  const pem = (name: string): string =>
    readFileSync(new URL(`testdata/${name}.pem`, import.meta.url), 'utf8');
  const authorities = tls.getCACertificates('default');
  let secure: Receiver;

  beforeAll(async () => {
    secure = await startReceiver({ key: pem('secure.test.key'), cert: pem('secure.test.cert') });
  });
  afterEach(() => tls.setDefaultCACertificates(authorities));
  afterAll(() => secure.close());

  it('is refused when the certificate has no known issuer', async () => {
    const reply = await client().post(`https://secure.test:${secure.port}/`, message);
    expect(reply.status).toBeNull();
    expect(reply.error).toMatch(/unable to verify/);
    expect(secure.requests).toHaveLength(0);
  });

  it('is sent when the certificate is issued for the host name', async () => {
    tls.setDefaultCACertificates([...authorities, pem('authority')]);
    const reply = await client().post(`https://secure.test:${secure.port}/`, message);
    expect(reply).toMatchObject({ status: 200, error: '' });
  });

  it('is refused when the certificate is for another name', async () => {
    tls.setDefaultCACertificates([...authorities, pem('authority')]);
    secure.requests.length = 0;
    const reply = await client().post(`https://other.test:${secure.port}/`, message);
    expect(reply.status).toBeNull();
    expect(reply.error).toMatch(/other\.test/);
    expect(secure.requests).toHaveLength(0);
  });
});
