import { ingestMetrics } from '../ingest-metrics.js';
import type { LaneOutcome } from '../lane/lane.js';
import type { Counters } from '../tail/checkpoints.js';

type Kind = 'type' | 'event' | 'why' | 'reason' | 'flag';

/** Events that the lane wrote for a row. */
const LANE_EVENTS: Readonly<Record<LaneOutcome, readonly string[]>> = {
  delivered: ['accepted-by-mta', 'delivered'],
  bounced: ['bounced'],
  complained: ['complained'],
  receipt: [],
  'no-event': [],
};

/** What a batch has done; told to the metrics once for the batch, because a labelled counter costs as much as half a row. */
export class Tally {
  rows = 0;
  events = 0;
  receipts = 0;
  bad = 0;
  skipped = 0;
  private readonly counts: Readonly<Record<Kind, Map<string, number>>> = {
    ...{ type: new Map(), event: new Map(), why: new Map(), reason: new Map(), flag: new Map() },
  };
  private readonly byLane = new Map<LaneOutcome, number>();

  count(kind: Kind, label: string): void {
    const counts = this.counts[kind];
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }

  /** A row of the lane: one number for all that it counts as, which is spelled out in `publish`. */
  take(outcome: LaneOutcome, counters: Counters): void {
    this.byLane.set(outcome, (this.byLane.get(outcome) ?? 0) + 1);
    const { length } = LANE_EVENTS[outcome];
    this.events += length;
    counters.events += length;
    if (length > 0) return;
    if (outcome === 'receipt') this.receipts += 1;
    else {
      this.skipped += 1;
      counters.skipped += 1;
    }
  }

  get sums(): { rows: number; events: number; receipts: number; bad: number; skipped: number } {
    const { rows, events, receipts, bad, skipped } = this;
    return { rows, events, receipts, bad, skipped };
  }

  /** Call once, when the batch is published. */
  publish(): void {
    const { type, event, why, reason, flag } = this.counts;
    for (const [outcome, count] of this.byLane) {
      for (const label of LANE_EVENTS[outcome]) ingestMetrics.events.inc({ event: label }, count);
      if (outcome === 'no-event') ingestMetrics.skipped.inc({ why: outcome }, count);
    }
    for (const [label, count] of type) ingestMetrics.rows.inc({ type: label }, count);
    for (const [label, count] of event) ingestMetrics.events.inc({ event: label }, count);
    for (const [label, count] of why) ingestMetrics.skipped.inc({ why: label }, count);
    for (const [label, count] of reason) ingestMetrics.bad.inc({ reason: label }, count);
    for (const [label, count] of flag) ingestMetrics.flagged.inc({ flag: label }, count);
    if (this.receipts > 0) ingestMetrics.receipts.inc(this.receipts);
  }
}
