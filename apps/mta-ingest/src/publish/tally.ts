import { ingestMetrics } from '../ingest-metrics.js';

type Kind = 'type' | 'event' | 'why' | 'reason' | 'flag';

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

  count(kind: Kind, label: string): void {
    const counts = this.counts[kind];
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }

  get sums(): { rows: number; events: number; receipts: number; bad: number; skipped: number } {
    const { rows, events, receipts, bad, skipped } = this;
    return { rows, events, receipts, bad, skipped };
  }

  /** Call once, when the batch is published. */
  publish(): void {
    const { type, event, why, reason, flag } = this.counts;
    for (const [label, count] of type) ingestMetrics.rows.inc({ type: label }, count);
    for (const [label, count] of event) ingestMetrics.events.inc({ event: label }, count);
    for (const [label, count] of why) ingestMetrics.skipped.inc({ why: label }, count);
    for (const [label, count] of reason) ingestMetrics.bad.inc({ reason: label }, count);
    for (const [label, count] of flag) ingestMetrics.flagged.inc({ flag: label }, count);
    if (this.receipts > 0) ingestMetrics.receipts.inc(this.receipts);
  }
}
