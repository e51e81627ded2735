import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { decodeMailEvent } from '#contracts/mail-events/mail-event';
import type { SqlValue } from '#platform/database/database';
import { eventually } from '#platform/testing/eventually';
import {
  startFeatureGateway,
  type FeatureGateway,
  type TestUser,
} from '../sender-domain/testing/feature-gateway.js';

let gateway: FeatureGateway;
beforeAll(async () => {
  gateway = await startFeatureGateway();
});
afterAll(() => gateway.stop());

const DONE = { Success: true, ErrorCode: 0 };
const NOT_FOUND = { Success: false, ErrorCode: 2, ErrorText: 'Domain not found or access denied' };
const FUTURE = new Date('2036-01-01T00:00:00Z');

async function owner(): Promise<{ user: TestUser; DomainID: number }> {
  const user = await gateway.user();
  return { user, DomainID: await gateway.domain(user.userId) };
}

/** Queue rows of a domain, as the gateway and the senders leave them. */
async function queue(
  { user, DomainID }: { user: TestUser; DomainID: number },
  state: 'queued' | 'sending' | 'sent',
  count = 1,
  dueAt = new Date(),
): Promise<void> {
  const rows = Array.from({ length: count }, (): SqlValue[] => {
    const sending = state === 'sending';
    const claim = sending ? ['mail-sender/x', 7] : [null, null];
    return [randomUUID(), 0, 'jane@example.org', 'to', user.userId, DomainID, state, dueAt, ...claim];
  });
  await gateway.database.execute(
    `INSERT INTO eg_send_queue (message_id, recipient_no, recipient, recipient_type, user_id, domain_id, state, due_at,
       claim_owner, claim_token) VALUES ?`,
    [rows],
  );
}

async function states(DomainID: number): Promise<Record<string, number>> {
  const rows = await gateway.database.query<{ state: string; response: string | null; count: number }>(
    `SELECT state, last_response AS response, COUNT(*) AS count FROM eg_send_queue WHERE domain_id = ?
     GROUP BY state, last_response`,
    [DomainID],
  );
  return Object.fromEntries(
    rows.map(({ state, response, count }) => [response === null ? state : `${state}: ${response}`, count]),
  );
}

describe('emailgateway.deletedomain', () => {
  it('ends the domain with its credentials and the mails that no sender has taken', async () => {
    const [mine, other] = [await owner(), await owner()];
    const { user, DomainID } = mine;
    const keyOf = async (who: typeof mine) =>
      (await who.user.call('emailgateway.addapi', { DomainID: who.DomainID, Description: 'x' }))['APIKey'];
    await keyOf(mine);
    await keyOf(other);
    for (const one of [mine, other]) {
      await queue(one, 'queued');
      await queue(one, 'queued', 1, FUTURE);
      await queue(one, 'sending');
      await queue(one, 'sent');
    }

    expect(await user.call('emailgateway.deletedomain', { DomainID })).toEqual(DONE);

    expect(await user.call('emailgateway.getdomain', { DomainID })).toEqual(NOT_FOUND);
    expect(await user.call('emailgateway.getdomains')).toMatchObject({ Domains: [] });
    const keys = await gateway.database.query(
      'SELECT DomainID, Status FROM oempro_eg_api_keys WHERE DomainID IN (?) ORDER BY DomainID',
      [[DomainID, other.DomainID]],
    );
    expect(keys).toEqual([
      { DomainID, Status: 'Deleted' },
      { DomainID: other.DomainID, Status: 'Enabled' },
    ]);
    expect(await states(DomainID)).toEqual({ 'failed: domain deleted': 2, sending: 1, sent: 1 });
    expect(await states(other.DomainID)).toEqual({ queued: 2, sending: 1, sent: 1 });
  });

  it('deletes a domain whatever its status', async () => {
    const { user, DomainID } = await owner();
    await gateway.setStatus(DomainID, 'Suspended');
    expect(await user.call('emailgateway.deletedomain', { DomainID: `${DomainID}` })).toEqual(DONE);
  });

  it('goes on with a long queue when it was interrupted, though the domain is gone', async () => {
    const { user, DomainID } = await owner();
    expect(await user.call('emailgateway.deletedomain', { DomainID })).toEqual(DONE);
    await queue({ user, DomainID }, 'queued', 3);
    const stranger = await gateway.user();
    expect(await stranger.call('emailgateway.deletedomain', { DomainID })).toEqual(NOT_FOUND);
    expect(await states(DomainID)).toEqual({ queued: 3 });
    expect(await user.call('emailgateway.deletedomain', { DomainID })).toEqual(NOT_FOUND);
    expect(await states(DomainID)).toEqual({ 'failed: domain deleted': 3 });
  });

  it('deletes once, however many calls arrive together', async () => {
    const { user, DomainID } = await owner();
    const replies = await Promise.all(
      [1, 2, 3, 4].map(() => user.call('emailgateway.deletedomain', { DomainID })),
    );
    expect(replies.filter(({ Success }) => Success === true)).toEqual([DONE]);
    expect(replies.filter(({ Success }) => Success === false)).toEqual([NOT_FOUND, NOT_FOUND, NOT_FOUND]);
  });
});

describe('emailgateway.cleardomainqueue', () => {
  it('fails what no sender has taken, and nothing else', async () => {
    const [mine, other] = [await owner(), await owner()];
    for (const one of [mine, other]) {
      await queue(one, 'queued');
      await queue(one, 'queued', 1, FUTURE);
      await queue(one, 'sending');
      await queue(one, 'sent');
    }
    const { user, DomainID } = mine;
    expect(await user.call('emailgateway.cleardomainqueue', { DomainID })).toEqual(DONE);
    expect(await states(DomainID)).toEqual({ 'failed: queue cleared': 2, sending: 1, sent: 1 });
    expect(await states(other.DomainID)).toEqual({ queued: 2, sending: 1, sent: 1 });
    const unfinished = await gateway.database.query(
      `SELECT id FROM eg_send_queue WHERE domain_id = ? AND state = 'failed' AND finished_at IS NULL`,
      [DomainID],
    );
    expect(unfinished).toEqual([]);
  });

  it('is content with an empty queue', async () => {
    const { user, DomainID } = await owner();
    expect(await user.call('emailgateway.cleardomainqueue', { DomainID })).toEqual(DONE);
    expect(await user.call('emailgateway.cleardomainqueue', { DomainID })).toEqual(DONE);
  });

  it('clears a queue of many batches', async () => {
    const { user, DomainID } = await owner();
    await queue({ user, DomainID }, 'queued', 4500);
    expect(await user.call('emailgateway.cleardomainqueue', { DomainID })).toEqual(DONE);
    expect(await states(DomainID)).toEqual({ 'failed: queue cleared': 4500 });
  });

  it('leaves a mail to the sender that takes it at the same moment', async () => {
    const { user, DomainID } = await owner();
    await queue({ user, DomainID }, 'queued', 3);
    const { reply, taken } = await gateway.database.transaction(async (tx) => {
      // As mail-sender claims.
      const rows = await tx.query<{ id: number }>(
        `SELECT id FROM eg_send_queue WHERE state = 'queued' AND domain_id = ? ORDER BY due_at, id LIMIT 1
         FOR UPDATE SKIP LOCKED`,
        [DomainID],
      );
      const clearing = user.call('emailgateway.cleardomainqueue', { DomainID });
      // It has looked the rows up and waits for the one that is locked.
      await waiting();
      await tx.execute(
        `UPDATE eg_send_queue SET state = 'sending', claim_owner = 'mail-sender/x', claim_token = 1 WHERE id IN (?)`,
        [rows.map(({ id }) => id)],
      );
      return { reply: clearing, taken: rows.length };
    });
    expect(await reply).toEqual(DONE);
    expect(taken).toBe(1);
    expect(await states(DomainID)).toEqual({ sending: 1, 'failed: queue cleared': 2 });
    const events = await gateway.database.query<{ value: Buffer }>(
      `SELECT value FROM outbox WHERE topic = 'eg.mail-events'`,
    );
    const told = events
      .map(({ value }) => decodeMailEvent(value))
      .filter(({ domainId }) => domainId === DomainID);
    expect(told).toHaveLength(2);
  });

  it('and the claims of senders never end in a deadlock', async () => {
    const { user, DomainID } = await owner();
    await queue({ user, DomainID }, 'queued', 2000);
    const claim = () =>
      gateway.database.transaction(async (tx) => {
        const rows = await tx.query<{ id: number }>(
          `SELECT id FROM eg_send_queue WHERE state = 'queued' AND due_at <= NOW(6) ORDER BY due_at, id LIMIT 20
           FOR UPDATE SKIP LOCKED`,
        );
        if (rows.length > 0)
          await tx.execute(
            `UPDATE eg_send_queue SET state = 'sending', claim_owner = 'mail-sender/x', claim_token = 1 WHERE id IN (?)`,
            [rows.map(({ id }) => id)],
          );
        return rows.length;
      });
    const claims = async () => {
      for (let round = 0; round < 15; round += 1) await claim();
    };
    const [reply] = await Promise.all([
      user.call('emailgateway.cleardomainqueue', { DomainID }),
      claims(),
      claims(),
      claims(),
    ]);
    expect(reply).toEqual(DONE);
    const { queued = 0, sending = 0, 'failed: queue cleared': failed = 0 } = await states(DomainID);
    expect({ queued, all: sending + failed }).toEqual({ queued: 0, all: 2000 });
  });
});

describe.each(['emailgateway.deletedomain', 'emailgateway.cleardomainqueue'])('%s', (command) => {
  it('1: lacks DomainID', async () => {
    const { user } = await owner();
    expect(await user.call(command)).toEqual({
      Success: false,
      ErrorCode: [1],
      ErrorText: ['Missing required parameter (DomainID)'],
    });
  });

  it('2: unknown and foreign domains look alike, and lose nothing', async () => {
    const { user, DomainID } = await owner();
    await queue({ user, DomainID }, 'queued');
    const stranger = await gateway.user();
    expect(await stranger.call(command, { DomainID })).toEqual(NOT_FOUND);
    expect(await user.call(command, { DomainID: 4_000_000 })).toEqual(NOT_FOUND);
    expect(await user.call(command, { DomainID: `${DomainID}x` })).toEqual(NOT_FOUND);
    expect(await states(DomainID)).toEqual({ queued: 1 });
    expect(await user.call('emailgateway.getdomain', { DomainID })).toMatchObject({ Success: true });
  });

  it('99998 and 99999: needs a credential and the privilege', async () => {
    const { user, DomainID } = await owner();
    expect(await user.call(command, { DomainID, APIKey: '' })).toMatchObject({ ErrorCode: 99998 });
    const adder = await gateway.user({ privileges: 'EmailGateway.AddDomain' });
    expect(await adder.call(command)).toMatchObject({ Success: false, ErrorCode: 99999 });
  });
});

/** Resolves once the clearing waits for a row lock. The engine refreshes this table ten times a second at most. */
const waiting = () =>
  eventually(
    async () => {
      const rows = await gateway.database.query(
        `SELECT 1 FROM information_schema.innodb_trx t JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id
         WHERE t.trx_state = 'LOCK WAIT' AND p.db = DATABASE() AND t.trx_query LIKE '%eg_send_queue FORCE INDEX%'`,
      );
      return rows.length > 0;
    },
    { timeoutMs: 4000, everyMs: 150 },
  );
