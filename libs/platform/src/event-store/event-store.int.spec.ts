import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { enqueue } from '../outbox/outbox.js';
import { plumbingMigrations } from '../schema/plumbing.js';
import { eventually } from '../testing/eventually.js';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.js';
import { type Command, runCommand } from './command-loop.js';
import {
  DuplicateEvent,
  type EventCodec,
  EventStore,
  type NewEvent,
  VersionConflict,
} from './event-store.js';
import { nextId } from './sequences.js';

/** A counter that refuses to go beyond a limit: the smallest aggregate with a rule. */
interface Counted {
  by: number;
}

const FINGERPRINT = Buffer.from('0102030405060708', 'hex');
const codec: EventCodec<Counted> = {
  encode: ({ by }) => ({ type: 'Counted', fingerprint: FINGERPRINT, payload: Buffer.from([by]) }),
  decode: (type, fingerprint, payload) => {
    expect([type, fingerprint.toString('hex')]).toEqual(['Counted', FINGERPRINT.toString('hex')]);
    return { by: payload.readUInt8(0) };
  },
};

let test: TestDatabase;
const store = new EventStore(codec);
const stream = (): string => `counter-${randomUUID()}`;

beforeAll(async () => {
  test = await createTestDatabase(plumbingMigrations, { poolSize: 24 });
});
afterAll(() => test.drop());

const newEvent = (by: number, eventId: string = randomUUID()): NewEvent<Counted> => ({
  eventId,
  event: { by },
  occurredAt: new Date('2026-11-24T10:00:00.123Z'),
  meta: { 'request-id': 'r-1' },
});
const append = (streamId: string, expectedVersion: number, ...events: NewEvent<Counted>[]): Promise<void> =>
  test.database.transaction((tx) => store.append(tx, streamId, expectedVersion, events));
const versions = async (streamId: string): Promise<number[]> =>
  (await store.load(test.database, streamId)).events.map(({ version }) => version);

describe('event store', () => {
  it('gives back the events of one stream in order, whole', async () => {
    const streamId = stream();
    const events = [newEvent(1), newEvent(2)];
    await append(streamId, 0, ...events);
    await append(stream(), 0, newEvent(9));
    await append(streamId, 2, newEvent(3, 'e'.repeat(36)));
    const { version, events: loaded } = await store.load(test.database, streamId);
    expect(version).toBe(3);
    expect(loaded.slice(0, 2)).toEqual(
      events.map((event, index) => ({ ...event, streamId, version: index + 1 })),
    );
    expect(loaded[2]).toMatchObject({ version: 3, event: { by: 3 }, eventId: 'e'.repeat(36) });
  });

  it('is at version 0 before the first event', async () => {
    expect(await store.load(test.database, stream())).toEqual({ version: 0, events: [] });
  });

  it.each([
    ['behind', 1],
    ['ahead, which would leave a gap', 3],
  ])('refuses an append that is %s', async (_how, expectedVersion) => {
    const streamId = stream();
    await append(streamId, 0, newEvent(1), newEvent(2));
    await expect(append(streamId, expectedVersion, newEvent(3), newEvent(4))).rejects.toBeInstanceOf(
      VersionConflict,
    );
    expect(await versions(streamId)).toEqual([1, 2]);
  });

  it('lets one of two concurrent appends at a version win; the other waits for its commit and conflicts', async () => {
    const streamId = stream();
    const order: string[] = [];
    const appended = Promise.withResolvers<void>();
    const mayCommit = Promise.withResolvers<void>();
    const first = test.database.transaction(async (tx) => {
      await store.append(tx, streamId, 0, [newEvent(1)]);
      appended.resolve();
      await mayCommit.promise;
      order.push('first commits');
    });
    await appended.promise;
    const second = append(streamId, 0, newEvent(2)).catch((error: unknown) => {
      order.push('second conflicts');
      throw error;
    });
    // The second INSERT has reached the server and hangs there.
    await eventually(async () => {
      const threads = await test.database.query<{ db: string; Info: string | null }>('SHOW FULL PROCESSLIST');
      return threads.some(({ db, Info }) => db === test.name && Info?.startsWith('INSERT INTO events'));
    });
    mayCommit.resolve();
    await first;
    await expect(second).rejects.toBeInstanceOf(VersionConflict);
    expect(order).toEqual(['first commits', 'second conflicts']);
    expect((await store.load(test.database, streamId)).events.map(({ event }) => event.by)).toEqual([1]);
  });

  it('refuses an event id that is recorded already, in whatever stream', async () => {
    const told = newEvent(1);
    await append(stream(), 0, told);
    const streamId = stream();
    await expect(append(streamId, 0, newEvent(2), told)).rejects.toBeInstanceOf(DuplicateEvent);
    expect(await versions(streamId)).toEqual([]);
  });

  it('rolls back events and outbox rows together', async () => {
    const streamId = stream();
    const work = test.database.transaction(async (tx) => {
      await store.append(tx, streamId, 0, [newEvent(1)]);
      await enqueue(tx, [{ topic: 't', key: streamId, value: Buffer.from('m') }]);
      throw new Error('the current-state table refused');
    });
    await expect(work).rejects.toThrow('current-state');
    expect(await versions(streamId)).toEqual([]);
    expect(await test.database.query('SELECT id FROM outbox WHERE message_key = ?', [streamId])).toEqual([]);
  });
});

describe('command loop', () => {
  type Refused = { refused: 'limit-reached'; limit: number };
  const command = (
    streamId: string,
    overrides: Partial<Command<Counted, number, Refused>> = {},
  ): Command<Counted, number, Refused> => ({
    database: test.database,
    store,
    streamId,
    initial: 0,
    evolve: (total, { by }) => total + by,
    decide: (total) => (total >= 30 ? { refused: 'limit-reached', limit: 30 } : [{ by: 1 }]),
    record: async () => undefined,
    ...overrides,
  });

  it('appends what was decided and records it in the same transaction', async () => {
    const streamId = stream();
    const result = await runCommand(
      command(streamId, {
        decide: (total, version) => {
          expect([total, version]).toEqual([0, 0]);
          return [{ by: 2 }, { by: 3 }];
        },
        occurredAt: new Date('2026-01-02T03:04:05.678Z'),
        meta: { by: 'test' },
        record: async (tx, events, total, version) => {
          await enqueue(
            tx,
            events.map((each) => ({
              topic: `t-${total}-${version}`,
              key: streamId,
              value: Buffer.from(each.eventId),
            })),
          );
        },
      }),
    );
    if (result.refused !== undefined) throw new Error('not to be refused');
    expect(result).toMatchObject({ state: 5, version: 2 });
    expect((await store.load(test.database, streamId)).events).toEqual(result.events);
    expect(result.events[1]).toMatchObject({ version: 2, meta: { by: 'test' }, event: { by: 3 } });
    const rows = await test.database.query<{ topic: string; value: Buffer }>(
      'SELECT topic, value FROM outbox WHERE message_key = ? ORDER BY id',
      [streamId],
    );
    expect(rows.map(({ topic, value }) => [topic, value.toString()])).toEqual(
      result.events.map(({ eventId }) => ['t-5-2', eventId]),
    );
  });

  it('returns a refusal with its facts and writes nothing', async () => {
    const streamId = stream();
    await append(streamId, 0, newEvent(30));
    const record = async (): Promise<void> => {
      throw new Error('nothing to record');
    };
    expect(await runCommand(command(streamId, { record }))).toEqual({ refused: 'limit-reached', limit: 30 });
    expect(await versions(streamId)).toEqual([1]);
  });

  it('appends nothing when nothing needs to change', async () => {
    const streamId = stream();
    await append(streamId, 0, newEvent(4));
    const record = async (): Promise<void> => {
      throw new Error('nothing to record');
    };
    expect(await runCommand(command(streamId, { decide: () => [], record }))).toEqual({
      state: 4,
      version: 1,
      events: [],
    });
    expect(await versions(streamId)).toEqual([1]);
  });

  it('brings 20 concurrent commands on one stream into 20 versions in a row, each recorded once and in order', async () => {
    const streamId = stream();
    const results = await Promise.all(
      Array.from({ length: 20 }, () =>
        runCommand(
          command(streamId, {
            record: (tx, _events, _total, version) =>
              enqueue(tx, [{ topic: 't', key: streamId, value: Buffer.from(String(version)) }]),
          }),
        ),
      ),
    );
    expect(results.every(({ refused }) => refused === undefined)).toBe(true);
    const expected = Array.from({ length: 20 }, (_, index) => index + 1);
    expect(await versions(streamId)).toEqual(expected);
    const rows = await test.database.query<{ value: Buffer }>(
      'SELECT value FROM outbox WHERE message_key = ? ORDER BY id',
      [streamId],
    );
    expect(rows.map(({ value }) => Number(value.toString()))).toEqual(expected);
  });

  it('that takes the lock first is decided once, however many come at the same time', async () => {
    const streamId = stream();
    await append(streamId, 0, newEvent(1));
    const decidedAt: number[] = [];
    const decide = (_total: number, version: number) => {
      decidedAt.push(version);
      return [{ by: 1 }];
    };
    await Promise.all(
      Array.from({ length: 20 }, () => runCommand(command(streamId, { decide, lockFirst: true }))),
    );
    expect(decidedAt).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  });

  it('decides again on the new state after a conflict, so that a rule holds under concurrency', async () => {
    const streamId = stream();
    await append(streamId, 0, newEvent(27));
    const results = await Promise.all(Array.from({ length: 8 }, () => runCommand(command(streamId))));
    expect(results.filter(({ refused }) => refused === 'limit-reached')).toHaveLength(5);
    expect(await versions(streamId)).toEqual([1, 2, 3, 4]);
  });

  it('gives up after its attempts when every round meets a conflict', async () => {
    const streamId = stream();
    let rounds = 0;
    const meddling = command(streamId, {
      attempts: 3,
      decide: () => {
        rounds += 1;
        return [{ by: 1 }];
      },
      record: async () => {
        throw new VersionConflict(streamId, 0);
      },
    });
    await expect(runCommand(meddling)).rejects.toBeInstanceOf(VersionConflict);
    expect(rounds).toBe(3);
    expect(await versions(streamId)).toEqual([]);
  });

  it('does not repeat a command that failed for another reason', async () => {
    const streamId = stream();
    let rounds = 0;
    const failing = command(streamId, {
      record: async () => {
        rounds += 1;
        throw new Error('the current-state table refused');
      },
    });
    await expect(runCommand(failing)).rejects.toThrow('current-state');
    expect(rounds).toBe(1);
    expect(await versions(streamId)).toEqual([]);
  });
});

describe('sequences', () => {
  it('hands out every number once, from 1, also to concurrent callers', async () => {
    const numbers = await Promise.all(Array.from({ length: 30 }, () => nextId(test.database, 'ids')));
    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
    expect(await nextId(test.database, 'others')).toBe(1);
  });
});
