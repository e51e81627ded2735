import { Inject, Injectable } from '@nestjs/common';
import { isLimited } from '#domain/sending-limits/sending-limits';
import type { Batching, Database, Statement } from '#platform/database/database';
import { Grouped } from '#platform/grouping/grouped';
import { DATABASE } from '../tokens.js';
import { LimitedAccounts } from './limited-accounts.js';
import type { Acceptance, MailToAccept } from './mail-to-accept.js';
import { rowsOf } from './rows.js';
import { readRules } from './rules.js';
import { acceptRest, BOUNDS, fulfilled, only, rejected, settle, STORING } from './settling.js';
import { type AcceptanceRequest, charactersOf, isSifted, sift, type Sifted } from './sifted.js';
import { addUsage } from './usage.js';

/**
 * Takes mails in for good: once `accept` resolves with their ids, they are stored, queued and told of. Requests that arrive while
 * others are looked up or committed share the next look-up and transaction. Every account's recipients are counted; those with
 * limits are checked against them, in transactions of their own, so that nobody else waits for their locks (ADR 8).
 */
@Injectable()
export class MailAcceptance {
  private readonly rules = new Grouped<AcceptanceRequest, Sifted | Acceptance>({
    ...BOUNDS,
    run: (requests) => this.siftAll(requests),
    weightOf: charactersOf,
  });
  private readonly unlimited = new Grouped<Sifted, Acceptance>({
    ...STORING,
    run: (group) =>
      settle(
        group,
        (requests) => this.store(requests),
        (sifted) => acceptRest(this.database, sifted, async (rest) => only(await this.store([rest]))),
      ),
  });
  private readonly limited: LimitedAccounts;

  constructor(@Inject(DATABASE) private readonly database: Database & Batching) {
    this.limited = new LimitedAccounts(database);
  }

  /**
   * All or nothing: suppressed recipients are left out, and every other one counts against the account's limits.
   *
   * @param acceptedAt unix milliseconds; the time of the events and of the limits' windows.
   * @throws ForeignMessageId
   * @throws DatabaseError when MySQL is away; nothing was accepted then, or it is not known (`facts.outcomeUnknown`).
   */
  async accept(mails: readonly MailToAccept[], acceptedAt: number): Promise<Acceptance> {
    const outcome = await this.rules.submit({ mails, acceptedAt });
    if (!isSifted(outcome)) return outcome;
    const store = outcome.counts.some(({ limits }) => isLimited(limits)) ? this.limited : this.unlimited;
    if (outcome.answer.refused === undefined) {
      const answer = await store.submit(outcome);
      if (answer.refused === undefined) return answer;
      // A limit that was reached since must not refuse what was accepted before.
      return acceptRest(this.database, outcome, (rest) => (rest === outcome ? answer : store.submit(rest)));
    }
    return acceptRest(this.database, outcome, (rest) => store.submit(rest));
  }

  private async siftAll(
    requests: readonly AcceptanceRequest[],
  ): Promise<PromiseSettledResult<Sifted | Acceptance>[]> {
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

  private async store(group: readonly Sifted[]): Promise<readonly Acceptance[]> {
    await this.database.batch([], () => ({ writes: rowsAndUsage(group), result: undefined }));
    return group.map(({ answer }) => answer);
  }
}

/** The counters last: other transactions wait for them, from then to the COMMIT that travels with them. */
function* rowsAndUsage(group: readonly Sifted[]): Generator<Statement> {
  yield* rowsOf(group);
  yield* addUsage(group);
}
