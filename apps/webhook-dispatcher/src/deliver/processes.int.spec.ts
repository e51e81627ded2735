import { describe, expect, it } from '@jest/globals';
import { eventually } from '#platform/testing/eventually';
import { mailEvent, startDelivery } from '../testing/fixture.js';
import { answer } from '../testing/receiver.js';
import { DeliverySuite, header } from '../testing/delivery-suite.js';

const suite = new DeliverySuite();

describe('processes', () => {
  it('share the shards, and each row is sent once', async () => {
    for (let id = 2; id <= 32; id++) {
      await suite.webhook(id, `/hook/${id}`);
    }
    await suite.start();
    await suite.start();
    const owners = await eventually(
      async () => {
        const rows = await suite.database.query<{ owner: string; shards: number }>(
          `SELECT owner, COUNT(*) AS shards FROM leases
            WHERE name NOT LIKE 'webhook-delivery/@%' AND owner IS NOT NULL GROUP BY owner`,
        );
        return rows.length === 2 && rows.every(({ shards }) => shards === 8) ? rows : false;
      },
      { timeoutMs: 15_000 },
    );
    expect(owners).toHaveLength(2);
    await suite.plan(...suite.events(20));
    await suite.untilStored(
      (rows) => rows.length === 640 && rows.every(({ state }) => state === 'delivered'),
      30_000,
    );
    const made = await suite.attempts();
    expect(made.filter(({ outcome }) => outcome !== 'delivered')).toEqual([]);
    expect(suite.receiver.requests).toHaveLength(640);
    const pairs = suite.receiver.requests.map(
      (request) => `${request.path} ${header(request, 'webhook-id')}`,
    );
    expect(new Set(pairs).size).toBe(640);
  }, 60_000);

  it('that end between the reply and its record leave the delivery to be sent again, with the same id', async () => {
    // From the moment the receiver has the request, the first process can reach nothing but the suite.receiver.
    let cut = false;
    const cable = <T>(through: () => Promise<T>): Promise<T> =>
      cut ? Promise.reject(new Error('the process is gone')) : through();
    const first = await startDelivery({
      query: (sql, params) => cable(() => suite.database.query(sql, params)),
      execute: (sql, params) => cable(() => suite.database.execute(sql, params)),
      transaction: (work) => cable(() => suite.database.transaction(work)),
      ping: () => cable(() => suite.database.ping()),
      close: async () => undefined,
    });
    suite.receiver.behave((reply, request) => {
      cut = true;
      return answer(200)(reply, request);
    });
    const event = mailEvent({ userId: 1, domainId: 10 });
    await suite.plan(event);
    await eventually(() => suite.receiver.requests.length === 1);
    await first.stop();
    expect(await suite.stored()).toMatchObject([{ state: 'pending', attempts: 0 }]);

    await suite.start();
    await eventually(() => suite.receiver.requests.length === 2, { timeoutMs: 15_000 });
    await suite.untilStored(([row]) => row?.state === 'delivered');
    expect(suite.receiver.requests.map((request) => header(request, 'webhook-id'))).toEqual([
      event.id,
      event.id,
    ]);
  }, 30_000);

  it('that lost a shard record nothing about its rows', async () => {
    suite.receiver.behave(async (reply, request) => {
      // While the request is under way, the shard gets a new owner that keeps it.
      await suite.database.execute(
        "UPDATE leases SET owner = 'somebody', token = token + 1, expires_at = NOW(6) + INTERVAL 1 HOUR WHERE name = 'webhook-delivery/1'",
      );
      await answer(200)(reply, request);
    });
    const delivery = await suite.start();
    await suite.plan(mailEvent({ userId: 1, domainId: 10 }));
    await eventually(() => suite.receiver.requests.length === 1);
    await suite.stop(delivery);
    expect(await suite.stored()).toMatchObject([{ state: 'pending', attempts: 0, last_status: null }]);
    expect(await suite.attempts()).toEqual([]);
  });

  it('record what was under way when they stop', async () => {
    suite.receiver.behave((reply, request) => {
      setTimeout(() => void answer(200)(reply, request), 300);
    });
    const delivery = await suite.start();
    await suite.plan(mailEvent({ userId: 1, domainId: 10 }));
    await eventually(() => suite.receiver.requests.length === 1);
    await suite.stop(delivery);
    expect(await suite.stored()).toMatchObject([{ state: 'delivered', attempts: 1 }]);
    expect(await suite.database.query('SELECT name FROM leases WHERE owner IS NOT NULL')).toEqual([]);
  });
});
