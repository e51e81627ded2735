import type { LeaseKeeper } from '#platform/leases/lease-keeper';
import type { Component, ReadinessCheck } from '#platform/lifecycle/component';
import { pollingLoop, type PollingLoop } from '#platform/lifecycle/loop';
import type { Logger } from '#platform/telemetry/logger';
import { metrics } from '../metrics.js';
import { SHARD_NAMES, shardOf } from '../shards.js';
import type { AttemptResult, Attempts } from './attempt.js';
import type { Delivery, DueRow, Outcome } from './delivery.js';
import { type DueRows, LANES_PER_LOOK } from './due-rows.js';
import { Lanes, ROWS_PER_LANE } from './lanes.js';
import { outcomeName, type OutcomeStore } from './outcome-store.js';
import { Recorder } from './recorder.js';
import { Repeatable } from './repeatable.js';

/** Time between two looks for due rows, and so how late a retry may start. Planning wakes the loop by itself. */
const LOOK_EVERY_MS = 100;
/** During a backlog, an endpoint is given more rows when it has fewer than this left. */
const REFILL_BELOW = ROWS_PER_LANE / 2;
const BACKLOG_EVERY_MS = 5_000;

export interface DispatcherOptions {
  dueRows: DueRows;
  store: OutcomeStore;
  attempts: Attempts;
  keeper: LeaseKeeper;
  /** Requests under way at a time. */
  concurrency: number;
  log: Logger;
}

/**
 * Delivers the due rows of the shards it holds. Nothing is claimed row by row: the lease of a shard makes its owner the
 * only reader, what is under way is known in memory, and outcomes are recorded under the lease's token. After a crash,
 * or when a shard changes hands, what was sent but not recorded is sent again with the same id: at least once.
 */
export class Dispatcher implements Component {
  readonly name = 'webhook-delivery';
  readonly #options: DispatcherOptions;
  readonly #lanes: Lanes;
  readonly #recorder: Recorder;
  readonly #looking: PollingLoop;
  readonly #measuring: PollingLoop;
  /** Fencing token by shard. */
  #tokens = new Map<number, number>();
  #underWay = new Set<Promise<void>>();
  readonly #look = new Repeatable(() => this.#lookOnce());
  readonly #start = new Repeatable(() => this.#startTaken());
  /** The last look left due rows behind. */
  #more = false;
  #stopping = false;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#lanes = new Lanes(options.concurrency);
    this.#recorder = new Recorder({
      store: options.store,
      log: options.log,
      settled: (outcomes) => this.#settled(outcomes),
    });
    const { log } = options;
    this.#looking = pollingLoop({
      name: 'progress',
      idleMs: LOOK_EVERY_MS,
      log,
      run: async () => {
        await this.#look.request();
        return 'idle';
      },
    });
    this.#measuring = pollingLoop({
      name: 'backlog',
      idleMs: BACKLOG_EVERY_MS,
      log,
      run: async () => {
        const { rows, oldestSeconds } = await options.dueRows.backlog([...this.#tokens.keys()]);
        metrics.backlog.set(rows);
        metrics.oldestDue.set(oldestSeconds);
        return 'idle';
      },
    });
  }

  /** Red when looking for due rows or recording outcomes fails again and again. */
  get readiness(): ReadinessCheck[] {
    return [this.#looking.readiness, this.#recorder.readiness];
  }

  async start(): Promise<void> {
    await this.#looking.start();
    await this.#measuring.start();
  }

  /** Waits for requests under way and records them; gives the shards back. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#looking.stop();
    await this.#measuring.stop();
    await this.#look.ended();
    await this.#start.ended();
    await Promise.all(this.#underWay);
    this.#recorder.giveUp();
    await this.#recorder.drained();
    await this.#options.keeper
      .release()
      .catch((error: unknown) => this.#options.log.warn({ err: error }, 'shards.not-released'));
  }

  /** There may be something due. Only a hint: without it the rows are found a little later. */
  wake(): void {
    // A failure is the business of the loop, which looks again soon and says so.
    this.#look.request().catch(() => undefined);
  }

  async #lookOnce(): Promise<void> {
    if (this.#stopping) return;
    await this.#hold();
    const shards = [...this.#tokens.keys()];
    if (shards.length === 0) return;
    const { rows, crowded } = await this.#options.dueRows.earliest(shards);
    const allTaken = this.#offer(rows);
    this.#more = !allTaken || crowded.length > 0;
    if (crowded.length > 0) this.#offer(await this.#behindTheCrowd(crowded));
    this.#startSome();
  }

  /** Renews the leases; what a lost shard had waiting here is its new owner's. */
  async #hold(): Promise<void> {
    const leases = await this.#options.keeper.hold(SHARD_NAMES);
    const tokens = new Map(leases.map(({ name, token }) => [Number(name), token]));
    const lost = [...this.#tokens].some(([shard, token]) => tokens.get(shard) !== token);
    const won = [...tokens].some(([shard, token]) => this.#tokens.get(shard) !== token);
    this.#tokens = tokens;
    if (!lost && !won) return;
    if (lost) this.#lanes.forget((webhookId) => tokens.has(shardOf(webhookId)));
    metrics.shards.set(tokens.size);
    this.#options.log.info({ shards: [...tokens.keys()] }, 'shards.assigned');
  }

  /** Rows of endpoints that a window over their whole shard may not show. */
  async #behindTheCrowd(crowded: readonly number[]): Promise<DueRow[]> {
    const shards = new Set(crowded);
    const endpoints = (await this.#options.dueRows.endpoints())
      .filter((webhookId) => shards.has(shardOf(webhookId)))
      .map((webhookId) => ({ webhookId, ...this.#lanes.rowsOf(webhookId) }))
      .filter(({ webhookId }) => this.#isHungry(webhookId))
      .sort((a, b) => a.queued - b.queued)
      .slice(0, LANES_PER_LOOK);
    // The rows held here are still due in the database, and the earliest ones: they are stepped over.
    return this.#options.dueRows.ofEndpoints(
      endpoints.map(({ webhookId, held, queued }) => ({ webhookId, rows: held + ROWS_PER_LANE - queued })),
    );
  }

  #isHungry(webhookId: number): boolean {
    return this.#lanes.rowsOf(webhookId).queued < REFILL_BELOW;
  }

  /** @returns false when an endpoint had no room for all of its rows */
  #offer(rows: readonly DueRow[]): boolean {
    return this.#lanes.offer(rows.filter(({ webhookId }) => this.#tokens.has(shardOf(webhookId))));
  }

  #startSome(): void {
    void this.#start.request();
  }

  /** One at a time, so that the rows of slots that come free together are read together. */
  async #startTaken(): Promise<void> {
    while (!this.#stopping && !this.#recorder.blocked && this.#options.keeper.isCurrent()) {
      const taken = this.#lanes.take();
      if (taken.length === 0) return;
      let deliveries: Delivery[] = [];
      try {
        deliveries = await this.#options.dueRows.load(taken.map(({ id }) => id));
      } catch (error) {
        this.#options.log.warn({ rows: taken.length, err: error }, 'deliveries.not-read');
      }
      const byId = new Map(deliveries.map((delivery) => [delivery.id, delivery]));
      for (const row of taken) this.#begin(row, byId.get(row.id));
      metrics.inFlight.set(this.#lanes.inFlight);
      // The loop finds them again.
      if (deliveries.length === 0) return;
    }
  }

  #begin(row: DueRow, delivery: Delivery | undefined): void {
    const token = this.#tokens.get(shardOf(row.webhookId));
    if (!delivery || token === undefined || this.#stopping) {
      this.#lanes.finished(row);
      this.#lanes.release(row.id);
      return;
    }
    const attempt: Promise<void> = this.#options.attempts
      .make(delivery, token)
      .then((result) => this.#ended(row, result))
      .finally(() => this.#underWay.delete(attempt));
    this.#underWay.add(attempt);
  }

  #ended(row: DueRow, result: AttemptResult): void {
    this.#lanes.finished(row, result.reply ?? undefined);
    metrics.inFlight.set(this.#lanes.inFlight);
    this.#report(result);
    this.#recorder.push(result.outcome);
    this.#startSome();
  }

  #settled(outcomes: readonly Outcome[]): void {
    for (const { delivery } of outcomes) this.#lanes.release(delivery.id);
    const hungry = this.#more && outcomes.some(({ delivery }) => this.#isHungry(delivery.webhookId));
    const dueAtOnce = outcomes.some(({ verdict }) => verdict.state === 'pending' && verdict.delayMs === 0);
    if (hungry || dueAtOnce) this.wake();
    this.#startSome();
  }

  #report({ outcome: { delivery, verdict, attempt, error }, fault }: AttemptResult): void {
    const { log } = this.#options;
    const ids = { webhookId: delivery.webhookId, eventId: delivery.eventId, deliveryId: delivery.id };
    if (fault !== undefined) {
      metrics.deferred.inc();
      log.error({ ...ids, domainId: delivery.domainId, err: fault }, 'delivery.deferred');
    } else if (!attempt) {
      metrics.dropped.inc();
      log.info({ ...ids, reason: error }, 'delivery.dropped');
    } else {
      const { host, status, number, durationMs } = attempt;
      const outcome = outcomeName(verdict);
      metrics.attempts.inc({ outcome });
      metrics.attemptSeconds.observe({ outcome }, durationMs / 1_000);
      if (outcome === 'delivered') metrics.deliverySeconds.observe((delivery.ageMs + durationMs) / 1_000);
      log.info(
        {
          ...ids,
          event: delivery.event,
          host,
          status,
          attempt: number,
          durationMs,
          outcome,
          ...(error && { error }),
        },
        'delivery.attempted',
      );
    }
  }
}
