import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  startFeatureGateway,
  type FeatureGateway,
  type TestUser,
} from '../sender-domain/testing/feature-gateway.js';

let gateway: FeatureGateway;
let owner: TestUser;
let domainId: number;
beforeAll(async () => {
  gateway = await startFeatureGateway();
  owner = await gateway.user();
  domainId = await gateway.domain(owner.userId);
});
afterAll(() => gateway.stop());

const KEY = /^[0-9A-F]{8}(?:-[0-9A-F]{8}){3}$/;
const TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/;

const stored = (apiKeyId: unknown) =>
  gateway.database.query<{ KeyHash: Buffer; KeyCipher: Buffer; Status: string; Description: string }>(
    'SELECT KeyHash, KeyCipher, Status, Description FROM oempro_eg_api_keys WHERE APIKeyID = ?',
    [Number(apiKeyId)],
  );

describe('emailgateway.addapi', () => {
  it('answers with the key, once and for all, and keeps it sealed', async () => {
    const reply = await owner.call('EmailGateway.AddAPI', {
      Description: 'Production API Key',
      DomainID: `${domainId}`,
    });
    const { NewAPIKeyID, APIKey } = reply;
    expect(reply).toEqual({
      Success: true,
      ErrorCode: 0,
      NewAPIKeyID: expect.any(Number),
      APIKey: {
        APIKeyID: NewAPIKeyID,
        UserID: owner.userId,
        DomainID: domainId,
        CreatedAt: expect.stringMatching(TIME),
        APIKey: expect.stringMatching(KEY),
        Description: 'Production API Key',
        Status: 'Enabled',
        Options: [],
      },
    });
    const key = (APIKey as { APIKey: string }).APIKey;
    const [row] = await stored(NewAPIKeyID);
    expect(row).toMatchObject({ Status: 'Enabled', KeyHash: gateway.secrets.lookup(key) });
    expect(gateway.secrets.open(row?.KeyCipher ?? Buffer.alloc(0))).toBe(key);

    const everything = await gateway.database.query<{ payload: Buffer }>(
      'SELECT payload FROM events UNION ALL SELECT value FROM outbox',
    );
    for (const { payload } of everything) expect(payload.includes(key)).toBe(false);
  });

  it('gives a domain as many keys as it asks for, each its own', async () => {
    const replies = await Promise.all(
      [1, 2, 3, 4].map((no) =>
        owner.call('emailgateway.addapi', { Description: `key ${no}`, DomainID: domainId }),
      ),
    );
    const keys = replies.map(({ APIKey }) => (APIKey as { APIKey: string }).APIKey);
    expect(new Set(keys).size).toBe(4);
    expect(new Set(replies.map(({ NewAPIKeyID }) => NewAPIKeyID)).size).toBe(4);
  });

  it('cuts a long description off, in the reply as in the table', async () => {
    const Description = `${'é'.repeat(254)}😀 and more`;
    const { NewAPIKeyID, APIKey } = await owner.call('emailgateway.addapi', {
      Description,
      DomainID: domainId,
    });
    const kept = `${'é'.repeat(254)}😀`;
    expect(APIKey).toMatchObject({ Description: kept });
    expect(await stored(NewAPIKeyID)).toEqual([expect.objectContaining({ Description: kept })]);
  });

  it.each([
    [{}, [1, 2]],
    [{ Description: '  ', DomainID: 1 }, [1]],
    [{ Description: 'x' }, [2]],
    [{ Description: ['x'], DomainID: '' }, [1, 2]],
  ])('1, 2: %j lacks what is required', async (parameters, ErrorCode) => {
    expect(await owner.call('emailgateway.addapi', parameters)).toMatchObject({ Success: false, ErrorCode });
  });

  it('3: unknown, foreign, deleted and unreadable domains look alike', async () => {
    const stranger = await gateway.user();
    const deleted = await gateway.domain(owner.userId);
    await gateway.deleteDomain(owner.userId, deleted);
    const replies = await Promise.all([
      owner.call('emailgateway.addapi', { Description: 'x', DomainID: 4_000_000 }),
      owner.call('emailgateway.addapi', { Description: 'x', DomainID: deleted }),
      owner.call('emailgateway.addapi', { Description: 'x', DomainID: `${domainId}abc` }),
      owner.call('emailgateway.addapi', { Description: 'x', DomainID: '9007199254740991' }),
      stranger.call('emailgateway.addapi', { Description: 'x', DomainID: domainId }),
    ]);
    const notFound = { Success: false, ErrorCode: 3, ErrorText: 'Domain not found or access denied' };
    expect(replies).toEqual(replies.map(() => notFound));
    expect(
      await gateway.database.query('SELECT 1 FROM oempro_eg_api_keys WHERE UserID = ?', [stranger.userId]),
    ).toEqual([]);
  });

  it('99999: needs the privilege to manage domains', async () => {
    const limited = await gateway.user({ privileges: 'EmailGateway.AddDomain' });
    expect(await limited.call('emailgateway.addapi')).toMatchObject({ Success: false, ErrorCode: 99999 });
  });
});
