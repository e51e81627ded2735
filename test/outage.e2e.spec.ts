import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '#platform/testing/eventually';
import { sendUntilAccepted } from './support/api.js';
import { distinct, documents, eventData, facts, received } from './support/observe.js';
import {
  allReady,
  APP_NAMES,
  engine,
  health,
  stack,
  type AppName,
  type EngineName,
} from './support/system.js';
import { newTenant, type Tenant } from './support/tenant.js';

/** Apps that cannot do their whole job without the engine. */
const USERS: Record<EngineName, AppName[]> = {
  mysql: ['gateway-api', 'outbox-relay', 'mail-sender', 'mta-ingest', 'webhook-dispatcher'],
  kafka: ['outbox-relay', 'mta-ingest', 'projector', 'webhook-dispatcher'],
  elasticsearch: ['gateway-api', 'projector'],
};
const SENDS = 60;
const OUTAGE_MS = 4_000;
/** From the contract with operators: apps go on by themselves within 10 s of an engine's return. */
const GO_ON_MS = 10_000;

describe.each(Object.keys(USERS) as EngineName[])('when %s stops for some seconds during sends', (name) => {
  let tenant: Tenant;
  const accepted: string[] = [];
  const notReady = new Set<AppName>();
  let pids: Record<string, number>;

  beforeAll(async () => {
    await allReady();
    tenant = await newTenant();
    pids = stack().pids;
    const sending = (async () => {
      for (let number = 0; number < SENDS; number++) {
        accepted.push(await sendUntilAccepted(tenant, `o${number}@inbox.example`));
      }
    })();
    await engine('stop', name);
    // The length of the outage is the input of this test, not a wait for something.
    const outage = delay(OUTAGE_MS);
    await eventually(
      async () => {
        for (const app of USERS[name]) if ((await health(app)).status === 503) notReady.add(app);
        return notReady.size === USERS[name].length;
      },
      { timeoutMs: 20_000, everyMs: 100 },
    );
    await outage;
    await engine('start', name);
    await allReady(GO_ON_MS);
    await sending;
  }, 180_000);

  it('every app that needs it reports not ready, and none dies', () => {
    expect([...notReady].toSorted()).toEqual(USERS[name].toSorted());
    for (const app of APP_NAMES) expect(`${app} ${stack().pids[app]}`).toBe(`${app} ${pids[app]}`);
  });

  it('nothing is lost and nothing is told twice', async () => {
    const told = (items: Parameters<typeof facts>[0]): string[] =>
      facts(items.filter((item) => accepted.includes(item['message-id']))).map((fact) =>
        fact.replace(/ \S+ /, ' '),
      );
    const expected = (names: string[]): string[] =>
      accepted.flatMap((id) => names.map((event) => `${id} ${event}`)).toSorted();
    await eventually(
      async () => {
        expect(told(await documents(tenant))).toEqual(
          expected(['accepted-by-mta', 'accepted-by-oempro', 'delivered']),
        );
        expect(told(distinct((await received(tenant)).map(eventData)))).toEqual(expected(['delivered']));
      },
      { timeoutMs: 60_000, everyMs: 500 },
    );
  }, 90_000);
});
