import { setTimeout as delay } from 'node:timers/promises';
import type { ReadinessCheck } from '#platform/lifecycle/component';
import type { Logger } from '#platform/telemetry/logger';
import { reasonOf } from '#platform/telemetry/reason';
import { metrics } from '../metrics.js';
import type { Outcome } from './delivery.js';
import { type DisabledWebhook, FAILING_DAYS, type OutcomeStore } from './outcome-store.js';
import { Repeatable } from './repeatable.js';

/** Outcomes of one transaction: bounds its size; at full load a few dozen gather while the one before commits. */
const OUTCOMES_PER_BATCH = 500;

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;

/**
 * Records outcomes, everything that came up during one transaction in the next. While the database is away they are
 * kept and tried again; meanwhile `blocked` says that nothing more should be sent, because what can't be recorded will
 * be sent again.
 */
export class Recorder {
  readonly #waiting: Outcome[] = [];
  readonly #recording = new Repeatable(() => this.#recordWaiting());
  #failures = 0;
  #lastFailure = '';
  #givingUp = false;

  readonly readiness: ReadinessCheck = {
    name: 'recording',
    check: async () => {
      if (this.#failures > 1) throw new Error(`outcomes can't be recorded: ${this.#lastFailure}`);
    },
  };

  constructor(
    private readonly options: {
      store: OutcomeStore;
      log: Logger;
      /** The outcomes are in the database, or were left to the shard's new owner. */
      settled: (outcomes: readonly Outcome[]) => void;
    },
  ) {}

  get blocked(): boolean {
    return this.#failures > 0;
  }

  push(outcome: Outcome): void {
    this.#waiting.push(outcome);
    void this.#recording.request();
  }

  /** Resolves when nothing is left to record. After `giveUp` one failure is enough to leave the rest unrecorded. */
  drained(): Promise<void> {
    return this.#recording.ended();
  }

  giveUp(): void {
    this.#givingUp = true;
  }

  async #recordWaiting(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, OUTCOMES_PER_BATCH);
      try {
        const { fenced, disabled } = await this.options.store.record(batch);
        this.#failures = 0;
        this.#waiting.splice(0, batch.length);
        this.#report(fenced, disabled);
        this.options.settled(batch);
        for (const webhook of disabled) await this.#dropPending(webhook);
      } catch (error) {
        this.#failures++;
        this.#lastFailure = reasonOf(error);
        this.options.log.warn(
          { outcomes: this.#waiting.length, failures: this.#failures, err: error },
          'outcomes.not-recorded',
        );
        if (this.#givingUp) return;
        await delay(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (this.#failures - 1)));
      }
    }
  }

  #report(fenced: readonly Outcome[], disabled: readonly DisabledWebhook[]): void {
    if (fenced.length > 0) {
      metrics.fenced.inc(fenced.length);
      const ids = fenced.map(({ delivery }) => delivery.id);
      this.options.log.warn({ fenced: fenced.length, ids: ids.slice(0, 20) }, 'outcomes.fenced');
    }
    for (const { webhookId, cause, reason } of disabled) {
      metrics.disabled.inc({ reason: cause });
      this.options.log.warn({ webhookId, cause, reason, failingDays: FAILING_DAYS }, 'webhook.disabled');
    }
  }

  /** Rows that this misses, for example because the process ends here, are given up one by one when they are due. */
  async #dropPending(webhook: DisabledWebhook): Promise<void> {
    try {
      const dropped = await this.options.store.dropPending(webhook);
      metrics.dropped.inc(dropped);
      this.options.log.info({ webhookId: webhook.webhookId, dropped }, 'deliveries.dropped');
    } catch (error) {
      this.options.log.warn({ webhookId: webhook.webhookId, err: error }, 'deliveries.not-dropped');
    }
  }
}
