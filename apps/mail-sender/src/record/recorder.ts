import { setTimeout as delay } from 'node:timers/promises';
import { encodeMailEvent } from '#contracts/mail-events/mail-event';
import type { MailEvent } from '#contracts/mail-events/mail-event';
import { TOPICS } from '#contracts/topics';
import type { Database } from '#platform/database/database';
import { enqueue } from '#platform/outbox/outbox';
import type { Logger } from '#platform/telemetry/logger';
import { STILL_CLAIMED } from '../claim/send-queue.js';
import type { QueueRow } from '../claim/send-queue.js';
import { holdClaimed } from '../stop/held-mails.js';
import { dropClaimed } from '../stop/dropped-mails.js';

/** Accepted mails are recorded together, this many at most and this long after the first. */
const BATCH = 200;
const LINGER_MS = 25;
const LONGEST_PAUSE_MS = 1_000;

interface Waiting {
  row: QueueRow;
  response: string;
  recorded: () => void;
}

/**
 * Writes outcomes into the queue. Every write is guarded by the claim: a row that another sender has taken meanwhile is left
 * to it. While MySQL is away a write is repeated until it works or the process is told to stop; then the row is in doubt
 * and is sent again by whoever takes it.
 */
export class Recorder {
  private waiting: Waiting[] = [];
  private flushing: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  private readonly stopping = new AbortController();

  constructor(
    private readonly database: Database,
    private readonly log: Logger,
  ) {}

  /** The MTA has the mail. Resolves once that is written, or will not be any more. */
  sent(row: QueueRow, response: string): Promise<void> {
    return new Promise((recorded) => {
      this.waiting.push({ row, response, recorded });
      if (this.waiting.length >= BATCH) this.flush();
      else this.timer ??= setTimeout(() => this.flush(), LINGER_MS);
    });
  }

  /** The mail will not be sent: the row and the event that tells of it, in one transaction. */
  failed(row: QueueRow, response: string, event: MailEvent): Promise<void> {
    return this.untilWritten('failed', () =>
      this.database.transaction(async (tx) => {
        const { affectedRows } = await tx.execute(
          `UPDATE eg_send_queue SET state = 'failed', attempts = attempts + 1, last_response = ?, finished_at = NOW(6),
             claim_owner = NULL, claim_token = NULL WHERE ${STILL_CLAIMED}`,
          [clip(response), [row.id], row.claim.owner, row.claim.token],
        );
        if (affectedRows === 0) return;
        await enqueue(tx, [
          { topic: TOPICS.mailEvents.name, key: row.messageId, value: encodeMailEvent(event) },
        ]);
      }),
    );
  }

  /** @param countsAsAttempt false when the mail itself was never answered. */
  postponed(row: QueueRow, response: string, seconds: number, countsAsAttempt: boolean): Promise<void> {
    return this.untilWritten('postponed', async () => {
      await this.database.execute(
        `UPDATE eg_send_queue SET state = 'queued', attempts = attempts + ?, last_response = ?,
           due_at = NOW(6) + INTERVAL ? SECOND, claim_owner = NULL, claim_token = NULL WHERE ${STILL_CLAIMED}`,
        [countsAsAttempt ? 1 : 0, clip(response), seconds, [row.id], row.claim.owner, row.claim.token],
      );
    });
  }

  /** The row was not tried: it is free again at once. */
  returned(row: QueueRow): Promise<void> {
    return this.untilWritten('returned', async () => {
      await this.database.execute(
        `UPDATE eg_send_queue SET state = 'queued', claim_owner = NULL, claim_token = NULL WHERE ${STILL_CLAIMED}`,
        [[row.id], row.claim.owner, row.claim.token],
      );
    });
  }

  /** The rows are not to be sent while their senders are stopped. All of one claim. */
  held(rows: readonly QueueRow[]): Promise<void> {
    return this.untilWritten('held', () => this.database.transaction((tx) => holdClaimed(tx, rows)));
  }

  /** The rows are never to be sent: they fail, each with its event. All of one claim. */
  dropped(rows: readonly QueueRow[]): Promise<void> {
    return this.untilWritten('dropped', () => dropClaimed(this.database, rows));
  }

  /** Writes what waits. Writes that still fail are given up. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.flush();
    await this.flushing;
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const batch = this.waiting;
    this.waiting = [];
    if (batch.length === 0) return;
    this.flushing = this.flushing.then(() => this.writeSent(batch));
  }

  private async writeSent(batch: readonly Waiting[]): Promise<void> {
    const claims = Map.groupBy(batch, ({ row }) => `${row.claim.owner} ${row.claim.token}`);
    for (const rows of claims.values()) {
      const [first] = rows;
      if (!first) continue;
      const { owner, token } = first.row.claim;
      const ids = rows.map(({ row }) => row.id);
      await this.untilWritten('sent', async () => {
        await this.database.execute(
          `UPDATE eg_send_queue SET state = 'sent', attempts = attempts + 1, last_response = ELT(FIELD(id, ?), ?),
             finished_at = NOW(6), claim_owner = NULL, claim_token = NULL WHERE ${STILL_CLAIMED}`,
          [ids, rows.map(({ response }) => clip(response)), ids, owner, token],
        );
      });
      for (const { recorded } of rows) recorded();
    }
  }

  private async untilWritten(what: string, write: () => Promise<void>): Promise<void> {
    for (let pause = 50; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      try {
        return await write();
      } catch (error) {
        this.log.warn({ what, err: error }, 'outcome.not-recorded');
        if (this.stopping.signal.aborted) return;
      }
      await delay(pause, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    }
  }
}

/** Column `last_response` has 500 characters. */
const clip = (response: string): string => Array.from(response).slice(0, 500).join('');
