import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { MysqlDatabase } from '#platform/database/database';
import { eventually } from '#platform/testing/eventually';
import { startTcpProxy } from '#platform/testing/tcp-proxy';
import { HEADER_LINE } from '../map/testing.spec.js';
import { Checkpoints } from '../tail/checkpoints.js';
import { delivery, EnginesBench, record } from '../unfiled/testing.spec.js';
import { MOST_RECORDS } from './body.js';
import { AccountingReceiver, MOST_BYTES, MOST_REQUESTS } from './receiver.js';

const SECRET = 'secret-of-a-sender';
const bench = new EnginesBench();
let receiver: AccountingReceiver;
beforeAll(() => bench.begin());
afterAll(() => bench.end());
beforeEach(async () => {
  await bench.beginTest();
  receiver = await start();
});
afterEach(async () => {
  await receiver.stop();
  await bench.endTest();
});

async function start(checkpoints?: Checkpoints): Promise<AccountingReceiver> {
  const started = new AccountingReceiver({
    ...{ host: '127.0.0.1', port: 0, user: 'powermta', secret: SECRET },
    batches: bench.batches,
    newPublisher: () => bench.newPublisher(checkpoints),
    log: bench.log,
  });
  await started.start();
  return started;
}

async function post(
  body: string | Buffer,
  { authorization = `Bearer ${SECRET}`, path = '/accounting', method = 'POST', to = receiver } = {},
): Promise<{ status: number; answer: unknown; retryAfter: string | null }> {
  const init = { method, headers: { authorization }, ...(method === 'POST' && { body }) };
  const response = await fetch(`http://127.0.0.1:${to.port}${path}`, init);
  return {
    status: response.status,
    answer: await response.json(),
    retryAfter: response.headers.get('retry-after'),
  };
}
const array = (from: number, to: number): string =>
  JSON.stringify(Array.from({ length: to - from }, (_, no) => record(from + no)));
const HEAD = `POST /accounting HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${SECRET}\r\ncontent-length: 9\r\n\r\n`;
const refused = (status: number, text: string): object => ({
  status,
  answer: { error: expect.stringContaining(text) },
});

describe('posted accounting rows', () => {
  it('are answered with 200 when Kafka has them, whatever their form', async () => {
    const counts = { rows: 2, events: 4, bad: 0, skipped: 0 };
    const lines = `${JSON.stringify(record(2))}\n${JSON.stringify(record(3))}\n`;
    const csv = HEADER_LINE + delivery(4) + delivery(5);
    for (const body of [array(0, 2), lines, csv, gzipSync(csv)])
      expect(await post(body)).toMatchObject({ status: 200, answer: counts });
    expect(await bench.total()).toBe(16);
    const ids = (await bench.published(16)).map(({ id }) => id);
    expect(new Set(ids).size).toBe(12);
  });

  it('more than a batch takes', async () => {
    expect(await post(array(0, 3_000))).toMatchObject({
      status: 200,
      answer: { rows: 3_000, events: 6_000 },
    });
    expect(await bench.total()).toBe(6_000);
  });

  it('bad ones are in quarantine when 200 is answered, once however often they are posted', async () => {
    const body = JSON.stringify([record(0), 'nonsense', { ...record(1), timeLogged: 'soon' }]);
    expect(await post(body)).toMatchObject({ status: 200, answer: { rows: 2, bad: 2 } });
    await post(body);
    const common = { path: 'http', offset: 0, format: 'jsonl', header: null };
    expect(await bench.quarantined()).toEqual([
      { ...common, reason: 'bad-json' },
      { ...common, reason: 'bad-time' },
    ]);
  });

  it('are refused for good when nothing in them can be read; then nothing is kept', async () => {
    expect(await post('hello')).toMatchObject(refused(400, 'header line'));
    expect(await post(gzipSync(array(0, 9)).subarray(0, 40))).toMatchObject(refused(400, 'decompressed'));
    expect(await bench.quarantined()).toEqual([]);
  });

  it('are for those who know the secret, at one place', async () => {
    expect(await post(array(0, 1), { authorization: 'Bearer wrong' })).toMatchObject(
      refused(401, 'credentials'),
    );
    const basic = Buffer.from(`powermta:${SECRET}`).toString('base64');
    expect(await post(array(0, 1), { authorization: `Basic ${basic}` })).toMatchObject({ status: 200 });
    expect(await post(array(0, 1), { path: '/' })).toMatchObject(refused(404, '/accounting'));
    expect(await post('', { method: 'GET' })).toMatchObject(refused(405, '/accounting'));
    expect(await bench.total()).toBe(2);
  });

  it('are answered with 503 while Kafka is away, and taken when they are posted again', async () => {
    expect(await post(array(0, 1))).toMatchObject({ status: 200 });
    bench.network.cut();
    expect(await post(array(1, 2))).toMatchObject({ ...refused(503, 'again'), retryAfter: '5' });
    bench.network.restore();
    await eventually(async () => expect(await post(array(1, 2))).toMatchObject({ status: 200 }));
    const ids = (await bench.published(4)).map(({ id }) => id);
    expect(new Set(ids).size).toBe(4);
  });

  it('are answered with 503 while MySQL is away and a row must be set aside', async () => {
    const proxy = await startTcpProxy(bench.database.options);
    const options = { ...bench.database.options, host: '127.0.0.1', port: proxy.port };
    const database = new MysqlDatabase(options);
    const other = await start(new Checkpoints(database));
    await database.ping();
    proxy.intercept(() => 'cut');
    proxy.cutAll();
    expect(await post(array(0, 1), { to: other })).toMatchObject({ status: 200 });
    const bad = JSON.stringify([record(1), 'nonsense']);
    expect(await post(bad, { to: other })).toMatchObject(refused(503, 'again'));
    expect(await bench.quarantined()).toEqual([]);
    proxy.intercept(() => 'forward');
    expect(await post(bad, { to: other })).toMatchObject({ status: 200, answer: { bad: 1 } });
    expect(await bench.quarantined()).toHaveLength(1);
    await other.stop();
    await database.close();
    await proxy.close();
  });

  it('are bounded, also when they are compressed', async () => {
    const large = Buffer.alloc(MOST_BYTES + 1, '\n');
    expect(await post(large)).toMatchObject(refused(413, 'at most'));
    expect(await post(gzipSync(large))).toMatchObject(refused(413, 'at most'));
    expect(await post(`[{}${',{}'.repeat(MOST_RECORDS)}]`)).toMatchObject(refused(413, 'records'));
  });

  it('are asked to come again when too many are worked on', async () => {
    const slow = Array.from({ length: MOST_REQUESTS }, () => {
      const socket = connect(receiver.port, '127.0.0.1');
      socket.write(`${HEAD}type`);
      return socket;
    });
    await eventually(async () => {
      expect(await post(array(0, 1))).toMatchObject({ ...refused(503, 'too many'), retryAfter: '1' });
    });
    for (const socket of slow) socket.destroy();
    await eventually(async () => expect(await post(array(0, 1))).toMatchObject({ status: 200 }));
  });

  it('that are here are finished when the process stops; nobody is waited for who still sends', async () => {
    const slow = connect(receiver.port, '127.0.0.1');
    slow.write(`${HEAD}type`);
    await once(slow, 'connect');
    const posting = post(array(0, 2_000));
    await eventually(async () => (await bench.total()) > 0);
    await receiver.stop();
    expect(await posting).toMatchObject({ status: 200, answer: { rows: 2_000 } });
  });
});
