import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { contractMigrations } from '#contracts/schema/migrations';
import type { Database } from '#platform/database/database';
import { createTestDatabase } from '#platform/testing/test-database';
import type { TestDatabase } from '#platform/testing/test-database';
import { MessageStore, UnsendableMessage } from './message-store.js';

const IDS = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222'] as const;

let test: TestDatabase;
let reads = 0;
let store: MessageStore;

beforeAll(async () => {
  test = await createTestDatabase(contractMigrations);
  const content = {
    version: 1,
    subject: 'Spring sale',
    from: { name: '', email: 'news@sender.example' },
    ...{ to: [], cc: [], replyTo: [], tags: [], attachments: [], headers: {}, html: null, plain: 'Hello' },
  };
  await test.database.execute(
    `INSERT INTO eg_messages (message_id, user_id, domain_id, method, sender_domain, mfrom_host, content, accepted_at) VALUES ?`,
    [
      IDS.map((id) => [
        id,
        1,
        4,
        'api',
        'sender.example',
        'sl.sender.example',
        JSON.stringify(content),
        new Date(1_709_630_102_123),
      ]),
    ],
  );
  const counting: Database = Object.create(test.database, {
    query: {
      value: (sql: string, params?: []) => {
        reads += 1;
        return test.database.query(sql, params);
      },
    },
  });
  store = new MessageStore(counting);
});
afterAll(() => test.drop());

describe('message store', () => {
  it('reads a message once for recipients in a row, at the same time or one after another', async () => {
    const sizes = await Promise.all(
      [1, 2, 3].map(() => store.use(IDS[0], ({ mime }) => Promise.resolve(mime.length))),
    );
    expect(new Set(sizes).size).toBe(1);
    await store.use(IDS[0], async ({ acceptedAt, mfromHost }) => {
      expect({ acceptedAt, mfromHost }).toEqual({
        acceptedAt: 1_709_630_102_123,
        mfromHost: 'sl.sender.example',
      });
    });
    expect(reads).toBe(1);
  });

  it('forgets what is no longer used', async () => {
    await store.use(IDS[1], () => Promise.resolve());
    expect(reads).toBe(2);
    await store.use(IDS[0], () => Promise.resolve());
    expect(reads).toBe(3);
  });

  it('a message that is gone cannot be sent, and is looked for again each time', async () => {
    const before = reads;
    for (const _ of [1, 2]) {
      await expect(
        store.use('33333333-3333-4333-8333-333333333333', () => Promise.resolve()),
      ).rejects.toThrow(UnsendableMessage);
    }
    expect(reads).toBe(before + 2);
  });
});
