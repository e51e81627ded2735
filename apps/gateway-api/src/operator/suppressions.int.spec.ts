import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startTestGateway, type TestGateway, type TestUser } from '../http/testing/test-gateway.js';

let gateway: TestGateway;
let ann: TestUser;
let bob: TestUser;
beforeAll(async () => {
  gateway = await startTestGateway();
  [ann, bob] = [await gateway.createUser(), await gateway.createUser()];
});
afterAll(() => gateway.close());
beforeEach(async () => {
  await gateway.database.execute('DELETE FROM oempro_suppression_list');
});

const add = (addresses: unknown, userId?: number) =>
  gateway.operator('POST', '/suppressions', { addresses, ...(userId === undefined ? {} : { userId }) });
const remove = (addresses: string[], userId?: number) =>
  gateway.operator('DELETE', '/suppressions', { addresses, ...(userId === undefined ? {} : { userId }) });
/** `address of user` of each entry in the reply. */
async function listed(filter: { address?: string; userId?: number } = {}): Promise<string[]> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filter)) query.set(name, `${value}`);
  const { status, text } = await gateway.operator('GET', `/suppressions?${query.toString()}`);
  if (status !== 200) throw new Error(text);
  const rows = JSON.parse(text) as { EmailAddress: string; UserID: number }[];
  return rows.map(({ EmailAddress, UserID }) => `${EmailAddress} of ${UserID}`);
}

describe('the suppression list', () => {
  it('keeps addresses as sends look them up: lower case, ASCII, each once per account', async () => {
    const first = await add(['Ann.O@Example.COM', ' ann.o@example.com', 'x@BÜCHER.example']);
    expect([first.status, first.json]).toEqual([200, { Added: 2, Present: 0 }]);
    expect((await add(['ANN.O@example.com', 'new@example.com'])).json).toEqual({ Added: 1, Present: 1 });
    expect((await add(['ann.o@example.com'], ann.UserID)).json).toEqual({ Added: 1, Present: 0 });
    expect((await listed()).toSorted()).toEqual(
      [
        'ann.o@example.com of 0',
        `ann.o@example.com of ${ann.UserID}`,
        'new@example.com of 0',
        'x@xn--bcher-kva.example of 0',
      ].toSorted(),
    );
  });

  it('shows an entry whole', async () => {
    await add(['*@Spam.Example'], ann.UserID);
    expect((await gateway.operator('GET', '/suppressions')).json).toEqual([
      {
        SuppressionID: expect.any(Number),
        UserID: ann.UserID,
        EmailAddress: '*@spam.example',
        IsPattern: 1,
        CreatedAt: expect.any(String),
      },
    ]);
  });

  it('finds what keeps mail from an address: itself and the patterns that match', async () => {
    await add(['a@spam.example', '*@spam.example', '*@bücher.example', 'b*']);
    await add(['a@*'], ann.UserID);
    await add(['A@spam.example'], bob.UserID);
    const why = [
      'a@spam.example of 0',
      '*@spam.example of 0',
      `a@* of ${ann.UserID}`,
      `a@spam.example of ${bob.UserID}`,
    ];
    expect((await listed({ address: 'A@Spam.example' })).toSorted()).toEqual(why.toSorted());
    expect(await listed({ address: 'a@spam.example', userId: ann.UserID })).toEqual([`a@* of ${ann.UserID}`]);
    expect(await listed({ address: '*@SPAM.example' })).toEqual(['*@spam.example of 0']);
    expect(await listed({ address: 'x@bücher.example' })).toEqual(['*@xn--bcher-kva.example of 0']);
    expect(await listed({ address: 'c@other.example' })).toEqual([]);
  });

  it('counts with the next mail, of every account or of one', async () => {
    const { name, senderKey } = await gateway.createDomain(ann);
    const send = async () => {
      const json = {
        Subject: 's',
        ContentType: 'plain',
        PlainContent: 'x',
        From: { name: 'A', email: `a@${name}` },
        To: [{ name: 'B', email: 'Bea@Example.org' }],
      };
      return (await gateway.request('POST', '/api/v1/email', { json, bearer: senderKey })).status;
    };
    await add(['bea@example.org', '*@example.org'], bob.UserID);
    expect(await send()).toBe(200);
    for (const [entry, userId] of [
      ['BEA@example.org', undefined],
      ['*@example.org', undefined],
      ['b*a@example.org', ann.UserID],
    ] as const) {
      await add([entry], userId);
      expect(await send()).toBe(409);
      await remove([entry], userId);
      expect(await send()).toBe(200);
    }
  });

  it('removes exactly the entry that is named, in its scope', async () => {
    await add(['a@example.com', '*@example.com']);
    await add(['a@example.com'], ann.UserID);
    expect((await remove(['A@example.com', 'nobody@example.com'])).json).toEqual({ Removed: 1 });
    expect(await listed()).toEqual(
      expect.arrayContaining([`a@example.com of ${ann.UserID}`, '*@example.com of 0']),
    );
    expect((await remove(['a@example.com'])).json).toEqual({ Removed: 0 });
    expect((await remove(['a@example.com'], ann.UserID)).json).toEqual({ Removed: 1 });
    expect(await listed()).toEqual(['*@example.com of 0']);
  });

  it('is read in pieces', async () => {
    await add(Array.from({ length: 25 }, (_, no) => `n${no}@example.com`));
    await add(['own@example.com'], ann.UserID);
    const seen: string[] = [];
    for (let after = 0; ;) {
      const { text } = await gateway.operator('GET', `/suppressions?limit=10&after=${after}&userId=0`);
      const rows = JSON.parse(text) as { SuppressionID: number; EmailAddress: string }[];
      if (rows.length === 0) break;
      expect(rows.length).toBeLessThanOrEqual(10);
      seen.push(...rows.map(({ EmailAddress }) => EmailAddress));
      after = rows.at(-1)?.SuppressionID ?? 0;
    }
    expect([seen.length, new Set(seen).size]).toEqual([25, 25]);
  });

  it.each<[string, unknown, string]>([
    ['no address', ['a@example.com', 'nonsense'], '\\"nonsense\\"'],
    ['a pattern for all the world', ['*@*'], '\\"*@*\\"'],
    ['a pattern with a space', ['a b*'], 'a b*'],
    ['nothing', [], 'addresses'],
    ['something else', 'a@example.com', 'addresses'],
    ['too many', Array.from({ length: 1001 }, () => 'a@example.com'), 'addresses'],
  ])('refuses %s, names it and adds nothing', async (_what, addresses, named) => {
    const reply = await add(addresses);
    expect(reply.status).toBe(400);
    expect(reply.text).toContain(named);
    expect(await listed()).toEqual([]);
  });

  it('refuses an account that is not there, and what is no filter', async () => {
    const reply = await add(['a@example.com'], 4_294_967_295);
    expect([reply.status, reply.text]).toEqual([400, expect.stringContaining('4294967295')]);
    for (const query of [
      'limit=0',
      'limit=10001',
      'limit=x',
      'after=-1',
      'userId=me',
      'userId=1&userId=2',
      'address=x',
    ])
      expect((await gateway.operator('GET', `/suppressions?${query}`)).status).toBe(400);
  });

  it('takes the same addresses from many at once', async () => {
    const addresses = Array.from({ length: 1000 }, (_, no) => `n${no}@example.com`);
    const replies = await Promise.all([1, 2, 3].flatMap(() => [add(addresses), add(addresses.toReversed())]));
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200]);
    expect(replies.reduce((sum, { json }) => sum + Number(json['Added']), 0)).toBe(1000);
  });
});
