import { Inject, Injectable } from '@nestjs/common';
import { type Batching, type Database, DatabaseError, isDuplicateKey } from '#platform/database/database';
import { Grouped } from '#platform/grouping/grouped';
import { DATABASE } from '../tokens.js';
import type { Acceptance, MailToAccept } from './mail-to-accept.js';
import { rowsOf } from './rows.js';
import { readRules } from './rules.js';
import { type AcceptanceRequest, isSifted, sift, type Sifted } from './sifted.js';
import { count, createUsage, lockUsage, type UsageRow } from './usage.js';

/** Requests of one transaction or look-up, and their characters. */
const MOST_ITEMS = 128;
const MOST_WEIGHT = 4_000_000;
/** Transactions, or look-ups, of one kind under way: while some are, the next collects. */
const AT_ONCE = 2;
/** Requests of a failed group that are tried by themselves at a time. */
const ALONE_AT_ONCE = 4;

const BOUNDS = { atOnce: AT_ONCE, mostItems: MOST_ITEMS, mostWeight: MOST_WEIGHT };

type Settled<Result> = PromiseSettledResult<Result>;
type Store = (requests: readonly Sifted[]) => Promise<readonly Acceptance[]>;

/**
 * Takes mails in for good: once `accept` resolves with their ids, they are stored, queued and told of. Requests that arrive while
 * others are looked up or committed share the next look-up and transaction. Accounts with limits have transactions of their own,
 * so that nobody else waits for their locks (ADR 8).
 */
@Injectable()
export class MailAcceptance {
  private readonly rules = new Grouped<AcceptanceRequest, Sifted | Acceptance>({
    ...BOUNDS,
    run: (requests) => this.siftAll(requests),
    weightOf: weightOfRequest,
  });
  private readonly unlimited = this.storing((group) => this.storeUnlimited(group));
  private readonly limited = this.storing((group) => this.storeLimited(group));

  constructor(@Inject(DATABASE) private readonly database: Database & Batching) {}

  /**
   * All or nothing: suppressed recipients are left out, and every other one counts against the account's limits.
   *
   * @param acceptedAt unix milliseconds; the time of the events and of the limits' windows.
   * @throws DatabaseError when MySQL is away; nothing was accepted then, or it is not known (`facts.outcomeUnknown`).
   */
  async accept(mails: readonly MailToAccept[], acceptedAt: number): Promise<Acceptance> {
    const outcome = await this.rules.submit({ mails, acceptedAt });
    if (!isSifted(outcome)) return outcome;
    const store = outcome.counts.length > 0 ? this.limited : this.unlimited;
    if (outcome.answer.refused === undefined) {
      const answer = await store.submit(outcome);
      if (answer.refused === undefined) return answer;
      // A limit that was reached since must not refuse what was accepted before.
      return this.acceptRest(outcome, (rest) => (rest === outcome ? answer : store.submit(rest)));
    }
    return this.acceptRest(outcome, (rest) => store.submit(rest));
  }

  private storing(store: Store): Grouped<Sifted, Acceptance> {
    return new Grouped({
      ...BOUNDS,
      run: (group: readonly Sifted[]) => this.settle(group, store),
      weightOf: ({ request }: Sifted) => weightOfRequest(request),
    });
  }

  private async siftAll(requests: readonly AcceptanceRequest[]): Promise<Settled<Sifted | Acceptance>[]> {
    const rules = await readRules(
      this.database,
      requests.flatMap(({ mails }) => mails),
    );
    return requests.map((request) => {
      try {
        return fulfilled(sift(request, rules));
      } catch (error) {
        return rejected(error);
      }
    });
  }

  private async storeUnlimited(group: readonly Sifted[]): Promise<readonly Acceptance[]> {
    await this.database.batch([], () => ({ writes: rowsOf(group), result: undefined }));
    return group.map(({ answer }) => answer);
  }

  private async storeLimited(group: readonly Sifted[]): Promise<readonly Acceptance[]> {
    const counts = group.flatMap((sifted) => sifted.counts).sort((a, b) => a.userId - b.userId);
    const usersOf = (some: typeof counts) => [...new Set(some.map(({ userId }) => userId))];
    const first = usersOf(counts.filter(({ isFirst }) => isFirst));
    if (first.length > 0) {
      const { sql, params } = createUsage(first);
      await this.database.execute(sql, params);
    }
    return this.database.batch<[UsageRow], readonly Acceptance[]>([lockUsage(usersOf(counts))], ([rows]) => {
      const { answers, taken, writes } = count(group, rows);
      return { writes: inTurn(rowsOf(taken), writes), result: answers };
    });
  }

  /** Stores a group; when that fails, each of it alone, so that one bad mail never fails others. */
  private async settle(group: readonly Sifted[], store: Store): Promise<readonly Settled<Acceptance>[]> {
    try {
      return (await store(group)).map(fulfilled);
    } catch (error) {
      if (!mayBeOneOf(error) || (group.length === 1 && !mayBeStored(error)))
        return group.map(() => rejected(error));
    }
    const results: Settled<Acceptance>[] = [];
    for (let from = 0; from < group.length; from += ALONE_AT_ONCE) {
      const bunch = group.slice(from, from + ALONE_AT_ONCE);
      results.push(...(await Promise.allSettled(bunch.map((one) => this.storeAlone(one, store)))));
    }
    return results;
  }

  private async storeAlone(sifted: Sifted, store: Store): Promise<Acceptance> {
    const attempt = () =>
      this.acceptRest(sifted, async (rest) => {
        const [answer] = await store([rest]);
        if (answer === undefined) throw new Error('a request was left without an answer');
        return answer;
      });
    try {
      return await attempt();
    } catch (error) {
      // Another request of the same id was stored between the look and the insert; the next look sees it.
      if (!isDuplicateKey(error, 'PRIMARY')) throw error;
      return attempt();
    }
  }

  /**
   * For a request of which mails may be stored already, by an earlier call or by a try whose answer was lost: answers for those,
   * and does the rest.
   */
  private async acceptRest(
    sifted: Sifted,
    storeRest: (rest: Sifted) => Acceptance | Promise<Acceptance>,
  ): Promise<Acceptance> {
    const ids = sifted.mails.map(({ mail }) => mail.messageId);
    const stored = await this.database.query<{ message_id: string; user_id: number }>(
      'SELECT message_id, user_id FROM eg_messages WHERE message_id IN (?)',
      [ids],
    );
    if (stored.length === 0) return storeRest(sifted);
    const owners = new Map(stored.map(({ message_id, user_id }) => [message_id, user_id]));
    for (const { mail } of sifted.mails) {
      const owner = owners.get(mail.messageId) ?? mail.userId;
      if (owner !== mail.userId) throw new Error(`message id ${mail.messageId} is another account's`);
    }
    const rest = without(sifted, owners);
    const answer = rest.mails.length === 0 ? rest.answer : await storeRest(rest);
    if (answer.refused !== undefined && answer.refused !== 'all-suppressed') return answer;
    const accepted = new Set([...owners.keys(), ...(answer.accepted ?? [])]);
    return { accepted: ids.filter((id) => accepted.has(id)) };
  }
}

/** Whether a failure may be the fault of a single mail of the group: of its content, its account's lock, or its size. */
function mayBeOneOf(error: unknown): boolean {
  if (!(error instanceof DatabaseError)) return true;
  const { code, facts } = error;
  // A packet that is too large ends the connection; an engine that is away or silent would keep each of the group waiting anew.
  return (
    !facts.connectionLost || code === 'ECONNRESET' || code === 'EPIPE' || code === 'PROTOCOL_CONNECTION_LOST'
  );
}

/** Whether a mail that failed alone may be stored all the same: by an earlier call, or by this one. */
function mayBeStored(error: unknown): boolean {
  const isUnknown = error instanceof DatabaseError && error.facts.outcomeUnknown === true;
  return isUnknown || isDuplicateKey(error, 'PRIMARY');
}

function without(sifted: Sifted, ids: ReadonlyMap<string, number>): Sifted {
  const mails = sifted.mails.filter(({ mail }) => !ids.has(mail.messageId));
  const left = (userId: number) =>
    mails
      .filter(({ mail }) => mail.userId === userId)
      .reduce((sum, { recipients }) => sum + recipients.length, 0);
  const kept = mails.filter(({ recipients }) => recipients.length > 0);
  return {
    ...sifted,
    mails,
    counts: sifted.counts.map((account) => ({ ...account, recipients: left(account.userId) })),
    answer: { accepted: kept.map(({ mail }) => mail.messageId) },
  };
}

function weightOfRequest({ mails }: AcceptanceRequest): number {
  return mails.reduce((sum, mail) => sum + charactersOf(mail), 0);
}

function charactersOf({ content }: MailToAccept): number {
  if (content.version === 2) return content.raw.length;
  const attached = content.attachments.reduce((sum, attachment) => sum + attachment.content.length, 0);
  return (content.html?.length ?? 0) + (content.plain?.length ?? 0) + attached;
}

function* inTurn<T>(first: Iterable<T>, second: Iterable<T>): Generator<T> {
  yield* first;
  yield* second;
}

const fulfilled = <Result>(value: Result): Settled<Result> => ({ status: 'fulfilled', value });
const rejected = (reason: unknown): PromiseRejectedResult => ({ status: 'rejected', reason });
