import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  startFeatureGateway,
  type FeatureGateway,
  type TestUser,
} from '../sender-domain/testing/feature-gateway.js';

let gateway: FeatureGateway;
let owner: TestUser;
let stranger: TestUser;
let domainId: number;
beforeAll(async () => {
  gateway = await startFeatureGateway();
  [owner, stranger] = [await gateway.user(), await gateway.user()];
  domainId = await gateway.domain(owner.userId);
});
afterAll(() => gateway.stop());

let added = 0;
const add = async (user: TestUser, DomainID: number) => {
  added += 1;
  const WebhookURL = `https://example.com/webhooks/${added}`;
  const reply = await user.call('emailgateway.addwebhook', { DomainID, Event: 'delivery', WebhookURL });
  return Number(reply['NewWebhookID']);
};
const listed = async (DomainID: number) => {
  const { Webhooks } = await owner.call('emailgateway.getwebhooks', { DomainID });
  return (Webhooks as { WebhookID: number }[]).map(({ WebhookID }) => WebhookID);
};
const statusOf = async (webhookId: number) => {
  const [row] = await gateway.database.query<{ Status: string }>(
    'SELECT Status FROM oempro_eg_webhooks WHERE WebhookID = ?',
    [webhookId],
  );
  return row?.Status;
};
const deletions = (ofDomain: number) =>
  gateway.database.query(
    `SELECT id FROM outbox WHERE message_key = ? AND headers->>'$."event-type"' = 'WebhookDeleted'`,
    [Buffer.from(`${ofDomain}`)],
  );
const remove = (WebhookID: unknown, DomainID: unknown, user = owner) =>
  user.call('emailgateway.deletewebhook', { WebhookID, DomainID });

const NO_DOMAIN = { Success: false, ErrorCode: 3, ErrorText: 'Domain not found or access denied' };
const NO_WEBHOOK = { Success: false, ErrorCode: 4, ErrorText: 'Webhook not found or access denied' };

describe('emailgateway.deletewebhook', () => {
  it('ends one webhook and no other, and keeps its row', async () => {
    const own = await gateway.domain(owner.userId);
    const [first, gone, last] = [await add(owner, own), await add(owner, own), await add(owner, own)];
    const reply = await owner.call('EmailGateway.DeleteWebhook', {
      webhookid: `${gone}`,
      DomainID: `${own}`,
    });
    expect(reply).toEqual({ Success: true, ErrorCode: 0 });
    expect(await listed(own)).toEqual([first, last]);
    expect(await Promise.all([first, gone, last].map(statusOf))).toEqual(['Enabled', 'Deleted', 'Enabled']);
    expect(await deletions(own)).toHaveLength(1);
  });

  it('ends a webhook that the dispatcher had disabled', async () => {
    const own = await gateway.domain(owner.userId);
    const webhookId = await add(owner, own);
    await gateway.database.execute(`UPDATE oempro_eg_webhooks SET Status = 'Disabled' WHERE WebhookID = ?`, [
      webhookId,
    ]);
    expect(await remove(webhookId, own)).toEqual({ Success: true, ErrorCode: 0 });
    expect(await statusOf(webhookId)).toBe('Deleted');
  });

  it('deletes once, however many ask at the same time', async () => {
    const own = await gateway.domain(owner.userId);
    const webhookId = await add(owner, own);
    const replies = await Promise.all([1, 2, 3].map(() => remove(webhookId, own)));
    expect(replies.filter(({ Success }) => Success)).toHaveLength(1);
    expect(replies.filter(({ Success }) => !Success)).toEqual([NO_WEBHOOK, NO_WEBHOOK]);
    expect(await deletions(own)).toHaveLength(1);
  });

  it.each([
    [{}, [1, 2]],
    [{ WebhookID: ' ', DomainID: 1 }, [1]],
    [{ WebhookID: 1, DomainID: null }, [2]],
  ])('1, 2: %j lacks what is required', async (parameters, ErrorCode) => {
    expect(await owner.call('emailgateway.deletewebhook', parameters)).toMatchObject({
      Success: false,
      ErrorCode,
    });
  });

  it('3: unknown, foreign, deleted and unreadable domains look alike, and lose nothing', async () => {
    const deleted = await gateway.domain(owner.userId);
    const [webhookId, ofDeleted] = [await add(owner, domainId), await add(owner, deleted)];
    await gateway.deleteDomain(owner.userId, deleted);
    const replies = await Promise.all([
      remove(webhookId, 4_000_000),
      remove(ofDeleted, deleted),
      remove(webhookId, `${domainId}abc`),
      remove(webhookId, domainId, stranger),
    ]);
    expect(replies).toEqual(replies.map(() => NO_DOMAIN));
    expect(await statusOf(webhookId)).toBe('Enabled');
  });

  it('4: a webhook that is unknown, deleted, unreadable, of another domain or of another user', async () => {
    const other = await gateway.domain(owner.userId);
    const foreign = await gateway.domain(stranger.userId);
    const [webhookId, deleted] = [await add(owner, domainId), await add(owner, domainId)];
    const [ofOther, ofStranger] = [await add(owner, other), await add(stranger, foreign)];
    await remove(deleted, domainId);
    const replies = await Promise.all([
      remove(4_000_000, domainId),
      remove(deleted, domainId),
      remove(`${webhookId}abc`, domainId),
      remove(ofOther, domainId),
      remove(ofStranger, domainId),
    ]);
    expect(replies).toEqual(replies.map(() => NO_WEBHOOK));
    expect(await Promise.all([webhookId, ofOther, ofStranger].map(statusOf))).toEqual([
      'Enabled',
      'Enabled',
      'Enabled',
    ]);
  });

  it('99998, 99999: needs a user who may manage domains', async () => {
    const limited = await gateway.user({ privileges: 'EmailGateway.AddDomain' });
    expect(await owner.call('emailgateway.deletewebhook', { APIKey: 'nobody' })).toMatchObject({
      Success: false,
      ErrorCode: 99998,
    });
    expect(await limited.call('emailgateway.deletewebhook')).toMatchObject({
      Success: false,
      ErrorCode: 99999,
    });
  });
});
