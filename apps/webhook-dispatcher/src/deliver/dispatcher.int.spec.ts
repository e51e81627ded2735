import { createHash, createHmac } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decodeWebhookAttempt } from '#contracts/webhooks/webhook-attempt';
import type { MailEvent } from '#contracts/mail-events/mail-event';
import { eventually } from '#platform/testing/eventually';
import type { TestDatabase } from '#platform/testing/test-database';
import {
  addDomain,
  addWebhook,
  createPlanner,
  createWebhookDatabase,
  type DeliverySettings,
  LEGACY,
  mailEvent,
  messages,
  type RunningDelivery,
  startDelivery,
  type StoredDelivery,
  storedDeliveries,
} from '../testing/fixture.js';
import { answer, hang, type ReceivedRequest, type Receiver, startReceiver } from '../testing/receiver.js';

const DOMAIN_KEY = '7F94D1EF4F798E4E1F306F06DC3DF317424D60C91B2C4DC7F11D13A8D1B1C5FC';

let db: TestDatabase;
let receiver: Receiver;
const running: RunningDelivery[] = [];

beforeAll(async () => {
  db = await createWebhookDatabase();
  receiver = await startReceiver();
});
afterAll(async () => {
  await receiver.close();
  await db.drop();
});

beforeEach(async () => {
  for (const table of ['webhook_deliveries', 'oempro_eg_webhooks', 'oempro_eg_domains', 'outbox', 'leases']) {
    await db.database.execute(`DELETE FROM ${table}`);
  }
  receiver.requests.length = 0;
  receiver.behave(answer(200));
  await addDomain(db.database, { id: 10, userId: 1, signingKey: DOMAIN_KEY });
  await addWebhook(db.database, { id: 1, userId: 1, domainId: 10, url: `${receiver.url}/hook/one` });
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => each.stop()));
});

const start = async (overrides: Partial<DeliverySettings> = {}): Promise<RunningDelivery> => {
  const delivery = await startDelivery(db.database, overrides);
  running.push(delivery);
  return delivery;
};

const plan = async (...events: MailEvent[]): Promise<void> => {
  await createPlanner(db.database, () => running.forEach(({ dispatcher }) => dispatcher.wake())).plan(
    messages(...events),
  );
};

const someEvents = (count: number): MailEvent[] =>
  Array.from({ length: count }, () => mailEvent({ userId: 1, domainId: 10 }));

const untilStored = (condition: (rows: StoredDelivery[]) => boolean): Promise<StoredDelivery[]> =>
  eventually(async () => {
    const rows = await storedDeliveries(db.database);
    if (!condition(rows)) throw new Error(JSON.stringify(rows.slice(0, 3)));
    return rows;
  });

const attempts = async (): Promise<ReturnType<typeof decodeWebhookAttempt>[]> => {
  const rows = await db.database.query<{ topic: string; message_key: Buffer; value: Buffer }>(
    'SELECT topic, message_key, value FROM outbox ORDER BY id',
  );
  return rows.map(({ topic, message_key, value }) => {
    const attempt = decodeWebhookAttempt(value);
    expect([topic, message_key.toString()]).toEqual(['eg.webhook-attempts', attempt.eventId]);
    return attempt;
  });
};

const webhook = async (
  id: number,
): Promise<{ Status: string; DisabledReason: string | null; FailingSince: Date }> => {
  const [row] = await db.database.query<{
    Status: string;
    DisabledReason: string | null;
    FailingSince: Date;
  }>('SELECT Status, DisabledReason, FailingSince FROM oempro_eg_webhooks WHERE WebhookID = ?', [id]);
  if (!row) throw new Error(`no webhook ${id}`);
  return row;
};

/** What a receiver does with our documentation in hand: everything from the raw bytes and the displayed key. */
function verify({ headers, body }: ReceivedRequest, key: string): void {
  const mac = (text: string, encoding: 'hex' | 'base64'): string =>
    createHmac('sha256', Buffer.from(key, 'ascii')).update(text, 'utf8').digest(encoding);
  const { signature } = JSON.parse(body) as {
    signature: { timestamp: string; token: string; signature: string };
  };
  expect(signature.token).toMatch(/^[\w-]{50}$/);
  expect(signature.signature).toBe(mac(signature.timestamp + signature.token, 'hex'));
  const timestamp = String(headers['webhook-timestamp']);
  expect(headers['webhook-signature']).toBe(
    `v1,${mac(`${headers['webhook-id']}.${timestamp}.${body}`, 'base64')}`,
  );
  expect(headers['x-octeth-signature']).toBe(`t=${timestamp},v1=${mac(`${timestamp}.${body}`, 'hex')}`);
  expect(Math.abs(Date.now() / 1000 - Number(timestamp))).toBeLessThan(30);
}

describe('a delivery', () => {
  it('posts the event document, signed with the key of its domain', async () => {
    await start();
    const event = mailEvent({ userId: 1, domainId: 10 });
    await plan(event);
    await untilStored(([row]) => row?.state === 'delivered' && row.attempts === 1 && row.last_status === 200);
    const [request] = receiver.requests;
    if (!request) throw new Error('no request');
    verify(request, DOMAIN_KEY);
    expect(request.path).toBe('/hook/one');
    expect(request.headers).toMatchObject({
      'content-type': 'application/json',
      'webhook-id': event.id,
      'x-octeth-delivery': event.id,
      'x-octeth-event': 'delivered',
    });
    expect(JSON.parse(request.body)).toMatchObject({
      'event-data': {
        id: event.id,
        event: 'delivered',
        'user-id': 1,
        'message-id': event.messageId,
        recipient: 'ada@example.org',
        message: { headers: { subject: 'Grüße' } },
      },
    });
  });

  it('is signed with the installation-wide key until its domain rotates', async () => {
    await db.database.execute('UPDATE oempro_eg_domains SET SigningKeyCipher = NULL');
    await start();
    await plan(mailEvent({ userId: 1, domainId: 10 }));
    const request = await eventually(() => receiver.requests[0] ?? false);
    const hex = createHash('md5')
      .update(LEGACY.legacyKeySalt + LEGACY.legacyKeyLicense)
      .digest('hex')
      .toUpperCase();
    const groups = [0, 4, 8, 12, 16, 20, 24, 28].map((at) => hex.slice(at, at + 4));
    verify(request, groups.join('-'));
  });

  it('is tried again until it succeeds, with one id and a fresh signature each time', async () => {
    receiver.behave((reply) =>
      answer(receiver.requests.length < 3 ? 500 : 204)(reply, receiver.requests[0]!),
    );
    await start();
    const event = mailEvent({ userId: 1, domainId: 10 });
    await plan(event);
    await untilStored(([row]) => row?.state === 'delivered' && row.attempts === 3);
    expect(receiver.requests.map(({ headers }) => headers['webhook-id'])).toEqual([
      event.id,
      event.id,
      event.id,
    ]);
    for (const request of receiver.requests) verify(request, DOMAIN_KEY);
    const tokens = receiver.requests.map(
      ({ body }) => (JSON.parse(body) as { signature: { token: string } }).signature.token,
    );
    expect(new Set(tokens).size).toBe(3);
    expect(await attempts()).toMatchObject([
      {
        attempt: 1,
        status: 500,
        outcome: 'retry',
        error: 'HTTP 500',
        eventId: event.id,
        webhookId: 1,
        userId: 1,
      },
      { attempt: 2, status: 500, outcome: 'retry' },
      { attempt: 3, status: 204, outcome: 'delivered', error: '', host: `127.0.0.1:${receiver.port}` },
    ]);
  });

  it('waits for the schedule, or for as long as the receiver asks', async () => {
    await addWebhook(db.database, { id: 2, userId: 1, domainId: 10, url: `${receiver.url}/hook/two` });
    receiver.behave((reply, request) =>
      answer(503, request.path === '/hook/two' ? { 'retry-after': '120' } : {})(reply, request),
    );
    await start({ schedule: [0, 40, 60] });
    await plan(mailEvent({ userId: 1, domainId: 10 }));
    const rows = await untilStored((all) => all.length === 2 && all.every((row) => row.attempts === 1));
    const due = new Map(rows.map((row) => [row.webhook_id, row.due_in_ms]));
    expect(due.get(1)).toBeGreaterThanOrEqual(36_000);
    expect(due.get(1)).toBeLessThanOrEqual(44_000);
    expect(due.get(2)).toBe(120_000);
    expect(rows.every(({ state }) => state === 'pending')).toBe(true);
  });

  it('fails when the schedule is used up, and is kept', async () => {
    receiver.behave(answer(500));
    await start({ schedule: [0, 0] });
    await plan(mailEvent({ userId: 1, domainId: 10 }));
    const [row] = await untilStored(([first]) => first?.state === 'failed');
    expect(row).toMatchObject({ attempts: 2, last_status: 500, last_error: 'HTTP 500' });
    expect(receiver.requests).toHaveLength(2);
  });

  it('does not follow a redirect: it is a failure', async () => {
    const elsewhere = await startReceiver();
    receiver.behave(answer(307, { location: `${elsewhere.url}/` }));
    await start({ schedule: [0] });
    await plan(mailEvent({ userId: 1, domainId: 10 }));
    const [row] = await untilStored(([first]) => first?.state === 'failed');
    expect(row).toMatchObject({ last_status: 307, last_error: 'HTTP 307, redirects are not followed' });
    expect(elsewhere.requests).toHaveLength(0);
    await elsewhere.close();
  });

  it('to a refused target makes no connection', async () => {
    const before = receiver.connections;
    await start({ schedule: [0], allowedCidrs: [] });
    await plan(mailEvent({ userId: 1, domainId: 10 }));
    const [row] = await untilStored(([first]) => first?.state === 'failed');
    expect(row).toMatchObject({ last_status: null, last_error: 'target refused: 127.0.0.1 is loopback' });
    expect(receiver.connections).toBe(before);
  });

  it.each([
    ['webhook', "UPDATE oempro_eg_webhooks SET Status = 'Deleted'", 'the webhook was deleted'],
    ['webhook row', 'DELETE FROM oempro_eg_webhooks', 'the webhook was deleted'],
    ['webhook switch', "UPDATE oempro_eg_webhooks SET Status = 'Disabled'", 'the webhook is disabled'],
    ['domain', "UPDATE oempro_eg_domains SET Status = 'Deleted'", 'the domain was deleted'],
    ['domain switch', "UPDATE oempro_eg_domains SET Status = 'Disabled'", 'the domain is disabled'],
    ['owner', 'UPDATE oempro_eg_webhooks SET UserID = 12', 'the webhook was deleted'],
  ])('is dropped unsent when its %s changed after planning', async (_what, change, reason) => {
    await plan(mailEvent({ userId: 1, domainId: 10 }));
    await db.database.execute(change);
    await start();
    const [row] = await untilStored(([first]) => first?.state === 'dropped');
    expect(row).toMatchObject({ attempts: 0, last_error: reason });
    expect(receiver.requests).toHaveLength(0);
    expect(await attempts()).toHaveLength(0);
  });

  it('whose key cannot be opened waits, without using up an attempt', async () => {
    await db.database.execute("UPDATE oempro_eg_domains SET SigningKeyCipher = X'00'");
    await start({ schedule: [0] });
    await plan(mailEvent({ userId: 1, domainId: 10 }));
    const [row] = await untilStored(([first]) => first?.last_error !== null);
    expect(row).toMatchObject({ state: 'pending', attempts: 0, due_in_ms: 60_000 });
    expect(receiver.requests).toHaveLength(0);
  });
});

describe('a webhook', () => {
  it('is switched off by 410 and its pending deliveries are dropped', async () => {
    await addWebhook(db.database, { id: 2, userId: 1, domainId: 10, url: `${receiver.url}/hook/two` });
    await plan(...someEvents(5));
    await db.database.execute(
      'UPDATE webhook_deliveries SET next_attempt_at = NOW(6) + INTERVAL 1 HOUR WHERE webhook_id = 1 ORDER BY id DESC LIMIT 4',
    );
    receiver.behave((reply, request) => answer(request.path === '/hook/one' ? 410 : 200)(reply, request));
    await start();
    const rows = await untilStored((all) => all.every(({ state }) => state !== 'pending'));
    expect(rows.filter((row) => row.webhook_id === 1).map(({ state }) => state)).toEqual(
      Array(5).fill('dropped'),
    );
    expect(rows.filter((row) => row.webhook_id === 2).map(({ state }) => state)).toEqual(
      Array(5).fill('delivered'),
    );
    expect(await webhook(1)).toMatchObject({
      Status: 'Disabled',
      DisabledReason: 'The endpoint answered 410 Gone.',
    });
    expect((await webhook(2)).Status).toBe('Enabled');
    expect(receiver.requests.filter(({ path }) => path === '/hook/one')).toHaveLength(1);
  });

  it('is switched off after five days without a success, not before', async () => {
    await addWebhook(db.database, { id: 2, userId: 1, domainId: 10, url: `${receiver.url}/hook/two` });
    await db.database.execute(
      `UPDATE oempro_eg_webhooks SET FailingSince = NOW(6) - INTERVAL IF(WebhookID = 1, 121, 119) HOUR`,
    );
    receiver.behave(answer(500));
    await start({ schedule: [0, 3_600] });
    await plan(mailEvent({ userId: 1, domainId: 10 }));
    await untilStored((rows) => rows.every(({ attempts: made }) => made === 1));
    const off = await webhook(1);
    expect(off.Status).toBe('Disabled');
    expect(off.DisabledReason).toBe(`No delivery has succeeded since ${off.FailingSince.toISOString()}.`);
    expect((await webhook(2)).Status).toBe('Enabled');
  });

  it('counts as failing from its first failure until its next success', async () => {
    receiver.behave((reply, request) => answer(receiver.requests.length === 1 ? 500 : 200)(reply, request));
    await start({ schedule: [0, 3_600] });
    await plan(mailEvent({ userId: 1, domainId: 10 }));
    await eventually(async () => (await webhook(1)).FailingSince !== null);
    await plan(mailEvent({ userId: 1, domainId: 10 }));
    await eventually(async () => (await webhook(1)).FailingSince === null);
  });
});

describe('endpoints', () => {
  it('that hang do not delay the others', async () => {
    const silent = await startReceiver();
    silent.behave(hang);
    for (let id = 100; id < 140; id++) {
      await addWebhook(db.database, { id, userId: 1, domainId: 10, url: `${silent.url}/${id}` });
    }
    // 40 hanging endpoints with 20 events each, for 8 slots that each takes 5 s to give back.
    await plan(...someEvents(20));
    const delivery = await start({ timeoutMs: 5_000, concurrency: 8 });
    await eventually(() => receiver.requests.length === 20, { timeoutMs: 4_000 });
    await untilStored((rows) => rows.filter(({ state }) => state === 'delivered').length === 20);
    expect(silent.requests.length).toBeLessThanOrEqual(8);
    await silent.close();
    await delivery.stop();
    running.length = 0;
  }, 30_000);

  it('with few rows are not starved by one with many, of the same shard', async () => {
    await addWebhook(db.database, {
      id: 17,
      userId: 1,
      domainId: 10,
      url: `${receiver.url}/hook/few`,
      event: 'opened',
    });
    const payload = '{"id":"x","event":"delivered"}';
    for (let chunk = 0; chunk < 20; chunk++) {
      await db.database.execute(
        'INSERT INTO webhook_deliveries (webhook_id, event_id, event, user_id, domain_id, shard, next_attempt_at, payload) VALUES ?',
        [
          Array.from({ length: 500 }, (_, i) => [
            1,
            `old-${chunk}-${i}`,
            'delivered',
            1,
            10,
            1,
            new Date(0),
            payload,
          ]),
        ],
      );
    }
    await plan(mailEvent({ userId: 1, domainId: 10, event: 'opened' }));
    // Slow enough that the many would take minutes.
    receiver.behave((reply, request) => {
      setTimeout(() => void answer(200)(reply, request), request.path === '/hook/few' ? 0 : 50);
    });
    await start();
    await eventually(() => receiver.requests.some(({ path }) => path === '/hook/few'), { timeoutMs: 5_000 });
    expect(receiver.requests.length).toBeLessThan(1_000);
  });

  it('receive only events of their own domain and user', async () => {
    await addDomain(db.database, { id: 20, userId: 12 });
    await addWebhook(db.database, { id: 2, userId: 12, domainId: 20, url: `${receiver.url}/hook/other` });
    await start();
    await plan(mailEvent({ userId: 1, domainId: 10 }), mailEvent({ userId: 12, domainId: 20 }));
    await untilStored((rows) => rows.length === 2 && rows.every(({ state }) => state === 'delivered'));
    const received = receiver.requests.map(({ path, body }) => [
      path,
      (JSON.parse(body) as { 'event-data': { 'user-id': number } })['event-data']['user-id'],
    ]);
    expect(received.sort()).toEqual([
      ['/hook/one', 1],
      ['/hook/other', 12],
    ]);
  });
});

describe('processes', () => {
  it('share the shards, and each row is sent once', async () => {
    for (let id = 2; id <= 32; id++) {
      await addWebhook(db.database, { id, userId: 1, domainId: 10, url: `${receiver.url}/hook/${id}` });
    }
    await start();
    await start();
    const owners = await eventually(
      async () => {
        const rows = await db.database.query<{ owner: string; shards: number }>(
          `SELECT owner, COUNT(*) AS shards FROM leases
            WHERE name NOT LIKE 'webhook-delivery/@%' AND owner IS NOT NULL GROUP BY owner`,
        );
        return rows.length === 2 && rows.every(({ shards }) => shards === 8) ? rows : false;
      },
      { timeoutMs: 15_000 },
    );
    expect(owners).toHaveLength(2);
    await plan(...someEvents(20));
    await untilStored((rows) => rows.length === 640 && rows.every(({ state }) => state === 'delivered'));
    expect(receiver.requests).toHaveLength(640);
    const pairs = receiver.requests.map(({ path, headers }) => `${path} ${headers['webhook-id']}`);
    expect(new Set(pairs).size).toBe(640);
  }, 40_000);

  it('that end between the reply and its record leave the delivery to be sent again, with the same id', async () => {
    // From the moment the receiver has the request, the first process can reach nothing but the receiver.
    let cut = false;
    const cable = <T>(through: () => Promise<T>): Promise<T> =>
      cut ? Promise.reject(new Error('the process is gone')) : through();
    const first = await startDelivery({
      query: (sql, params) => cable(() => db.database.query(sql, params)),
      execute: (sql, params) => cable(() => db.database.execute(sql, params)),
      transaction: (work) => cable(() => db.database.transaction(work)),
      ping: () => cable(() => db.database.ping()),
      close: async () => undefined,
    });
    receiver.behave((reply, request) => {
      cut = true;
      return answer(200)(reply, request);
    });
    const event = mailEvent({ userId: 1, domainId: 10 });
    await plan(event);
    await eventually(() => receiver.requests.length === 1);
    await first.stop();
    expect(await storedDeliveries(db.database)).toMatchObject([{ state: 'pending', attempts: 0 }]);

    await start();
    await eventually(() => receiver.requests.length === 2, { timeoutMs: 15_000 });
    await untilStored(([row]) => row?.state === 'delivered');
    expect(receiver.requests.map(({ headers }) => headers['webhook-id'])).toEqual([event.id, event.id]);
  }, 30_000);

  it('that lost a shard record nothing about its rows', async () => {
    receiver.behave(async (reply, request) => {
      // While the request is under way, the shard gets a new owner that keeps it.
      await db.database.execute(
        "UPDATE leases SET owner = 'somebody', token = token + 1, expires_at = NOW(6) + INTERVAL 1 HOUR WHERE name = 'webhook-delivery/1'",
      );
      await answer(200)(reply, request);
    });
    const delivery = await start();
    await plan(mailEvent({ userId: 1, domainId: 10 }));
    await eventually(() => receiver.requests.length === 1);
    await delivery.stop();
    running.length = 0;
    expect(await storedDeliveries(db.database)).toMatchObject([
      { state: 'pending', attempts: 0, last_status: null },
    ]);
    expect(await attempts()).toEqual([]);
  });

  it('record what was under way when they stop', async () => {
    receiver.behave((reply, request) => {
      setTimeout(() => void answer(200)(reply, request), 300);
    });
    const delivery = await start();
    await plan(mailEvent({ userId: 1, domainId: 10 }));
    await eventually(() => receiver.requests.length === 1);
    await delivery.stop();
    running.length = 0;
    expect(await storedDeliveries(db.database)).toMatchObject([{ state: 'delivered', attempts: 1 }]);
    expect(await db.database.query('SELECT name FROM leases WHERE owner IS NOT NULL')).toEqual([]);
  });
});
