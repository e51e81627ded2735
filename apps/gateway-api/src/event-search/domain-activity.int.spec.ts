import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  startTestGateway,
  type TestDomain,
  type TestGateway,
  type TestUser,
} from '../http/testing/test-gateway.js';
import { mailEvents } from './testing/mail-events.js';
import { domainActivity } from './domain-activity.js';

let gateway: TestGateway;
let user: TestUser;
let neighbour: TestUser;
let busy: TestDomain;
let quiet: TestDomain;
let foreign: TestDomain;

const NOW = Date.UTC(2026, 4, 15, 12, 30, 15, 250);
const WEEK = 168 * 3_600_000;

beforeAll(async () => {
  gateway = await startTestGateway();
  user = await gateway.createUser();
  await gateway.database.execute(`ALTER TABLE oempro_users AUTO_INCREMENT = ${user.UserID * 10 + 1}`);
  neighbour = await gateway.createUser();
  busy = await gateway.createDomain(user);
  quiet = await gateway.createDomain(user);
  foreign = await gateway.createDomain(neighbour);
  const of = mailEvents(user, busy);
  await gateway.index([
    of('accepted-by-oempro', { loggedAt: NOW - WEEK - 1 }),
    of('accepted-by-oempro', { loggedAt: NOW - WEEK }),
    of('accepted-by-oempro', { loggedAt: NOW - 5_000 }),
    of('accepted-by-mta', { loggedAt: NOW - 4_000 }),
    of('delivered', { loggedAt: NOW - 4_000 }),
    of('bounced', { loggedAt: NOW - WEEK - 1 }),
    of('bounced', { loggedAt: NOW - 3_000, bounce: { type: 'hard', category: 'bad-mailbox' } }),
    of('bounced', { loggedAt: NOW - 2_500, bounce: { type: 'soft', category: 'quota-issues' } }),
    of('bounced', { loggedAt: NOW - 2_000, bounce: { type: 'block', category: 'spam-related' } }),
    of('opened', { loggedAt: NOW - 999 }),
    of('clicked', { loggedAt: NOW + 1 }),
    mailEvents(user, quiet)('accepted-by-oempro', { loggedAt: NOW - WEEK - 1 }),
    mailEvents(neighbour, foreign)('accepted-by-oempro', { loggedAt: NOW - 1 }),
  ]);
});
afterAll(() => gateway.close());

describe('activity of domains', () => {
  it('counts the 168 hours up to now, both ends included, and cuts the newest time to its second', async () => {
    const activity = await domainActivity(gateway.search, user.UserID, [busy.domainId, quiet.domainId], NOW);
    expect([...activity]).toEqual([
      [busy.domainId, { sent7d: 2, bounced7d: 3, lastActivityAt: '2026-05-15T12:30:14Z' }],
      [quiet.domainId, { sent7d: 0, bounced7d: 0, lastActivityAt: null }],
    ]);
  });

  it('answers nothing of another user', async () => {
    const activity = await domainActivity(gateway.search, user.UserID, [foreign.domainId], NOW);
    expect([...activity]).toEqual([[foreign.domainId, { sent7d: 0, bounced7d: 0, lastActivityAt: null }]]);
  });

  it('answers zeros for a user without any index, and nothing for no domain', async () => {
    const nobody = user.UserID * 10 + 7;
    expect([...(await domainActivity(gateway.search, nobody, [1], NOW))]).toEqual([
      [1, { sent7d: 0, bounced7d: 0, lastActivityAt: null }],
    ]);
    expect((await domainActivity(gateway.search, user.UserID, [], NOW)).size).toBe(0);
  });
});
