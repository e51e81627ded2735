import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { SearchUnavailable } from '#platform/search/search-client';
import { eventually } from '#platform/testing/eventually';
import { delivery, mailEvents } from '../event-search/testing/mail-events.js';
import {
  startTestGateway,
  type TestDomain,
  type TestGateway,
  type TestUser,
} from '../http/testing/test-gateway.js';

let gateway: TestGateway;
let user: TestUser;
let neighbour: TestUser;
let domain: TestDomain;
let second: TestDomain;
let foreign: TestDomain;
/** More events than a file takes. */
let busy: TestUser;
/** Events whose rows are long: more bytes than the sockets between client and server hold. */
let wordy: TestUser;

const DAY = 86_400_000;
const TODAY = Date.now() - (Date.now() % DAY);
const HEAD = '\uFEFFTime,Event,MessageID,From,To,Subject,Domain,SMTPCode\n';
const EVENTS_OF_BUSY = 10_050;
const EVENTS_OF_WORDY = 9_500;

beforeAll(async () => {
  gateway = await startTestGateway();
  user = await gateway.createUser();
  // Its id begins with the digits of the user's: a careless pattern would match both.
  await gateway.database.execute(`ALTER TABLE oempro_users AUTO_INCREMENT = ${user.UserID * 10 + 1}`);
  [neighbour, busy, wordy] = [
    await gateway.createUser(),
    await gateway.createUser(),
    await gateway.createUser(),
  ];
  [domain, second] = [await gateway.createDomain(user), await gateway.createDomain(user)];
  foreign = await gateway.createDomain(neighbour);
  const of = mailEvents(user, domain);
  const noon = TODAY - DAY / 2;
  await gateway.index([
    of('bounced', {
      loggedAt: noon + 2_999,
      messageId: 'message-1',
      from: 'sender@apex.com',
      to: '=cmd|x, "y"',
      subject: 'Two\nlines',
      recipient: 'jane@Example.ORG',
      delivery: delivery(1, 550),
    }),
    of('accepted-by-oempro', { loggedAt: noon, messageId: 'message-1', subject: '' }),
    of('delivered', { loggedAt: TODAY - 30 * DAY, messageId: 'first' }),
    of('delivered', { loggedAt: TODAY - 30 * DAY - 1, messageId: 'too-old' }),
    mailEvents(user, second)('delivered', { loggedAt: noon + 1_000, messageId: 'second' }),
    mailEvents(neighbour, foreign)('delivered', { loggedAt: noon, messageId: 'theirs' }),
  ]);
  await index(busy, EVENTS_OF_BUSY, '');
  await index(wordy, EVENTS_OF_WORDY, 'long '.repeat(400));
});
afterEach(() => {
  jest.restoreAllMocks();
});
afterAll(() => gateway.close());

/** Events a millisecond apart, subjects numbered from the oldest. */
async function index(owner: TestUser, count: number, words: string): Promise<void> {
  const of = mailEvents(owner, await gateway.createDomain(owner));
  const from = TODAY - DAY;
  await gateway.index(
    Array.from({ length: count }, (_, n) =>
      of('delivered', { loggedAt: from + n, subject: `${words}no ${n}` }),
    ),
  );
}

const COMMAND = 'emailgateway.exportevents';
const download = (parameters: Record<string, unknown> = {}, who = user) => {
  const body = JSON.stringify({ Command: COMMAND, APIKey: who.APIKey, ...parameters });
  return fetch(`${gateway.api}/api.php`, { method: 'POST', body });
};
/** `text()` of a response would drop the byte order mark. */
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer()).toString('utf8');
const idsOf = (csv: string) =>
  csv
    .split('\n')
    .map((line) => line.split(',')[2])
    .filter((id) => id !== undefined && id !== 'MessageID');

describe('an export', () => {
  it('is a file of the last 30 days, newest first', async () => {
    const response = await download({ DomainID: domain.domainId });
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8']);
    const today = new Date().toISOString().slice(0, 10);
    expect(response.headers.get('content-disposition')).toBe(
      `attachment; filename="transactional-events-${today}.csv"`,
    );
    expect(response.headers.get('x-octeth-export-total')).toBe('3');
    expect(response.headers.has('x-octeth-export-truncated')).toBe(false);
    expect(response.headers.has('x-octeth-export-limit')).toBe(false);
    const day = new Date(TODAY - DAY).toISOString().slice(0, 10);
    const month = new Date(TODAY - 30 * DAY).toISOString().slice(0, 10);
    expect(await bytesOf(response)).toBe(
      [
        `${HEAD}${day}T12:00:02Z,bounced,message-1,sender@apex.com,"'=cmd|x, ""y""","Two\nlines",example.org,550`,
        `${day}T12:00:00Z,accepted-by-oempro,message-1,John <john@${domain.name}>,Jane <jane@example.org>,,example.org,`,
        `${month}T00:00:00Z,delivered,first,John <john@${domain.name}>,Jane <jane@example.org>,Hello,example.org,`,
        '',
      ].join('\n'),
    );
  });

  it('answers a GET, with a form too, whatever format is asked for', async () => {
    const query = new URLSearchParams({
      Command: 'EmailGateway.ExportEvents',
      APIKey: user.APIKey,
      Event: 'bounce',
    });
    const link = await fetch(`${gateway.api}/api.php?${query.toString()}&ResponseFormat=XML`);
    expect(link.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(idsOf((await bytesOf(link)).replace('Two\n', ''))).toEqual(['message-1']);
    const form = await fetch(`${gateway.api}/api.php`, { method: 'POST', body: query });
    expect(form.headers.get('x-octeth-export-total')).toBe('1');
  });

  it.each<[string, () => Record<string, unknown>, string[]]>([
    ['nothing', () => ({}), ['message-1', 'second', 'message-1', 'first']],
    ['no domain', () => ({ DomainID: 0 }), ['message-1', 'second', 'message-1', 'first']],
    ['a domain', () => ({ DomainID: `${second.domainId}` }), ['second']],
    ['a group of events', () => ({ Event: 'accepted' }), ['message-1']],
    ['an unknown event', () => ({ Event: 'exploded' }), []],
    ['a message', () => ({ MessageID: 'first' }), ['first']],
    ['a message, whatever the words', () => ({ MessageID: 'first', Query: 'lines' }), ['first']],
    ['words', () => ({ Query: 'two lines' }), ['message-1']],
    ['words that are none', () => ({ Query: {} }), []],
    ['dates', () => ({ StartDate: date(-400), EndDate: date(-31) }), ['too-old']],
    [
      'dates of another form',
      () => ({ StartDate: '1.1.2020', EndDate: 'x' }),
      ['message-1', 'second', 'message-1', 'first'],
    ],
    [
      'an end before the start',
      () => ({ StartDate: date(-1), EndDate: date(-9) }),
      ['message-1', 'second', 'message-1'],
    ],
    ['days without an index', () => ({ StartDate: '2019-01-01', EndDate: '2019-01-02' }), []],
  ])('is narrowed by %s', async (_what, parameters, ids) => {
    const response = await download(parameters());
    expect(response.headers.get('x-octeth-export-total')).toBe(`${ids.length}`);
    const csv = (await bytesOf(response)).replace('Two\nlines', 'Two lines');
    expect(csv.startsWith(HEAD)).toBe(true);
    expect(idsOf(csv)).toEqual(ids);
  });
  const date = (days: number) => new Date(TODAY + days * DAY).toISOString().slice(0, 10);

  it('never shows events of another user, although one id begins with the other', async () => {
    expect(idsOf(await bytesOf(await download({}, neighbour)))).toEqual(['theirs']);
    expect(await bytesOf(await download())).not.toContain('theirs');
  });

  it('holds the newest 10,000 of more, and says how many there are', async () => {
    const response = await download({}, busy);
    expect(response.headers.get('x-octeth-export-total')).toBe(`${EVENTS_OF_BUSY}`);
    expect(response.headers.get('x-octeth-export-truncated')).toBe('1');
    expect(response.headers.get('x-octeth-export-limit')).toBe('10000');
    const lines = (await bytesOf(response)).trimEnd().split('\n').slice(1);
    const subjects = lines.map((line) => line.split(',')[5]);
    expect(subjects).toEqual(Array.from({ length: 10_000 }, (_, n) => `no ${EVENTS_OF_BUSY - 1 - n}`));
  });

  it('is fetched in pages of 1,000 that ask for the columns only', async () => {
    const searches = jest.spyOn(gateway.search, 'search');
    await bytesOf(await download({}, busy));
    expect(searches.mock.calls.map(([{ size }]) => size)).toEqual(Array(10).fill(1_000));
    expect(searches.mock.calls.every(([{ source }]) => Array.isArray(source) && source.length < 10)).toBe(
      true,
    );
    searches.mockClear();
    await bytesOf(await download());
    expect(searches).toHaveBeenCalledTimes(1);
  });
});

describe('a client', () => {
  const sockets: Socket[] = [];
  // Also of a test that failed: the gateway waits for the end of a reply.
  afterEach(() => sockets.splice(0).forEach((socket) => socket.destroy()));
  const request = (who: TestUser) => {
    const { hostname, port } = new URL(gateway.api);
    const socket = connect({ host: hostname, port: Number(port) });
    sockets.push(socket);
    const query = new URLSearchParams({ Command: COMMAND, APIKey: who.APIKey });
    socket.write(`GET /api.php?${query.toString()} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    return socket;
  };
  const endings = () => gateway.logged().filter(({ msg }) => msg === 'export.ended');
  /** The first bytes, and from then on nothing more. */
  const startReading = async (socket: Socket) => {
    await once(socket, 'data');
    socket.pause();
  };
  /** Resolves when the number of calls has not changed for a while. */
  const settled = async (calls: () => number) => {
    let last = -1;
    let since = Date.now();
    await eventually(() => {
      if (calls() !== last) [last, since] = [calls(), Date.now()];
      expect(Date.now() - since).toBeGreaterThan(700);
    });
    return last;
  };

  it('that reads slowly slows the searches down, and ends them when it goes away', async () => {
    const searches = jest.spyOn(gateway.search, 'search');
    const before = endings().length;
    const socket = request(wordy);
    await startReading(socket);
    const asked = await settled(() => searches.mock.calls.length);
    // Ten would be the whole file; the sockets between hold a part of it.
    expect(asked).toBeLessThan(8);
    socket.destroy();
    await eventually(() => expect(endings().length).toBe(before + 1));
    expect(endings().at(-1)).toMatchObject({
      outcome: 'cancelled',
      userId: wordy.UserID,
      total: EVENTS_OF_WORDY,
    });
    expect(endings().at(-1)?.['rows']).toBeLessThan(EVENTS_OF_WORDY);
    expect(await settled(() => searches.mock.calls.length)).toBeLessThanOrEqual(asked + 1);
  });

  it('that goes away before the first page is there ends the searches too', async () => {
    const real = gateway.search.search.bind(gateway.search);
    const socket = request(wordy);
    const gone = once(socket, 'close');
    const searches = jest.spyOn(gateway.search, 'search').mockImplementation(async (asked) => {
      socket.destroy();
      await gone;
      return real(asked);
    });
    await eventually(() => expect(searches.mock.calls.length).toBeGreaterThan(0));
    expect(await settled(() => searches.mock.calls.length)).toBe(1);
  });

  it('that waits and reads on gets the whole file', async () => {
    const socket = request(wordy);
    await startReading(socket);
    let bytes = 0;
    socket.on('data', (data) => (bytes += data.length));
    const before = endings().length;
    socket.resume();
    await eventually(() => expect(endings().length).toBe(before + 1));
    expect(endings().at(-1)).toMatchObject({ outcome: 'complete', rows: EVENTS_OF_WORDY });
    await eventually(() => expect(bytes).toBeGreaterThan(EVENTS_OF_WORDY * 2_000));
    socket.destroy();
  });

  it('is cut off, not told a complete file, when a later page fails', async () => {
    const real = gateway.search.search.bind(gateway.search);
    let calls = 0;
    jest.spyOn(gateway.search, 'search').mockImplementation((asked) => {
      calls += 1;
      return calls === 3 ? Promise.reject(new SearchUnavailable('gone', 503)) : real(asked);
    });
    const response = await download({}, busy);
    expect(response.status).toBe(200);
    await expect(response.arrayBuffer()).rejects.toThrow(/terminated/);
    expect(calls).toBe(3);
    expect(endings().at(-1)).toMatchObject({ outcome: 'failed', rows: 2_000, level: 'error' });
  });

  it('gets a JSON error when the first page fails', async () => {
    jest.spyOn(gateway.search, 'search').mockRejectedValueOnce(new SearchUnavailable('gone', 503));
    const response = await download();
    expect([response.status, response.headers.get('content-type')]).toEqual([
      500,
      'application/json; charset=utf-8',
    ]);
    expect(await response.json()).toMatchObject({ Success: false, ErrorCode: 100004 });
  });
});

describe('a refusal is JSON', () => {
  const refusal = async (parameters: Record<string, unknown>) => {
    const response = await download(parameters);
    expect(response.headers.has('x-octeth-export-total')).toBe(false);
    expect(response.headers.has('content-disposition')).toBe(false);
    return [response.status, await response.json()];
  };
  it('for a domain that is not the user’s', async () => {
    for (const DomainID of [foreign.domainId, 999_999_999, '7abc', '-1', {}, [domain.domainId]])
      expect(await refusal({ DomainID })).toEqual([
        200,
        { Success: false, ErrorCode: 2, ErrorText: 'Domain not found or access denied' },
      ]);
  });
  it('for a wrong credential and a missing privilege', async () => {
    expect(await refusal({ APIKey: 'nonsense' })).toMatchObject([200, { Success: false, ErrorCode: 99998 }]);
    const name = randomUUID();
    await gateway.operator('POST', '/groups', { name, privileges: 'EmailGateway.AddDomain' });
    const { APIKey } = await gateway.createUser({ group: name });
    expect(await refusal({ APIKey })).toMatchObject([200, { Success: false, ErrorCode: 99999 }]);
  });
});
