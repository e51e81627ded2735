import { beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '#platform/testing/eventually';
import { readEvents } from './support/kafka.js';
import { sendUntilAccepted } from './support/api.js';
import { distinct, documents, eventData, facts, received } from './support/observe.js';
import { allReady, APP_NAMES, killApp, stack } from './support/system.js';
import { newTenant, type Tenant } from './support/tenant.js';

/** Sends per killed app. */
const SENDS = 200;
const CALLERS = 8;

/**
 * Promise: an accepted send is never lost and never told twice, whichever process dies in the middle. A crash may
 * repeat a message on the wire (at least once); its id makes it one event, one document, one webhook.
 */
describe.each(APP_NAMES)('when %s is killed in the middle of 200 sends', (app) => {
  let tenant: Tenant;
  let accepted: string[];

  beforeAll(async () => {
    await allReady();
    tenant = await newTenant();
    accepted = [];
    const before = stack().pids[app];
    let next = 0;
    await Promise.all(
      Array.from({ length: CALLERS }, async () => {
        while (next < SENDS) {
          const number = next++;
          if (number === SENDS / 2) killApp(app);
          accepted.push(await sendUntilAccepted(tenant, `r${number}@inbox.example`));
        }
      }),
    );
    await eventually(() => stack().pids[app] !== before, { timeoutMs: 10_000 });
    await allReady();
  }, 120_000);

  it('each accepted message is there exactly once: event, document and webhook', async () => {
    expect(accepted).toHaveLength(SENDS);
    const expected = (names: string[]): string[] =>
      accepted.flatMap((id) => names.map((name) => `${id} ${name}`)).toSorted();
    const told = (items: Parameters<typeof facts>[0]): string[] =>
      facts(items.filter((item) => accepted.includes(item['message-id']))).map((fact) =>
        fact.replace(/ \S+ /, ' '),
      );

    await eventually(
      async () => {
        expect(told(await documents(tenant))).toEqual(
          expected(['accepted-by-mta', 'accepted-by-oempro', 'delivered']),
        );
      },
      { timeoutMs: 60_000, everyMs: 500 },
    );
    await eventually(
      async () => {
        expect(told(distinct((await received(tenant)).map(eventData)))).toEqual(expected(['delivered']));
      },
      { timeoutMs: 60_000, everyMs: 500 },
    );
    const events = await readEvents(tenant.userId);
    expect(told(distinct(events))).toEqual(expected(['accepted-by-mta', 'accepted-by-oempro', 'delivered']));
  }, 150_000);
});
