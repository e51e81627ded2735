import { describe, expect, it } from '@jest/globals';
import { eventually } from '#platform/testing/eventually';
import { addDomain, addWebhook, mailEvent } from '../testing/fixture.js';
import { answer, hang, startReceiver } from '../testing/receiver.js';
import { DeliverySuite } from '../testing/delivery-suite.js';

const suite = new DeliverySuite();

describe('a webhook', () => {
  it('is switched off by 410 and its pending deliveries are dropped', async () => {
    await suite.webhook(2, `/hook/two`);
    await suite.plan(...suite.events(5));
    await suite.database.execute(
      'UPDATE webhook_deliveries SET next_attempt_at = NOW(6) + INTERVAL 1 HOUR WHERE webhook_id = 1 ORDER BY id DESC LIMIT 4',
    );
    suite.receiver.behave((reply, request) =>
      answer(request.path === '/hook/one' ? 410 : 200)(reply, request),
    );
    await suite.start();
    const rows = await suite.untilStored((all) => all.every(({ state }) => state !== 'pending'));
    expect(rows.filter((row) => row.webhook_id === 1).map(({ state }) => state)).toEqual(
      Array<string>(5).fill('dropped'),
    );
    expect(rows.filter((row) => row.webhook_id === 2).map(({ state }) => state)).toEqual(
      Array<string>(5).fill('delivered'),
    );
    expect(await suite.webhookRow(1)).toMatchObject({
      Status: 'Disabled',
      DisabledReason: 'The endpoint answered 410 Gone.',
    });
    expect((await suite.webhookRow(2)).Status).toBe('Enabled');
    expect(suite.receiver.requests.filter(({ path }) => path === '/hook/one')).toHaveLength(1);
  });

  it('is switched off after five days without a success, not before', async () => {
    await suite.webhook(2, `/hook/two`);
    await suite.database.execute(
      `UPDATE oempro_eg_webhooks SET FailingSince = NOW(6) - INTERVAL IF(WebhookID = 1, 121, 119) HOUR`,
    );
    suite.receiver.behave(answer(500));
    await suite.start({ schedule: [0, 3_600] });
    await suite.plan(mailEvent({ userId: 1, domainId: 10 }));
    await suite.untilStored((rows) => rows.every(({ attempts: made }) => made === 1));
    const off = await suite.webhookRow(1);
    expect(off.Status).toBe('Disabled');
    expect(off.DisabledReason).toBe(`No delivery has succeeded since ${off.FailingSince?.toISOString()}.`);
    expect((await suite.webhookRow(2)).Status).toBe('Enabled');
  });

  it('counts as failing from its first failure until its next success', async () => {
    suite.receiver.behave((reply, request) =>
      answer(suite.receiver.requests.length === 1 ? 500 : 200)(reply, request),
    );
    await suite.start({ schedule: [0, 3_600] });
    await suite.plan(mailEvent({ userId: 1, domainId: 10 }));
    await eventually(async () => (await suite.webhookRow(1)).FailingSince !== null);
    await suite.plan(mailEvent({ userId: 1, domainId: 10 }));
    await eventually(async () => (await suite.webhookRow(1)).FailingSince === null);
    expect((await suite.attempts()).map(({ outcome }) => outcome)).toEqual(['retry', 'delivered']);
  });
});

describe('endpoints', () => {
  it('that hang do not delay the others', async () => {
    const silent = await startReceiver();
    silent.behave(hang);
    for (let id = 100; id < 140; id++) {
      await addWebhook(suite.database, { id, userId: 1, domainId: 10, url: `${silent.url}/${id}` });
    }
    // 40 hanging endpoints with 20 events each, for 8 slots that each takes 5 s to give back.
    await suite.plan(...suite.events(20));
    const delivery = await suite.start({ timeoutMs: 5_000, concurrency: 8 });
    await eventually(() => suite.receiver.requests.length === 20, { timeoutMs: 4_000 });
    await suite.untilStored((rows) => rows.filter(({ state }) => state === 'delivered').length === 20);
    expect(silent.requests.length).toBeLessThanOrEqual(8);
    await silent.close();
    await suite.stop(delivery);
  }, 30_000);

  it('with few rows are not starved by one with many, of the same shard', async () => {
    await suite.webhook(17, `/hook/few`, 'opened');
    const payload = '{"id":"x","event":"delivered"}';
    for (let chunk = 0; chunk < 20; chunk++) {
      await suite.database.execute(
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
    await suite.plan(mailEvent({ userId: 1, domainId: 10, event: 'opened' }));
    // Slow enough that the many would take minutes.
    suite.receiver.behave((reply, request) => {
      setTimeout(() => void answer(200)(reply, request), request.path === '/hook/few' ? 0 : 50);
    });
    await suite.start();
    await eventually(() => suite.receiver.requests.some(({ path }) => path === '/hook/few'), {
      timeoutMs: 5_000,
    });
    expect(suite.receiver.requests.length).toBeLessThan(1_000);
  });

  it('receive only events of their own domain and user', async () => {
    await addDomain(suite.database, { id: 20, userId: 12 });
    await addWebhook(suite.database, {
      id: 2,
      userId: 12,
      domainId: 20,
      url: `${suite.receiver.url}/hook/other`,
    });
    await suite.start();
    await suite.plan(mailEvent({ userId: 1, domainId: 10 }), mailEvent({ userId: 12, domainId: 20 }));
    await suite.untilStored((rows) => rows.length === 2 && rows.every(({ state }) => state === 'delivered'));
    const received = suite.receiver.requests.map(({ path, body }) => [
      path,
      (JSON.parse(body) as { 'event-data': { 'user-id': number } })['event-data']['user-id'],
    ]);
    expect(received).toHaveLength(2);
    expect(received).toEqual(
      expect.arrayContaining([
        ['/hook/one', 1],
        ['/hook/other', 12],
      ]),
    );
  });
});
