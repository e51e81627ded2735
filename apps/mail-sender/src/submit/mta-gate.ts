import { setTimeout as delay } from 'node:timers/promises';
import type { Component, ReadinessCheck } from '#platform/lifecycle/process';
import type { Logger } from '#platform/telemetry/logger';
import { reasonOf } from '#platform/telemetry/reason';
import { senderMetrics } from '../sender-metrics.js';

/** How often an absent MTA is asked: sending goes on within that time of its return. */
const PROBE_EVERY_MS = 1_000;

/**
 * Tells an outage of the MTA from trouble with one mail. While it is shut nothing is taken from the queue, so that an
 * outage costs no mail an attempt.
 */
export class MtaGate implements Component, ReadinessCheck {
  readonly name = 'mta';
  private shutBecause: string | undefined;
  private checking: Promise<boolean> | undefined;
  private readonly stopping = new AbortController();
  private probing: Promise<void> | undefined;

  constructor(
    private readonly verify: () => Promise<void>,
    private readonly log: Logger,
    private readonly probeEveryMs = PROBE_EVERY_MS,
  ) {
    senderMetrics.mtaUp.set(1);
  }

  get isOpen(): boolean {
    return this.shutBecause === undefined;
  }

  start(): Promise<void> {
    this.probing = this.probe();
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.probing;
  }

  /** After a lost connection: asks the MTA, once for all that ask at the same time. @returns whether it is there. */
  isThere(): Promise<boolean> {
    this.checking ??= this.ask().finally(() => (this.checking = undefined));
    return this.checking;
  }

  check(): Promise<void> {
    return this.shutBecause === undefined ? Promise.resolve() : Promise.reject(new Error(this.shutBecause));
  }

  private async ask(): Promise<boolean> {
    try {
      await this.verify();
    } catch (error) {
      if (this.isOpen) this.log.warn({ reason: reasonOf(error) }, 'mta.unreachable');
      this.shutBecause = reasonOf(error);
      senderMetrics.mtaUp.set(0);
      return false;
    }
    if (!this.isOpen) this.log.info('mta.reachable-again');
    this.shutBecause = undefined;
    senderMetrics.mtaUp.set(1);
    return true;
  }

  /** Asks at the start, so that readiness is right before there is mail, and then while the gate is shut. */
  private async probe(): Promise<void> {
    const { signal } = this.stopping;
    await this.isThere();
    while (!signal.aborted) {
      if (!this.isOpen) await this.isThere();
      await delay(this.probeEveryMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
