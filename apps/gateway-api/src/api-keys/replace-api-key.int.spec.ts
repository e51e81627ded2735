import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '#platform/testing/eventually';
import { testMysqlServer } from '#platform/testing/test-database';
import { startTcpProxy, type TcpProxy } from '#platform/testing/tcp-proxy';
import {
  startFeatureGateway,
  type FeatureGateway,
  type TestUser,
} from '../sender-domain/testing/feature-gateway.js';

let gateway: FeatureGateway;
let owner: TestUser;
let proxy: TcpProxy;
beforeAll(async () => {
  // The gateway reaches its database through a relay that can break; the suite looks at it directly.
  proxy = await startTcpProxy(testMysqlServer());
  gateway = await startFeatureGateway({ EG_MYSQL_HOST: '127.0.0.1', EG_MYSQL_PORT: `${proxy.port}` });
  owner = await gateway.user();
});
afterAll(async () => {
  await gateway.stop();
  await proxy.close();
});

const KEY = /^[0-9A-F]{8}(?:-[0-9A-F]{8}){3}$/;
const TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/;
const INVALID = { Success: false, ErrorCode: 13, ErrorText: 'Invalid SenderAPIKey' };

const keyOf = (reply: Record<string, unknown>) => (reply['APIKey'] as { APIKey: string }).APIKey;
const add = (DomainID: number, Description = 'x') =>
  owner.call('emailgateway.addapi', { Description, DomainID });
const replace = (DomainID: unknown, Description = 'Rotated 2026-05-16') =>
  owner.call('emailgateway.replaceapi', { Description, DomainID });
/** Whatever needs a working key and changes nothing. */
const use = (SenderAPIKey: string) =>
  owner.call('emailgateway.getevents.public', { SenderAPIKey, StartFrom: 0, RetrieveCount: 1 });
const rows = (domainId: number) =>
  gateway.database.query<{ APIKeyID: number; KeyHash: Buffer; Status: string }>(
    'SELECT APIKeyID, KeyHash, Status FROM oempro_eg_api_keys WHERE DomainID = ? ORDER BY APIKeyID',
    [domainId],
  );
/** Stored events of the domain after the first, oldest first; and whether exactly these leave for Kafka. */
const facts = async (domainId: number) => {
  const types = async (sql: string, params: readonly (string | Buffer)[]) =>
    (await gateway.database.query<{ type: string }>(sql, params)).map(({ type }) => type);
  const stored = await types('SELECT type FROM events WHERE stream_id = ? ORDER BY version', [
    `domain-${domainId}`,
  ]);
  const leaving = await types(
    `SELECT headers->>'$."event-type"' AS type FROM outbox
     WHERE topic = 'eg.domain-events' AND message_key = ? ORDER BY id`,
    [Buffer.from(`${domainId}`)],
  );
  expect(leaving).toEqual(stored);
  return stored.slice(1);
};

describe('emailgateway.replaceapi', () => {
  it('answers with the new key, ids inside it as texts, and keeps it sealed', async () => {
    const domainId = await gateway.domain(owner.userId);
    const reply = await owner.call('EmailGateway.ReplaceAPI', {
      DomainID: `${domainId}`,
      Description: 'Rotated 2026-05-16',
    });
    expect(reply).toEqual({
      Success: true,
      ErrorCode: 0,
      NewAPIKeyID: expect.any(Number),
      APIKey: {
        APIKeyID: `${Number(reply['NewAPIKeyID'])}`,
        UserID: `${owner.userId}`,
        DomainID: `${domainId}`,
        CreatedAt: expect.stringMatching(TIME),
        APIKey: expect.stringMatching(KEY),
        Description: 'Rotated 2026-05-16',
        Status: 'Enabled',
        Options: [],
      },
    });
    const key = keyOf(reply);
    expect(await rows(domainId)).toEqual([
      {
        APIKeyID: reply['NewAPIKeyID'],
        KeyHash: gateway.secrets.lookup(key),
        Status: 'Enabled',
      },
    ]);
    expect(await use(key)).toMatchObject({ Success: true });
    expect(await facts(domainId)).toEqual(['ApiKeyAdded']);
    const everything = await gateway.database.query<{ payload: Buffer }>(
      'SELECT payload FROM events UNION ALL SELECT value FROM outbox',
    );
    for (const { payload } of everything) expect(payload.includes(key)).toBe(false);
  });

  it('ends every earlier key at once and leaves no row of it, of a deleted one neither', async () => {
    const domainId = await gateway.domain(owner.userId);
    const other = await gateway.domain(owner.userId);
    const old = [await add(domainId), await add(domainId), await add(domainId)];
    const kept = await add(other);
    await owner.call('emailgateway.deleteapi', { APIKeyID: old[0]?.['NewAPIKeyID'] });
    for (const reply of old.slice(1)) expect(await use(keyOf(reply))).toMatchObject({ Success: true });

    const reply = await replace(domainId);

    for (const gone of old) expect(await use(keyOf(gone))).toEqual(INVALID);
    expect(await use(keyOf(reply))).toMatchObject({ Success: true });
    expect(await use(keyOf(kept))).toMatchObject({ Success: true });
    expect(await rows(domainId)).toMatchObject([{ APIKeyID: reply['NewAPIKeyID'], Status: 'Enabled' }]);
    expect(await facts(domainId)).toEqual([
      ...['ApiKeyAdded', 'ApiKeyAdded', 'ApiKeyAdded', 'ApiKeyDeleted'],
      ...['ApiKeyDeleted', 'ApiKeyDeleted', 'ApiKeyAdded'],
    ]);
    expect(await owner.call('emailgateway.deleteapi', { APIKeyID: old[1]?.['NewAPIKeyID'] })).toMatchObject({
      Success: false,
      ErrorCode: 2,
    });
  });

  it('20 at once all succeed, and leave exactly one enabled key: the one that a caller was told last', async () => {
    const domainId = await gateway.domain(owner.userId);
    const before = [await add(domainId), await add(domainId)];
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, index) => replace(domainId, `no ${index}`)),
    );
    expect(replies.map(({ Success }) => Success)).toEqual(replies.map(() => true));

    const [remaining, ...more] = await rows(domainId);
    expect(more).toEqual([]);
    expect(remaining).toMatchObject({ Status: 'Enabled' });
    const winner = replies.find(({ NewAPIKeyID }) => NewAPIKeyID === remaining?.APIKeyID);
    expect(remaining?.KeyHash).toEqual(gateway.secrets.lookup(keyOf(winner ?? {})));
    const { APIKeys } = await owner.call('emailgateway.getapis', { DomainID: domainId });
    expect(APIKeys).toMatchObject([{ APIKeyID: winner?.['NewAPIKeyID'], APIKey: keyOf(winner ?? {}) }]);

    for (const reply of [...before, ...replies])
      expect(await use(keyOf(reply))).toMatchObject({ Success: reply === winner });
    const events = await facts(domainId);
    expect(events.filter((type) => type === 'ApiKeyAdded')).toHaveLength(2 + replies.length);
    expect(events.filter((type) => type === 'ApiKeyDeleted')).toHaveLength(1 + replies.length);
    expect(events.at(-1)).toBe('ApiKeyAdded');
  });

  it('takes its turn before it looks at the keys', async () => {
    const domainId = await gateway.domain(owner.userId);
    let replaced: Promise<Record<string, unknown>> | undefined;
    await gateway.database.transaction(async (tx) => {
      await tx.query('SELECT 1 FROM events WHERE stream_id = ? AND version = 1 FOR UPDATE', [
        `domain-${domainId}`,
      ]);
      replaced = replace(domainId);
      await eventually(async () => {
        const threads = await gateway.database.query<{ Info: string | null }>('SHOW FULL PROCESSLIST');
        return threads.some(
          ({ Info }) => Info?.includes(`'domain-${domainId}'`) && Info.endsWith('FOR UPDATE'),
        );
      });
    });
    expect(await replaced).toMatchObject({ Success: true });
  });

  it('beside keys that are added and deleted at the same time, table and events agree', async () => {
    const domainId = await gateway.domain(owner.userId);
    const first = await add(domainId);
    const replies = await Promise.all([
      owner.call('emailgateway.deleteapi', { APIKeyID: first['NewAPIKeyID'] }),
      ...[1, 2, 3].flatMap(() => [replace(domainId), add(domainId)]),
    ]);
    expect(replies.slice(1).map(({ Success }) => Success)).toEqual(Array(6).fill(true));
    const events = await facts(domainId);
    const alive =
      events.filter((type) => type === 'ApiKeyAdded').length -
      events.filter((type) => type === 'ApiKeyDeleted').length;
    const enabled = (await rows(domainId)).filter(({ Status }) => Status === 'Enabled');
    expect(enabled).toHaveLength(alive);
    for (const reply of replies.slice(1))
      expect(await use(keyOf(reply))).toMatchObject({
        Success: enabled.some(({ APIKeyID }) => APIKeyID === Number(reply['NewAPIKeyID'])),
      });
  });

  it.each([
    [{}, [1, 2]],
    [{ Description: '  ', DomainID: 1 }, [1]],
    [{ Description: 'x' }, [2]],
    [{ Description: ['x'], DomainID: '' }, [1, 2]],
  ])('1, 2: %j lacks what is required', async (parameters, ErrorCode) => {
    expect(await owner.call('emailgateway.replaceapi', parameters)).toMatchObject({
      Success: false,
      ErrorCode,
    });
  });

  it('3: unknown, foreign, deleted and unreadable domains look alike, and lose no key', async () => {
    const [domainId, deleted] = [await gateway.domain(owner.userId), await gateway.domain(owner.userId)];
    const stranger = await gateway.user();
    const key = keyOf(await add(domainId));
    await gateway.deleteDomain(owner.userId, deleted);
    const replies = await Promise.all([
      replace(4_000_000),
      replace(deleted),
      replace(`${domainId}abc`),
      stranger.call('emailgateway.replaceapi', { Description: 'x', DomainID: domainId }),
    ]);
    const notFound = { Success: false, ErrorCode: 3, ErrorText: 'Domain not found or access denied' };
    expect(replies).toEqual(replies.map(() => notFound));
    expect(await use(key)).toMatchObject({ Success: true });
  });

  it('99998, 99999: needs a user who may manage domains', async () => {
    const limited = await gateway.user({ privileges: 'EmailGateway.AddDomain' });
    expect(await owner.call('emailgateway.replaceapi', { APIKey: 'nobody' })).toMatchObject({
      Success: false,
      ErrorCode: 99998,
    });
    expect(await limited.call('emailgateway.replaceapi')).toMatchObject({ Success: false, ErrorCode: 99999 });
  });
});

describe('emailgateway.replaceapi, when the transaction cannot be completed', () => {
  const FAILED = {
    Success: false,
    ErrorCode: 4,
    ErrorText: 'The API key could not be replaced; nothing was changed, try again',
  };
  /** Makes MySQL fail each insert of a key of the domain, the first `times` of them, as in a deadlock. */
  const deadlock = async (domainId: number, times: number) => {
    // MyISAM, so that the count outlives the roll-back.
    await gateway.database.execute('CREATE TABLE IF NOT EXISTS tries (domain INT, no INT) ENGINE=MyISAM');
    await gateway.database
      .execute(`CREATE TRIGGER deadlock_${domainId} BEFORE INSERT ON oempro_eg_api_keys FOR EACH ROW
      BEGIN
        IF NEW.DomainID = ${domainId} THEN
          INSERT INTO tries VALUES (${domainId}, 1);
          IF (SELECT COUNT(*) FROM tries WHERE domain = ${domainId}) <= ${times} THEN
            SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213, MESSAGE_TEXT = 'Deadlock found';
          END IF;
        END IF;
      END`);
  };
  const tries = async (domainId: number) =>
    (await gateway.database.query('SELECT 1 FROM tries WHERE domain = ?', [domainId])).length;

  const domainWithKey = async () => {
    const domainId = await gateway.domain(owner.userId);
    const key = keyOf(await add(domainId));
    return { domainId, key, before: await rows(domainId) };
  };
  const expectUnchanged = async ({ domainId, key, before }: Awaited<ReturnType<typeof domainWithKey>>) => {
    expect(await rows(domainId)).toEqual(before);
    expect(await facts(domainId)).toEqual(['ApiKeyAdded']);
    expect(await use(key)).toMatchObject({ Success: true });
  };

  it('rides deadlocks out', async () => {
    const { domainId, key } = await domainWithKey();
    await deadlock(domainId, 3);
    const reply = await replace(domainId);
    expect(reply).toMatchObject({ Success: true });
    expect(await tries(domainId)).toBe(4);
    expect(await rows(domainId)).toMatchObject([{ APIKeyID: reply['NewAPIKeyID'] }]);
    expect(await use(key)).toEqual(INVALID);
  });

  it('4: gives up after a bounded number of deadlocks, and nothing was persisted', async () => {
    const domain = await domainWithKey();
    await deadlock(domain.domainId, 1000);
    expect(await replace(domain.domainId)).toEqual(FAILED);
    expect(await tries(domain.domainId)).toBe(5);
    await expectUnchanged(domain);
  });

  it.each(['DELETE FROM oempro_eg_api_keys', 'INSERT INTO oempro_eg_api_keys', 'INSERT INTO events'])(
    '4: the connection breaks at %j, and nothing was persisted; the next call succeeds',
    async (statement) => {
      const domain = await domainWithKey();
      let cut = 0;
      proxy.intercept((bytes) => {
        if (cut > 0 || !bytes.includes(statement)) return 'forward';
        cut += 1;
        return 'forward-then-cut';
      });
      expect(await replace(domain.domainId)).toEqual(FAILED);
      expect(cut).toBe(1);
      await expectUnchanged(domain);
      expect(await replace(domain.domainId)).toMatchObject({ Success: true });
      expect(await rows(domain.domainId)).toHaveLength(1);
    },
  );

  it('100004, not 4: the connection breaks during the commit, so nobody knows; trying again is safe', async () => {
    const { domainId } = await domainWithKey();
    let inserted = false;
    proxy.intercept((bytes) => {
      inserted ||= bytes.includes('INSERT INTO oempro_eg_api_keys');
      return inserted && bytes.includes('COMMIT') ? 'forward-then-cut' : 'forward';
    });
    await expect(replace(domainId)).rejects.toThrow('"ErrorCode":100004');
    proxy.intercept(() => 'forward');
    const reply = await replace(domainId);
    expect(await rows(domainId)).toMatchObject([{ APIKeyID: reply['NewAPIKeyID'], Status: 'Enabled' }]);
  });
});
