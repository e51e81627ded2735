import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { domainEventCodec } from '#contracts/domain-events/domain-event';
import { contractMigrations } from '#contracts/schema/migrations';
import { addApiKey, rotateSigningKey } from '#domain/sender-domain/credential.decisions';
import { addDomain, deleteDomain, setDomainStatus } from '#domain/sender-domain/lifecycle.decisions';
import { addWebhook } from '#domain/sender-domain/webhook.decisions';
import { plumbingMigrations } from '#platform/schema/plumbing';
import { createLogger } from '#platform/telemetry/logger';
import { createTestDatabase, type TestDatabase } from '#platform/testing/test-database';
import { SenderDomains } from './sender-domains.js';

let test: TestDatabase;
let domains: SenderDomains;
beforeAll(async () => {
  test = await createTestDatabase([...plumbingMigrations, ...contractMigrations]);
  domains = new SenderDomains(test.database, createLogger('gateway-api', 'silent'));
});
afterAll(() => test.drop());

const USER = 7;
let lastId = 0;

async function addTestDomain(): Promise<number> {
  const domainId = (lastId += 1);
  const command = {
    domainId,
    userId: USER,
    name: `d${domainId}.example.com`,
    defaults: { subdomain: 'sl', trackPrefix: 'track', trackMerge: '-', trackPrefixDisabled: false },
    template: [{ host: '{mfrom}', type: 'CNAME', value: '{infrastructure}' }],
    infrastructure: 'mailer.example.net',
    label: 'a',
    hash: 'b',
    manualApproval: false,
    domainCount: 0,
    domainLimit: 0,
  } as const;
  await domains.change({ domainId, decide: (domain) => addDomain(command, domain) });
  return domainId;
}

const row = async (domainId: number) => {
  const rows = await test.database.query('SELECT * FROM oempro_eg_domains WHERE DomainID = ?', [domainId]);
  return rows[0];
};

/** Messages in the outbox for a domain, oldest first, decoded. */
const published = async (domainId: number) => {
  const rows = await test.database.query<{ value: Buffer; headers: Record<string, string> }>(
    'SELECT value, headers FROM outbox WHERE topic = ? AND message_key = ? ORDER BY id',
    ['eg.domain-events', Buffer.from(String(domainId))],
  );
  return rows.map(({ value, headers }) =>
    domainEventCodec.decode(headers['event-type'] ?? '', value.subarray(2, 10), value.subarray(10)),
  );
};

const webhookAt = (webhookId: number) => ({
  switchedOff: [],
  leadsInside: false,
  userId: USER,
  webhookId,
  event: 'delivered',
  url: 'https://example.org/hook',
});

describe('changing a sender domain', () => {
  it('writes events, row and messages together', async () => {
    const domainId = await addTestDomain();
    await domains.change({ domainId, decide: (domain) => setDomainStatus({ status: 'Enabled' }, domain) });

    expect(await row(domainId)).toMatchObject({ Status: 'Enabled', Version: 2, UserID: USER });
    expect(await published(domainId)).toEqual([
      expect.objectContaining({
        type: 'DomainAdded',
        domainId,
        userId: USER,
        senderDomain: `d${domainId}.example.com`,
      }),
      { type: 'DomainStatusSet', domainId, userId: USER, status: 'Enabled' },
    ]);
    expect(await domains.load(domainId)).toMatchObject({ status: 'Enabled', userId: USER, domainId });
  });

  it('writes nothing when the decision refuses or changes nothing', async () => {
    const domainId = await addTestDomain();
    const before = await row(domainId);
    const stranger = { userId: 8, apiKeyId: 1, description: 'x' };
    let recorded = 0;
    const record = () => Promise.resolve(void (recorded += 1));

    expect(
      await domains.change({ domainId, decide: (domain) => addApiKey(stranger, domain), record }),
    ).toEqual({
      refused: 'domain-not-found',
    });
    await domains.change({ domainId, decide: () => [], record });

    expect(recorded).toBe(0);
    expect(await row(domainId)).toEqual(before);
    expect(await published(domainId)).toHaveLength(1);
  });

  it('writes nothing at all when the feature cannot record its part', async () => {
    const domainId = await addTestDomain();
    const change = domains.change({
      domainId,
      decide: (domain) => addWebhook(webhookAt(1), domain),
      record: () => Promise.reject(new Error('no room')),
    });
    await expect(change).rejects.toThrow('no room');
    expect(await row(domainId)).toMatchObject({ Version: 1 });
    expect(await domains.load(domainId)).toMatchObject({ webhooks: [] });
    expect(await published(domainId)).toHaveLength(1);
  });

  it('loses none of many changes at once, and keeps their order', async () => {
    const domainId = await addTestDomain();
    const ids = [11, 12, 13, 14];
    await Promise.all(
      ids.map((apiKeyId) =>
        domains.change({
          domainId,
          decide: (domain) => addApiKey({ userId: USER, apiKeyId, description: 'x' }, domain),
        }),
      ),
    );
    const domain = await domains.load(domainId);
    const keys = 'apiKeys' in domain ? domain.apiKeys.map(({ apiKeyId }) => apiKeyId) : [];
    expect(keys.toSorted((a, b) => a - b)).toEqual(ids);
    const messages = await published(domainId);
    expect(messages.map((message) => ('apiKeyId' in message ? message.apiKeyId : message.type))).toEqual([
      'DomainAdded',
      ...keys,
    ]);
    expect(await row(domainId)).toMatchObject({ Version: 5 });
  });

  it('ends keys, SMTP logins, webhooks and the signing key with the domain', async () => {
    const domainId = await addTestDomain();
    const { database } = test;
    const at = new Date();
    await domains.change({
      domainId,
      decide: (domain) => rotateSigningKey({ userId: USER }, domain),
      record: async (tx) => {
        await tx.execute('UPDATE oempro_eg_domains SET SigningKeyCipher = ? WHERE DomainID = ?', [
          'sealed',
          domainId,
        ]);
      },
    });
    for (const id of [domainId, 9999])
      await database.execute(
        `INSERT INTO oempro_eg_api_keys VALUES (?, ?, ?, ?, 'sealed', 'x', 'Enabled', '[]', ?)`,
        [id, USER, id, Buffer.alloc(32, id), at],
      );
    for (const id of [domainId, 9999])
      await database.execute(
        `INSERT INTO oempro_eg_webhooks (WebhookID, UserID, DomainID, Event, WebhookURL, Status, CreatedAt)
         VALUES (?, ?, ?, 'delivered', 'https://example.org/', 'Disabled', ?)`,
        [id, USER, id, at],
      );

    for (const id of [domainId, 9999])
      await database.execute(
        `INSERT INTO oempro_eg_smtp_credentials VALUES (?, ?, ?, ?, 'hash', 'Enabled', ?)`,
        [id, USER, id, `login-${id}`, at],
      );

    await domains.change({ domainId, decide: (domain) => deleteDomain({ userId: USER }, domain) });

    expect(await row(domainId)).toMatchObject({ Status: 'Deleted', SigningKeyCipher: null, Version: 3 });
    const statuses = await database.query(
      `SELECT DomainID, Status FROM oempro_eg_api_keys UNION ALL SELECT DomainID, Status FROM oempro_eg_smtp_credentials
       UNION ALL SELECT DomainID, Status FROM oempro_eg_webhooks`,
    );
    expect(statuses).toEqual([
      { DomainID: domainId, Status: 'Deleted' },
      { DomainID: 9999, Status: 'Enabled' },
      { DomainID: domainId, Status: 'Deleted' },
      { DomainID: 9999, Status: 'Enabled' },
      { DomainID: domainId, Status: 'Deleted' },
      { DomainID: 9999, Status: 'Disabled' },
    ]);
  });
});
