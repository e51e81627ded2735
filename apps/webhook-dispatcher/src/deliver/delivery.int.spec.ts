import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { eventually } from '#platform/testing/eventually';
import { addDomain, addWebhook, LEGACY, mailEvent, secrets } from '../testing/fixture.js';
import { answer, startReceiver } from '../testing/receiver.js';
import { DeliverySuite, DOMAIN_KEY, header, verify } from '../testing/delivery-suite.js';

const suite = new DeliverySuite();

describe('a delivery', () => {
  it('posts the event document, signed with the key of its domain', async () => {
    await suite.start();
    const event = mailEvent({ userId: 1, domainId: 10 });
    await suite.plan(event);
    await suite.untilStored(
      ([row]) => row?.state === 'delivered' && row.attempts === 1 && row.last_status === 200,
    );
    const [request] = suite.receiver.requests;
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
    await suite.database.execute('UPDATE oempro_eg_domains SET SigningKeyCipher = NULL');
    await suite.start();
    await suite.plan(mailEvent({ userId: 1, domainId: 10 }));
    const request = await eventually(() => suite.receiver.requests[0] ?? false);
    const hex = createHash('md5')
      .update(LEGACY.legacyKeySalt + LEGACY.legacyKeyLicense)
      .digest('hex')
      .toUpperCase();
    const groups = [0, 4, 8, 12, 16, 20, 24, 28].map((at) => hex.slice(at, at + 4));
    verify(request, groups.join('-'));
    expect(suite.receiver.requests).toHaveLength(1);
  });

  it('is signed with the key of the moment: after a rotation a retry carries the new one, and no other domain’s does', async () => {
    const [rotated, other] = ['AB'.repeat(32), 'CD'.repeat(32)];
    await addDomain(suite.database, { id: 11, userId: 1, signingKey: other });
    const url = `${suite.receiver.url}/hook/other`;
    await addWebhook(suite.database, { id: 2, userId: 1, domainId: 11, url });
    suite.receiver.behave(answer(500));
    await suite.start({ schedule: [0, 3_600, 3_600] });
    const [event, ofOther] = [mailEvent({ userId: 1, domainId: 10 }), mailEvent({ userId: 1, domainId: 11 })];
    await suite.plan(event, ofOther);
    await suite.untilStored((rows) => rows.length === 2 && rows.every((row) => row.attempts === 1));

    await suite.database.execute('UPDATE oempro_eg_domains SET SigningKeyCipher = ? WHERE DomainID = 10', [
      secrets.seal(rotated),
    ]);
    suite.receiver.behave(answer(200));
    await suite.database.execute('UPDATE webhook_deliveries SET next_attempt_at = NOW(6)');
    await suite.untilStored((rows) => rows.every(({ state }) => state === 'delivered'));

    const requestsOf = (id: string) =>
      suite.receiver.requests.filter((request) => header(request, 'webhook-id') === id);
    const [before, after, ...more] = requestsOf(event.id);
    if (!before || !after) throw new Error('not sent twice');
    expect(more).toEqual([]);
    verify(before, DOMAIN_KEY);
    verify(after, rotated);
    const unrotated = requestsOf(ofOther.id);
    expect(unrotated).toHaveLength(2);
    for (const request of unrotated) verify(request, other);
  });

  it('is tried again until it succeeds, with one id and a fresh signature each time', async () => {
    suite.receiver.behave((reply) =>
      answer(suite.receiver.requests.length < 3 ? 500 : 204)(reply, suite.receiver.requests[0]!),
    );
    await suite.start();
    const event = mailEvent({ userId: 1, domainId: 10 });
    await suite.plan(event);
    await suite.untilStored(([row]) => row?.state === 'delivered' && row.attempts === 3);
    expect(suite.receiver.requests.map((request) => header(request, 'webhook-id'))).toEqual([
      event.id,
      event.id,
      event.id,
    ]);
    for (const request of suite.receiver.requests) verify(request, DOMAIN_KEY);
    const tokens = suite.receiver.requests.map(
      ({ body }) => (JSON.parse(body) as { signature: { token: string } }).signature.token,
    );
    expect(new Set(tokens).size).toBe(3);
    expect(await suite.attempts()).toMatchObject([
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
      { attempt: 3, status: 204, outcome: 'delivered', error: '', host: `127.0.0.1:${suite.receiver.port}` },
    ]);
  });

  it('waits for the schedule, or for as long as the receiver asks', async () => {
    await suite.webhook(2, `/hook/two`);
    suite.receiver.behave((reply, request) =>
      answer(503, request.path === '/hook/two' ? { 'retry-after': '120' } : {})(reply, request),
    );
    await suite.start({ schedule: [0, 40, 60] });
    await suite.plan(mailEvent({ userId: 1, domainId: 10 }));
    const rows = await suite.untilStored((all) => all.length === 2 && all.every((row) => row.attempts === 1));
    const due = new Map(rows.map((row) => [row.webhook_id, row.due_in_ms]));
    expect(due.get(1)).toBeGreaterThanOrEqual(36_000);
    expect(due.get(1)).toBeLessThanOrEqual(44_000);
    expect(due.get(2)).toBe(120_000);
    expect(rows.every(({ state }) => state === 'pending')).toBe(true);
  });

  it('fails when the schedule is used up, and is kept', async () => {
    suite.receiver.behave(answer(500));
    await suite.start({ schedule: [0, 0] });
    await suite.plan(mailEvent({ userId: 1, domainId: 10 }));
    const [row] = await suite.untilStored(([first]) => first?.state === 'failed');
    expect(row).toMatchObject({ attempts: 2, last_status: 500, last_error: 'HTTP 500' });
    expect(suite.receiver.requests).toHaveLength(2);
  });

  it('does not follow a redirect: it is a failure', async () => {
    const elsewhere = await startReceiver();
    suite.receiver.behave(answer(307, { location: `${elsewhere.url}/` }));
    await suite.start({ schedule: [0] });
    await suite.plan(mailEvent({ userId: 1, domainId: 10 }));
    const [row] = await suite.untilStored(([first]) => first?.state === 'failed');
    expect(row).toMatchObject({ last_status: 307, last_error: 'HTTP 307, redirects are not followed' });
    expect(elsewhere.requests).toHaveLength(0);
    await elsewhere.close();
  });

  it('to a refused target makes no connection', async () => {
    const before = suite.receiver.connections;
    await suite.start({ schedule: [0], allowedCidrs: [] });
    await suite.plan(mailEvent({ userId: 1, domainId: 10 }));
    const [row] = await suite.untilStored(([first]) => first?.state === 'failed');
    expect(row).toMatchObject({ last_status: null, last_error: 'target refused: 127.0.0.1 is loopback' });
    expect(suite.receiver.connections).toBe(before);
  });

  it.each([
    ['webhook', "UPDATE oempro_eg_webhooks SET Status = 'Deleted'", 'the webhook was deleted'],
    ['webhook row', 'DELETE FROM oempro_eg_webhooks', 'the webhook was deleted'],
    ['webhook switch', "UPDATE oempro_eg_webhooks SET Status = 'Disabled'", 'the webhook is disabled'],
    ['domain', "UPDATE oempro_eg_domains SET Status = 'Deleted'", 'the domain was deleted'],
    ['domain switch', "UPDATE oempro_eg_domains SET Status = 'Disabled'", 'the domain is disabled'],
    ['owner', 'UPDATE oempro_eg_webhooks SET UserID = 12', 'the webhook was deleted'],
  ])('is dropped unsent when its %s changed after planning', async (_what, change, reason) => {
    await suite.plan(mailEvent({ userId: 1, domainId: 10 }));
    await suite.database.execute(change);
    await suite.start();
    const [row] = await suite.untilStored(([first]) => first?.state === 'dropped');
    expect(row).toMatchObject({ attempts: 0, last_error: reason });
    expect(suite.receiver.requests).toHaveLength(0);
    expect(await suite.attempts()).toHaveLength(0);
  });

  it('whose key cannot be opened waits, without using up an attempt', async () => {
    await suite.database.execute("UPDATE oempro_eg_domains SET SigningKeyCipher = X'00'");
    await suite.start({ schedule: [0] });
    await suite.plan(mailEvent({ userId: 1, domainId: 10 }));
    const [row] = await suite.untilStored(([first]) => first?.last_error !== null);
    expect(row).toMatchObject({ state: 'pending', attempts: 0, due_in_ms: 60_000 });
    expect(suite.receiver.requests).toHaveLength(0);
  });
});
