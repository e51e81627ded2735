import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type Database, type Queryable, type Transaction, DatabaseError } from '../database/database.js';
import {
  type EventMeta,
  type EventStore,
  type NewEvent,
  type Recorded,
  VersionConflict,
} from './event-store.js';

/** A decision against a command, as a value; may carry facts for the caller beside the code. */
export interface Refusal {
  readonly refused: string;
}

export interface Command<E, S, R extends Refusal> {
  database: Database;
  store: EventStore<E>;
  streamId: string;
  initial: S;
  evolve: (state: S, event: E) => S;
  /** A pure function; called again after a conflict. An empty list of events means that nothing needs to change. */
  decide: (state: S, version: number) => readonly E[] | R;
  /**
   * Writes what must change together with the events: current-state tables and outbox rows. Runs after the append, in
   * its transaction; `state` and `version` are those after the events.
   */
  record: (tx: Transaction, events: readonly Recorded<E>[], state: S, version: number) => Promise<void>;
  /** When the events happened; the time of the call unless told. */
  occurredAt?: Date;
  meta?: EventMeta;
  /** Locks the stream in the first round already: for commands that come several at a time and must all succeed. */
  lockFirst?: boolean;
  /** The most rounds of load, decide and append; 5 unless told. */
  attempts?: number;
}

/** The outcome of a command: refused, or the state after it with the events that led there (none: unchanged). */
export type CommandResult<E, S, R extends Refusal> =
  | R
  | {
      readonly refused?: undefined;
      readonly state: S;
      readonly version: number;
      readonly events: readonly Recorded<E>[];
    };

const MOST_ATTEMPTS = 5;
const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 100;

/**
 * The one way to change an aggregate: load, decide, append at the version read together with what `record` writes.
 * Only a version conflict or a deadlock is tried again, a bounded number of times; every other failure is the
 * caller's. The first round takes no lock unless told. Later ones lock the stream before they load, so that commands
 * which keep meeting queue up instead of racing.
 */
export async function runCommand<E, S, R extends Refusal = never>(
  command: Command<E, S, R>,
): Promise<CommandResult<E, S, R>> {
  const { attempts = MOST_ATTEMPTS, lockFirst = false } = command;
  return retryConflicts(
    (attempt) => (attempt === 1 && !lockFirst ? optimistic(command) : underLock(command)),
    attempts,
  );
}

/**
 * Repeats work that met a version conflict or a deadlock, a bounded number of times; every other failure is the
 * caller's. For transactions that a command is only a part of: what they did was rolled back as a whole.
 */
export async function retryConflicts<T>(
  work: (attempt: number) => Promise<T>,
  attempts = MOST_ATTEMPTS,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work(attempt);
    } catch (error) {
      if (attempt >= attempts || !isWorthAnotherRound(error)) throw error;
      const ceiling = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt);
      await delay(Math.random() * ceiling);
    }
  }
}

function isWorthAnotherRound(error: unknown): boolean {
  if (error instanceof VersionConflict) return true;
  return error instanceof DatabaseError && error.code === 'ER_LOCK_DEADLOCK';
}

async function optimistic<E, S, R extends Refusal>(
  command: Command<E, S, R>,
): Promise<CommandResult<E, S, R>> {
  const decided = await decideOn(command, command.database);
  if (decided.kind === 'settled') return decided.result;
  return command.database.transaction((tx) => commit(command, tx, decided));
}

function underLock<E, S, R extends Refusal>(command: Command<E, S, R>): Promise<CommandResult<E, S, R>> {
  return command.database.transaction(async (tx) => {
    // A stream that is there has a first event, and it never changes: a lock that all can find.
    await tx.query('SELECT version FROM events WHERE stream_id = ? AND version = 1 FOR UPDATE', [
      command.streamId,
    ]);
    const decided = await decideOn(command, tx);
    return decided.kind === 'settled' ? decided.result : commit(command, tx, decided);
  });
}

/** Events to append to the state and version that they were decided on. */
interface Change<E, S> {
  kind: 'change';
  state: S;
  version: number;
  events: readonly E[];
}

type Decided<E, S, R extends Refusal> = { kind: 'settled'; result: CommandResult<E, S, R> } | Change<E, S>;

async function decideOn<E, S, R extends Refusal>(
  { store, streamId, initial, evolve, decide }: Command<E, S, R>,
  q: Queryable,
): Promise<Decided<E, S, R>> {
  const { version, events: history } = await store.load(q, streamId);
  const state = history.reduce((current, { event }) => evolve(current, event), initial);
  const decision = decide(state, version);
  if ('refused' in decision) return { kind: 'settled', result: decision };
  if (decision.length === 0) return { kind: 'settled', result: { state, version, events: [] } };
  return { kind: 'change', state, version, events: decision };
}

async function commit<E, S, R extends Refusal>(
  command: Command<E, S, R>,
  tx: Transaction,
  change: Change<E, S>,
): Promise<CommandResult<E, S, R>> {
  const { store, streamId, evolve, record, occurredAt = new Date(), meta = {} } = command;
  const appended = change.events.map((event): NewEvent<E> => ({
    eventId: randomUUID(),
    event,
    occurredAt,
    meta,
  }));
  await store.append(tx, streamId, change.version, appended);
  const recorded = appended.map((each, index) => ({
    ...each,
    streamId,
    version: change.version + 1 + index,
  }));
  const state = change.events.reduce((current, event) => evolve(current, event), change.state);
  const version = change.version + recorded.length;
  await record(tx, recorded, state, version);
  return { state, version, events: recorded };
}
