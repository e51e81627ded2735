import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '#platform/testing/eventually';
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

  it('99998, 99999: needs a user who may manage domains', async () => {
    const limited = await gateway.user({ privileges: 'EmailGateway.AddDomain' });
    expect(await owner.call('emailgateway.addapi', { APIKey: 'nobody' })).toMatchObject({
      Success: false,
      ErrorCode: 99998,
    });
    expect(await limited.call('emailgateway.addapi')).toMatchObject({ Success: false, ErrorCode: 99999 });
  });
});

describe('emailgateway.deleteapi', () => {
  const addKey = async (user: TestUser, DomainID: number) => {
    const reply = await user.call('emailgateway.addapi', { Description: 'x', DomainID });
    return { id: Number(reply['NewAPIKeyID']), key: (reply['APIKey'] as { APIKey: string }).APIKey };
  };
  const statuses = async (...ids: number[]) => {
    const rows = await Promise.all(ids.map(stored));
    return rows.map(([row]) => row?.Status);
  };
  /** The events of a key's deletion that are stored, and those that leave for Kafka. */
  const deletions = async (ofDomain: number) => {
    const recorded = await gateway.database.query(
      `SELECT event_id FROM events WHERE stream_id = ? AND type = 'ApiKeyDeleted'`,
      [`domain-${ofDomain}`],
    );
    const published = await gateway.database.query<{ headers: Record<string, string> }>(
      `SELECT headers FROM outbox WHERE topic = 'eg.domain-events' AND message_key = ?`,
      [Buffer.from(`${ofDomain}`)],
    );
    const leaving = published.filter(({ headers }) => headers['event-type'] === 'ApiKeyDeleted');
    return [recorded.length, leaving.length];
  };
  const NOT_FOUND = { Success: false, ErrorCode: 2, ErrorText: 'API Key not found or access denied' };

  it('answers with nothing but success, and keeps the row', async () => {
    const own = await gateway.domain(owner.userId);
    const { id } = await addKey(owner, own);
    const reply = await owner.call('EmailGateway.DeleteAPI', { ApiKeyId: `${id}` });
    expect(reply).toEqual({ Success: true, ErrorCode: 0 });
    expect(await statuses(id)).toEqual(['Deleted']);
    expect(await deletions(own)).toEqual([1, 1]);
  });

  it('ends the key at once and for everything, and no other key of the domain', async () => {
    const own = await gateway.domain(owner.userId);
    await gateway.setStatus(own, 'Enabled');
    const [gone, kept] = await Promise.all([addKey(owner, own), addKey(owner, own)]);
    const send = (SenderAPIKey: string) =>
      owner.call('emailgateway.sendemail', {
        SenderAPIKey,
        Subject: 'Hello',
        ContentType: 'plain',
        PlainContent: 'Hi',
        From: { name: 'John', email: `john@d${own}.example.com` },
        To: [{ name: 'Jane', email: 'jane@example.org' }],
      });
    const events = (SenderAPIKey: string) =>
      owner.call('emailgateway.getevents.public', { SenderAPIKey, StartFrom: 0, RetrieveCount: 10 });
    const accepted = { Success: true, ErrorCode: 0, MessageID: expect.any(String) };
    expect(await send(gone.key)).toEqual(accepted);

    expect(await owner.call('emailgateway.deleteapi', { APIKeyID: gone.id })).toMatchObject({
      Success: true,
    });

    const invalid = { Success: false, ErrorCode: 13, ErrorText: 'Invalid SenderAPIKey' };
    for (const use of [send, events]) {
      expect(await use(gone.key)).toEqual(invalid);
      expect(await use('0000-0000')).toEqual(invalid);
    }
    expect(await send(kept.key)).toEqual(accepted);
    expect(await events(kept.key)).toMatchObject({ Success: true });
    expect(await statuses(gone.id, kept.id)).toEqual(['Deleted', 'Enabled']);
  });

  it('during its deletion a key works or is invalid, and after it is only invalid', async () => {
    const { id, key } = await addKey(owner, await gateway.domain(owner.userId));
    let deleted = false;
    const outcomes: { begunAfter: boolean; code: unknown }[] = [];
    const use = async () => {
      for (let after = 0; after < 2;) {
        const begunAfter = deleted;
        if (begunAfter) after += 1;
        const reply = await owner.call('emailgateway.getevents.public', { SenderAPIKey: key });
        outcomes.push({ begunAfter, code: reply['ErrorCode'] });
      }
    };
    const uses = [1, 2, 3].map(use);
    await eventually(() => outcomes.length >= 6);
    const reply = await owner.call('emailgateway.deleteapi', { APIKeyID: id });
    deleted = true;
    await Promise.all(uses);

    expect(reply).toEqual({ Success: true, ErrorCode: 0 });
    expect(outcomes.slice(0, 6).map(({ code }) => code)).toEqual(Array(6).fill(0));
    expect(outcomes.filter(({ code }) => code !== 0 && code !== 13)).toEqual([]);
    expect(outcomes.filter(({ begunAfter, code }) => begunAfter && code === 0)).toEqual([]);
  });

  it('deletes once, however many ask at the same time', async () => {
    const own = await gateway.domain(owner.userId);
    const { id } = await addKey(owner, own);
    const replies = await Promise.all(
      [1, 2, 3].map(() => owner.call('emailgateway.deleteapi', { APIKeyID: id })),
    );
    expect(replies.filter(({ Success }) => Success)).toHaveLength(1);
    expect(replies.filter(({ Success }) => !Success)).toEqual([NOT_FOUND, NOT_FOUND]);
    expect(await deletions(own)).toEqual([1, 1]);
  });

  it.each([[{}], [{ APIKeyID: ' ' }], [{ APIKeyID: null }]])(
    '1: %j lacks what is required',
    async (parameters) => {
      expect(await owner.call('emailgateway.deleteapi', parameters)).toEqual({
        Success: false,
        ErrorCode: [1],
        ErrorText: ['Missing required parameter (APIKeyID)'],
      });
    },
  );

  it('2: unknown, foreign, deleted and unreadable keys look alike, and change nothing', async () => {
    const stranger = await gateway.user();
    const own = await gateway.domain(owner.userId);
    const ended = await gateway.domain(owner.userId);
    const [key, deleted, withDomain] = [
      await addKey(owner, own),
      await addKey(owner, own),
      await addKey(owner, ended),
    ];
    await owner.call('emailgateway.deleteapi', { APIKeyID: deleted.id });
    await gateway.deleteDomain(owner.userId, ended);
    const replies = await Promise.all([
      owner.call('emailgateway.deleteapi', { APIKeyID: 4_000_000 }),
      owner.call('emailgateway.deleteapi', { APIKeyID: '9007199254740991' }),
      owner.call('emailgateway.deleteapi', { APIKeyID: deleted.id }),
      owner.call('emailgateway.deleteapi', { APIKeyID: withDomain.id }),
      owner.call('emailgateway.deleteapi', { APIKeyID: `${key.id}abc` }),
      stranger.call('emailgateway.deleteapi', { APIKeyID: key.id }),
    ]);
    expect(replies).toEqual(replies.map(() => NOT_FOUND));
    expect(await statuses(key.id)).toEqual(['Enabled']);
    expect(await deletions(own)).toEqual([1, 1]);
  });

  it('99998: needs a user who is known', async () => {
    const { id } = await addKey(owner, domainId);
    for (const APIKey of ['nobody', ''])
      expect(await owner.call('emailgateway.deleteapi', { APIKey, APIKeyID: id })).toMatchObject({
        Success: false,
        ErrorCode: 99998,
      });
    expect(await statuses(id)).toEqual(['Enabled']);
  });

  it('99999: needs the privilege to manage domains', async () => {
    const limited = await gateway.user({ privileges: 'EmailGateway.AddDomain' });
    const { id } = await addKey(owner, domainId);
    expect(await limited.call('emailgateway.deleteapi', { APIKeyID: id })).toMatchObject({
      Success: false,
      ErrorCode: 99999,
    });
    expect(await statuses(id)).toEqual(['Enabled']);
  });
});
