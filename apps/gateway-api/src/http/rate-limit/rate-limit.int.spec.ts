import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  startTestGateway,
  type TestDomain,
  type TestGateway,
  type TestReply,
} from '../testing/test-gateway.js';

const LIMIT = 10;

let gateway: TestGateway;
let second: Pick<TestGateway, 'request'>;

beforeAll(async () => {
  gateway = await startTestGateway({
    EG_RATE_LIMIT_PER_MINUTE: `${LIMIT}`,
    EG_TRUSTED_PROXIES: '127.0.0.0/8,::1/128',
  });
  second = await gateway.second();
});
afterAll(() => gateway.close());

const newDomain = async (): Promise<TestDomain> => gateway.createDomain(await gateway.createUser());
const events = (bearer: string, from: Pick<TestGateway, 'request'> = gateway) =>
  from.request('GET', '/api/v1/events', { bearer });
/** With a key that nobody has, from an address that a proxy tells. */
const guess = (client: string, from: Pick<TestGateway, 'request'> = gateway) =>
  from.request('GET', '/api/v1/events', { bearer: 'WRONG-KEY', headers: { 'x-forwarded-for': client } });
const times = async (count: number, send: (at: number) => Promise<TestReply>): Promise<number[]> => {
  const statuses: number[] = [];
  for (let at = 0; at < count; at += 1) statuses.push((await send(at)).status);
  return statuses;
};
const repeated = (status: number, count: number): number[] => Array.from({ length: count }, () => status);

describe('a key', () => {
  it('may call a route so many times a minute, and is told how often and until when', async () => {
    const { senderKey } = await newDomain();
    const replies: TestReply[] = [];
    for (let at = 0; at <= LIMIT; at += 1) replies.push(await events(senderKey));
    expect(replies.map(({ status }) => status)).toEqual([...repeated(200, LIMIT), 429]);
    expect(replies.map(({ headers }) => headers.get('x-ratelimit-remaining'))).toEqual([
      '9',
      '8',
      '7',
      '6',
      '5',
      '4',
      '3',
      '2',
      '1',
      '0',
      '0',
    ]);
    const now = Date.now() / 1000;
    for (const { headers } of replies) {
      expect(headers.get('x-ratelimit-limit')).toBe('10');
      expect(Number(headers.get('x-ratelimit-reset'))).toBeGreaterThan(now + 50);
      expect(Number(headers.get('x-ratelimit-reset'))).toBeLessThan(now + 62);
    }
    expect(replies[0]?.headers.get('retry-after')).toBeNull();
    const refused = replies.at(-1);
    const wait = refused?.headers.get('retry-after');
    expect(Number(wait)).toBeGreaterThan(50);
    const message = `Too many requests. Try again in ${wait} seconds; 10 requests are allowed per 60 seconds.`;
    expect(refused?.json).toEqual({ Errors: [{ Code: 429, Message: message }] });
  });
  it('is counted per route, apart from other keys, and not on /api.php', async () => {
    const [one, other] = [await newDomain(), await newDomain()];
    expect(await times(LIMIT + 1, () => events(one.senderKey))).toEqual([...repeated(200, LIMIT), 429]);
    const elsewhere = await gateway.request('POST', '/api/v1/email', { bearer: one.senderKey, json: {} });
    expect(elsewhere.status).toBe(422);
    expect((await events(other.senderKey)).status).toBe(200);
    const legacy = await gateway.command('emailgateway.getevents.public', { SenderAPIKey: one.senderKey });
    expect([legacy.status, legacy.headers.get('x-ratelimit-limit')]).toEqual([200, null]);
  });
  it('is one, however it is written and wherever it stands', async () => {
    const { senderKey } = await newDomain();
    const paths = ['/api/v1/events', '/API/v1/Events/', `/api/v1/events?SenderAPIKey=${senderKey}`];
    const statuses = await times(LIMIT + 1, (at) => {
      const path = paths[at % 3] ?? '';
      return gateway.request('GET', path, path.includes('?') ? {} : { bearer: senderKey });
    });
    expect(statuses).toEqual([...repeated(200, LIMIT), 429]);
  });
  it('is counted also while its domain may not send', async () => {
    const { senderKey, domainId } = await newDomain();
    await gateway.operator('PUT', `/domains/${domainId}/status`, { status: 'Disabled' });
    const send = () => gateway.request('POST', '/api/v1/email', { bearer: senderKey, json: {} });
    expect(await times(LIMIT + 1, send)).toEqual([...repeated(403, LIMIT), 429]);
  });
  it('is answered in XML when XML is asked for', async () => {
    const { senderKey } = await newDomain();
    await times(LIMIT, () => events(senderKey));
    const refused = await gateway.request('GET', '/api/v1/events?ResponseFormat=XML', { bearer: senderKey });
    expect([refused.status, refused.contentType]).toEqual([429, 'text/xml; charset=utf-8']);
    expect(refused.text).toContain('<Code><![CDATA[429]]></Code>');
  });
});

describe('two gateways', () => {
  it('let exactly the limit through when both are called at once', async () => {
    const { senderKey } = await newDomain();
    const replies = await Promise.all(
      Array.from({ length: 40 }, (_, at) => events(senderKey, at % 2 === 0 ? gateway : second)),
    );
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(LIMIT);
    expect(replies.filter(({ status }) => status === 429)).toHaveLength(30);
  });
  it('let exactly the limit through when they are called in turns', async () => {
    const { senderKey } = await newDomain();
    const statuses = await times(LIMIT + 6, (at) => events(senderKey, at % 2 === 0 ? gateway : second));
    expect(statuses.filter((status) => status === 200)).toHaveLength(LIMIT);
  });
});

describe('requests without a valid key', () => {
  it('are counted per address, whatever key they try, before they are told that it is wrong', async () => {
    const tryKey = (at: number) =>
      gateway.request('GET', '/api/v1/events', {
        bearer: `WRONG-${at}`,
        headers: { 'x-forwarded-for': '203.0.113.1' },
      });
    expect(await times(LIMIT + 2, tryKey)).toEqual([...repeated(401, LIMIT), 429, 429]);
  });
  it('are counted over both gateways', async () => {
    const statuses = await times(LIMIT + 6, (at) => guess('203.0.113.2', at % 2 === 0 ? gateway : second));
    expect(statuses.filter((status) => status === 401)).toHaveLength(LIMIT);
  });
  it('never stand in the way of a valid key from the same address', async () => {
    const { senderKey } = await newDomain();
    expect(await times(LIMIT + 1, () => guess('203.0.113.3'))).toContain(429);
    const headers = { 'x-forwarded-for': '203.0.113.3' };
    const reply = await gateway.request('GET', '/api/v1/events', { bearer: senderKey, headers });
    expect([reply.status, reply.headers.get('x-ratelimit-remaining')]).toEqual([200, '9']);
  });
  it('are counted together when they come from one IPv6 line', async () => {
    const statuses = await times(LIMIT + 1, (at) => guess(`2001:db8:1:2::${at + 1}`));
    expect(statuses).toEqual([...repeated(401, LIMIT), 429]);
    expect((await guess('2001:db8:1:3::1')).status).toBe(401);
  });
  it('leave neither a key nor an address in the table or the log', async () => {
    await guess('203.0.113.4');
    const rows = await gateway.database.query<{ bucket: string }>('SELECT bucket FROM eg_request_windows');
    const kept = JSON.stringify([rows, gateway.logged()]);
    expect(kept).toMatch(/GET \/api\/v1\/events address \d+/);
    for (const secret of ['203.0.113', '2001:db8', 'WRONG']) expect(kept).not.toContain(secret);
  });
});

describe('the address behind a proxy', () => {
  it('is believed of a trusted proxy only', async () => {
    const far = await startTestGateway({ EG_RATE_LIMIT_PER_MINUTE: '3' });
    try {
      const statuses = await times(4, (at) => guess(`203.0.113.${at}`, far));
      expect(statuses).toEqual([401, 401, 401, 429]);
    } finally {
      await far.close();
    }
  });
  it('is the last one that no trusted proxy added', async () => {
    const statuses = await times(LIMIT + 1, (at) => guess(`10.9.8.${at}, 203.0.113.9`));
    expect(statuses).toEqual([...repeated(401, LIMIT), 429]);
  });
});

describe('without a limit', () => {
  it('any number passes, and nothing is said of one', async () => {
    const free = await startTestGateway({ EG_RATE_LIMIT_PER_MINUTE: '0' });
    try {
      const { senderKey } = await free.createDomain(await free.createUser());
      const replies = await Promise.all(Array.from({ length: 150 }, () => events(senderKey, free)));
      expect(replies.filter(({ status }) => status === 200)).toHaveLength(150);
      expect([...(replies[0]?.headers.keys() ?? [])].join()).not.toContain('ratelimit');
    } finally {
      await free.close();
    }
  });
});
