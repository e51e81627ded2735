import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  startFeatureGateway,
  type FeatureGateway,
  type TestUser,
} from '../sender-domain/testing/feature-gateway.js';

let gateway: FeatureGateway;
let owner: TestUser;
beforeAll(async () => {
  gateway = await startFeatureGateway({ EG_LEGACY_KEY_SALT: 'salt', EG_LEGACY_KEY_LICENSE: 'license' });
  owner = await gateway.user();
});
afterAll(() => gateway.stop());

// printf 'saltlicense' | md5sum
const LEGACY = '8157-EBC2-1ECA-5A72-47AB-2F95-52F0-D706';
const KEY = /^[0-9A-F]{64}$/;
const FAILED = {
  Success: false,
  ErrorCode: 3,
  ErrorText: 'The signing key could not be rotated; nothing was changed, try again',
};

const rotate = (DomainID: unknown, user = owner) =>
  user.call('emailgateway.regeneratesigningkey', { DomainID });
const shown = async (DomainID: number) =>
  (await owner.call('emailgateway.getwebhooks', { DomainID }))['SigningKey'];
const cipher = async (domainId: number) => {
  const [row] = await gateway.database.query<{ SigningKeyCipher: Buffer | null }>(
    'SELECT SigningKeyCipher FROM oempro_eg_domains WHERE DomainID = ?',
    [domainId],
  );
  return row?.SigningKeyCipher;
};
/** Rotations that are stored, and those that leave for Kafka. */
const rotations = async (domainId: number) => {
  const stored = await gateway.database.query(
    `SELECT 1 FROM events WHERE stream_id = ? AND type = 'SigningKeyRotated'`,
    [`domain-${domainId}`],
  );
  const leaving = await gateway.database.query(
    `SELECT 1 FROM outbox WHERE message_key = ? AND headers->>'$."event-type"' = 'SigningKeyRotated'`,
    [Buffer.from(`${domainId}`)],
  );
  return [stored.length, leaving.length];
};

describe('emailgateway.regeneratesigningkey', () => {
  it('answers with a key that getwebhooks shows from then on, and keeps it sealed', async () => {
    const own = await gateway.domain(owner.userId);
    expect(await shown(own)).toBe(LEGACY);
    const reply = await owner.call('EmailGateway.RegenerateSigningKey', { DomainID: `${own}` });
    expect(reply).toEqual({ Success: true, ErrorCode: 0, SigningKey: expect.stringMatching(KEY) });
    const key = String(reply['SigningKey']);
    expect(await shown(own)).toBe(key);
    const sealed = await cipher(own);
    expect(sealed?.includes(key)).toBe(false);
    expect(gateway.secrets.open(sealed ?? Buffer.alloc(0))).toBe(key);
    expect(await rotations(own)).toEqual([1, 1]);

    const rows = await gateway.database.query<{ payload: Buffer }>(
      'SELECT payload FROM events UNION ALL SELECT value FROM outbox',
    );
    for (const { payload } of rows) expect(payload.includes(key)).toBe(false);
    expect(JSON.stringify(gateway.logged())).not.toContain(key);
  });

  it('gives another key each time, and leaves every other domain as it was', async () => {
    const [own, rotated, legacy] = [
      await gateway.domain(owner.userId),
      await gateway.domain(owner.userId),
      await gateway.domain(owner.userId),
    ];
    const { SigningKey: others } = await rotate(rotated);
    const keys = [(await rotate(own))['SigningKey'], (await rotate(own))['SigningKey']];
    expect(new Set([others, ...keys]).size).toBe(3);
    expect(await Promise.all([own, rotated, legacy].map(shown))).toEqual([keys[1], others, LEGACY]);
  });

  it('of calls at the same time each succeeds, and a key that a caller was told remains', async () => {
    const own = await gateway.domain(owner.userId);
    const replies = await Promise.all([1, 2, 3, 4, 5].map(() => rotate(own)));
    expect(new Set(replies.map(({ SigningKey }) => SigningKey)).size).toBe(5);
    expect(replies.map(({ SigningKey }) => SigningKey)).toContain(await shown(own));
    expect(await rotations(own)).toEqual([5, 5]);
  });

  it('ends with its domain: added again, that signs with the installation’s key', async () => {
    const DomainName = 'again.example.com';
    const { NewSenderDomainID } = await owner.call('emailgateway.adddomain', { DomainName });
    const own = Number(NewSenderDomainID);
    await rotate(own);
    await gateway.deleteDomain(owner.userId, own);
    expect(await owner.call('emailgateway.adddomain', { DomainName })).toMatchObject({ NewSenderDomainID });
    expect(await shown(own)).toBe(LEGACY);
  });

  it.each([[{}], [{ DomainID: ' ' }]])('1: %j lacks what is required', async (parameters) => {
    expect(await owner.call('emailgateway.regeneratesigningkey', parameters)).toEqual({
      Success: false,
      ErrorCode: [1],
      ErrorText: ['Missing required parameter (DomainID)'],
    });
  });

  it('2: unknown, foreign, deleted and unreadable domains look alike, and keep their key', async () => {
    const [own, deleted] = [await gateway.domain(owner.userId), await gateway.domain(owner.userId)];
    const stranger = await gateway.user();
    await gateway.deleteDomain(owner.userId, deleted);
    const replies = await Promise.all([
      rotate(4_000_000),
      rotate(deleted),
      rotate(`${own}abc`),
      rotate(own, stranger),
    ]);
    const notFound = { Success: false, ErrorCode: 2, ErrorText: 'Domain not found or access denied' };
    expect(replies).toEqual(replies.map(() => notFound));
    expect(await shown(own)).toBe(LEGACY);
    expect(await cipher(deleted)).toBeNull();
  });

  it('3: the domain is deleted between the check and the rotation; no key is persisted', async () => {
    const own = await gateway.domain(owner.userId);
    expect(await gateway.overtakenByDeletion(owner.userId, own, () => rotate(own))).toEqual(FAILED);
    expect(await cipher(own)).toBeNull();
    expect(await rotations(own)).toEqual([0, 0]);
  });

  it('3: the update matches no row; no key is persisted and nothing is told', async () => {
    const own = await gateway.domain(owner.userId);
    await gateway.database.execute(
      `INSERT INTO oempro_eg_domains
       SELECT DomainID + 500000, UserID, CONCAT('copy-', SenderDomain), Status, Options, VerificationMeta, PolicyMeta,
              SigningKeyCipher, Version, CreatedAt, UpdatedAt FROM oempro_eg_domains WHERE DomainID = ?`,
      [own],
    );
    await gateway.database.execute('DELETE FROM oempro_eg_domains WHERE DomainID = ?', [own]);
    expect(await rotate(own)).toEqual(FAILED);
    expect(await cipher(own + 500_000)).toBeNull();
    expect(await rotations(own)).toEqual([0, 0]);
  });

  it('99998, 99999: needs a user who may manage domains', async () => {
    const limited = await gateway.user({ privileges: 'EmailGateway.AddDomain' });
    expect(await owner.call('emailgateway.regeneratesigningkey', { APIKey: 'nobody' })).toMatchObject({
      Success: false,
      ErrorCode: 99998,
    });
    expect(await limited.call('emailgateway.regeneratesigningkey')).toMatchObject({
      Success: false,
      ErrorCode: 99999,
    });
  });
});
