import { type Database, DatabaseError, isDuplicateKey } from '#platform/database/database';
import type { Acceptance } from './mail-to-accept.js';
import { charactersOf, type Sifted } from './sifted.js';

/**
 * Requests of one transaction or look-up, their characters, and how transactions follow one another. Measured with 32 callers on
 * two cores: two at a time cost MySQL and this process a third more than one, because groups are half as large.
 */
export const BOUNDS = { mostItems: 128, mostWeight: 4_000_000, patienceMs: 20, atMost: 4 };

export const STORING = {
  ...BOUNDS,
  weightOf: ({ request }: Sifted) => charactersOf(request),
};

/** Requests of a failed group that are tried by themselves at a time. */
const ALONE_AT_ONCE = 4;

/** Stores a group; when that fails, each of it alone, so that one bad mail never fails others. */
export async function settle<Answer>(
  group: readonly Sifted[],
  store: (group: readonly Sifted[]) => Promise<readonly Answer[]>,
  storeAlone: (sifted: Sifted) => Promise<Answer>,
): Promise<readonly PromiseSettledResult<Answer>[]> {
  try {
    return (await store(group)).map(fulfilled);
  } catch (error) {
    if (!mayBeOneOf(error) || (group.length === 1 && !mayBeStored(error)))
      return group.map(() => rejected(error));
  }
  const results: PromiseSettledResult<Answer>[] = [];
  for (let from = 0; from < group.length; from += ALONE_AT_ONCE)
    results.push(...(await Promise.allSettled(group.slice(from, from + ALONE_AT_ONCE).map(storeAlone))));
  return results;
}

/**
 * For a request of which mails may be stored already, by an earlier call or by a try whose answer was lost: answers for those,
 * and does the rest.
 */
export async function acceptRest(
  database: Pick<Database, 'query'>,
  sifted: Sifted,
  storeRest: StoreRest,
): Promise<Acceptance> {
  // A mail of the same id may be stored by another request between the look and the insert; the next look sees it. So each try that
  // fails leaves one mail less, and calls at once whose mails overlap all come to an end.
  for (let more = sifted.mails.length; ; more -= 1) {
    try {
      return await lookAndAccept(database, sifted, storeRest);
    } catch (error) {
      if (!isDuplicateKey(error, 'PRIMARY') || more === 0) throw error;
    }
  }
}

/** A message id is taken, and its mail is not the account's. */
export class ForeignMessageId extends Error {
  constructor(messageId: string) {
    super(`message id ${messageId} is another account's`);
  }
}

type StoreRest = (rest: Sifted) => Acceptance | Promise<Acceptance>;

async function lookAndAccept(
  database: Pick<Database, 'query'>,
  sifted: Sifted,
  storeRest: StoreRest,
): Promise<Acceptance> {
  const ids = sifted.mails.map(({ mail }) => mail.messageId);
  const stored = await database.query<{ message_id: string; user_id: number }>(
    'SELECT message_id, user_id FROM eg_messages WHERE message_id IN (?)',
    [ids],
  );
  if (stored.length === 0) return storeRest(sifted);
  const owners = new Map(stored.map(({ message_id, user_id }) => [message_id, user_id]));
  for (const { mail } of sifted.mails) {
    const owner = owners.get(mail.messageId) ?? mail.userId;
    if (owner !== mail.userId) throw new ForeignMessageId(mail.messageId);
  }
  const rest = without(sifted, owners);
  const answer = rest.mails.length === 0 ? rest.answer : await storeRest(rest);
  if (answer.refused !== undefined && answer.refused !== 'all-suppressed') return answer;
  const accepted = new Set([...owners.keys(), ...(answer.accepted ?? [])]);
  return { accepted: ids.filter((id) => accepted.has(id)), repeated: ids.filter((id) => owners.has(id)) };
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

export const fulfilled = <Result>(value: Result): PromiseFulfilledResult<Result> => ({
  status: 'fulfilled',
  value,
});
export const rejected = (reason: unknown): PromiseRejectedResult => ({ status: 'rejected', reason });

/** The answer to the only request of a transaction. */
export function only<Answer>([answer]: readonly Answer[]): Answer {
  if (answer === undefined) throw new Error('a request was left without an answer');
  return answer;
}
