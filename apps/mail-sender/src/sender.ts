import { setTimeout as delay } from 'node:timers/promises';
import { mintHeaderReference } from '#contracts/reference/header-reference';
import { mintToken, verpSender } from '#contracts/reference/mail-reference';
import type { Component } from '#platform/lifecycle/process';
import type { Logger } from '#platform/telemetry/logger';
import { UnsendableMessage } from './build/message-store.js';
import type { MessageStore, StoredMessage } from './build/message-store.js';
import { withReference } from './build/mime.js';
import type { QueueRow, SendQueue } from './claim/send-queue.js';
import type { Claim, SenderLease } from './claim/sender-lease.js';
import { secondsUntilNext } from './record/back-off.js';
import type { Recorder } from './record/recorder.js';
import { rejectedByMta } from './record/rejection.js';
import type { Refusal } from './record/rejection.js';
import { senderMetrics } from './sender-metrics.js';
import type { MtaGate } from './submit/mta-gate.js';
import { enhancedCodeOf } from './submit/reply.js';
import type { Submission } from './submit/reply.js';
import type { Smtp } from './submit/smtp.js';

export interface SenderOptions {
  queue: SendQueue;
  lease: Pick<SenderLease, 'hold' | 'isCurrent'>;
  messages: MessageStore;
  smtp: Pick<Smtp, 'submit'>;
  gate: Pick<MtaGate, 'isOpen' | 'isThere'>;
  recorder: Recorder;
  /** EG_REFERENCE_KEY as bytes. */
  referenceKey: Buffer;
  connections: number;
  /** How often rows of dead senders are looked for, in milliseconds. */
  recoverEveryMs: number;
  log: Logger;
}

/** Rows held per connection: enough to keep it busy while more are claimed, few enough to be soon done or given back. */
const ROWS_PER_CONNECTION = 4;
/** How long a turn waits for room before it looks again at the lease and the gate. */
const ROOM_WAIT_MS = 100;

/** What became of one submission, for its log line. */
type Verdict = 'accepted' | 'rejected' | 'deferred' | 'interrupted' | 'error';

/**
 * Takes rows from the queue and hands each to the MTA in a transaction of its own. A row that leaves here is recorded, given
 * back, or in doubt (the process died, or MySQL is away until it stops); rows in doubt are sent again.
 */
export class Sender implements Component {
  readonly name = 'sender';
  private readonly held = new Map<number, QueueRow>();
  private readonly waiting: QueueRow[] = [];
  private active = 0;
  private stopping = false;
  private recoveredAt = Number.NEGATIVE_INFINITY;
  private room = Promise.withResolvers<void>();

  constructor(private readonly options: SenderOptions) {}

  start(): Promise<void> {
    return Promise.resolve();
  }

  /** One turn of claiming. @throws when the database is away. */
  async turn(signal: AbortSignal): Promise<'worked' | 'idle'> {
    const { queue, lease, gate, connections, recorder } = this.options;
    const claim = await lease.hold();
    await this.recover(claim);
    if (!gate.isOpen) {
      this.giveWaitingBack();
      return 'idle';
    }
    const room = connections * ROWS_PER_CONNECTION - this.held.size;
    if (room < connections) {
      await this.untilRoom(signal);
      return 'worked';
    }
    const rows = await queue.claim(claim, room);
    if (rows.length === 0) return 'idle';
    senderMetrics.claimed.inc(rows.length);
    for (const row of rows) this.held.set(row.id, row);
    const { send = [], hold = [], drop = [] } = Object.groupBy(rows, ({ fate }) => fate.do);
    if (hold.length > 0) this.settle('held', hold, recorder.held(hold));
    if (drop.length > 0) this.settle('dropped', drop, recorder.dropped(drop));
    // Recipients of one message behind each other: it is read once.
    this.waiting.push(
      ...send.sort((a, b) => (a.messageId < b.messageId ? -1 : a.messageId > b.messageId ? 1 : 0)),
    );
    this.work();
    return 'worked';
  }

  /** Finishes what is under way, gives the rest back. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.giveWaitingBack();
    while (this.active > 0) await this.untilRoom();
    await this.options.recorder.stop();
    while (this.held.size > 0) await this.untilRoom();
  }

  /** Mail whose sender was stopped, or whose recipient was suppressed, since it was accepted. */
  private settle(outcome: 'held' | 'dropped', rows: readonly QueueRow[], written: Promise<void>): void {
    senderMetrics.stopped.inc({ outcome }, rows.length);
    const reasons = Object.fromEntries(
      [...Map.groupBy(rows, ({ fate }) => (fate.do === 'send' ? '' : fate.reason))].map(([reason, of]) => [
        reason,
        of.length,
      ]),
    );
    const domainIds = [...new Set(rows.map(({ domainId }) => domainId))];
    for (const row of rows) void this.drop(row, written);
    void written.then(() =>
      this.options.log.info({ outcome, mails: rows.length, domainIds, reasons }, 'stopped-mails.settled'),
    );
  }

  private async recover(claim: Claim): Promise<void> {
    const { queue, recoverEveryMs, log } = this.options;
    if (performance.now() - this.recoveredAt < recoverEveryMs) return;
    const rows = await queue.recoverInDoubt();
    // Rows that we hold without knowing: the connection broke while their claim was committed.
    const strays = (await queue.heldBy(claim)).filter((id) => !this.held.has(id));
    await queue.release(claim, strays);
    this.recoveredAt = performance.now();
    if (rows === 0) return;
    senderMetrics.inDoubt.inc(rows);
    log.warn({ rows }, 'mail.in-doubt-queued-again');
  }

  private work(): void {
    while (this.active < this.options.connections) {
      const row = this.waiting.shift();
      if (!row) return;
      this.active += 1;
      senderMetrics.inFlight.set(this.active);
      void this.handle(row).finally(() => {
        this.active -= 1;
        senderMetrics.inFlight.set(this.active);
        this.work();
        this.signalRoom();
      });
    }
  }

  /** Never rejects. */
  private async handle(row: QueueRow): Promise<void> {
    const { messages, recorder, gate, lease, log } = this.options;
    if (this.stopping || !gate.isOpen || !lease.isCurrent()) return this.drop(row, recorder.returned(row));
    try {
      await messages.use(row.messageId, (message) => this.submit(row, message));
    } catch (error) {
      if (error instanceof UnsendableMessage) {
        log.error({ ...facts(row), outcome: 'rejected', err: error }, 'mail.submitted');
        const refusal = { code: null, response: error.message, reason: error.message };
        return this.drop(
          row,
          recorder.failed(row, refusal.response, rejectedByMta(row, undefined, refusal, Date.now())),
        );
      }
      log.error({ ...facts(row), outcome: 'error', err: error }, 'mail.submitted');
      return this.drop(
        row,
        recorder.postponed(row, 'not submitted: the stored message could not be read', 1, false),
      );
    }
  }

  private async submit(row: QueueRow, message: StoredMessage): Promise<void> {
    const { smtp, referenceKey, log } = this.options;
    const reference = {
      userId: row.userId,
      domainId: row.domainId,
      messageId: row.messageId,
      recipientNo: row.recipientNo,
    };
    const token = mintToken(referenceKey, reference);
    const header = mintHeaderReference(referenceKey, reference, {
      recipient: row.recipient,
      senderDomain: message.senderDomain,
      method: message.method,
      recipientType: row.recipientType,
      tags: message.tags,
      acceptedAt: message.acceptedAt,
      context: message.context,
    });
    const envelope = { from: verpSender(token, message.mfromHost), to: row.recipient, envelopeId: token };
    const startedAt = performance.now();
    const submission = await smtp.submit(envelope, withReference(message.mime, header));
    const seconds = (performance.now() - startedAt) / 1000;
    const verdict = await this.record(row, message, submission);
    senderMetrics.attempts.inc({ outcome: verdict });
    senderMetrics.attemptSeconds.observe({ outcome: verdict }, seconds);
    const { code, response } = submission;
    log.info(
      {
        ...facts(row),
        senderDomain: message.senderDomain,
        bytes: message.mime.length,
        outcome: verdict,
        code,
        enhancedCode: enhancedCodeOf(response),
        durationMs: Math.round(seconds * 1000),
      },
      'mail.submitted',
    );
  }

  private async record(row: QueueRow, message: StoredMessage, submission: Submission): Promise<Verdict> {
    const { recorder, gate } = this.options;
    const { outcome, response } = submission;
    switch (outcome) {
      case 'accepted':
        // Not waited for: the connection takes the next mail while outcomes are recorded together.
        void this.drop(row, recorder.sent(row, response));
        return 'accepted';
      case 'refused':
        return this.refuse(row, message, { ...submission, reason: 'refused by the MTA' });
      case 'deferred':
        return this.defer(row, message, submission);
      case 'unreachable':
        if (await gate.isThere()) return this.defer(row, message, submission);
        await this.drop(row, recorder.postponed(row, response, 0, false));
        return 'interrupted';
    }
  }

  private async defer(row: QueueRow, message: StoredMessage, submission: Submission): Promise<Verdict> {
    const seconds = secondsUntilNext(row.attempts);
    const { code, response } = submission;
    if (seconds === undefined) {
      return this.refuse(row, message, { code, response, reason: 'not accepted by the MTA within 24 hours' });
    }
    await this.drop(row, this.options.recorder.postponed(row, response, seconds, true));
    return 'deferred';
  }

  private async refuse(row: QueueRow, message: StoredMessage, refusal: Refusal): Promise<Verdict> {
    const event = rejectedByMta(row, message, refusal, Date.now());
    await this.drop(row, this.options.recorder.failed(row, refusal.response, event));
    return 'rejected';
  }

  private giveWaitingBack(): void {
    for (const row of this.waiting.splice(0)) void this.drop(row, this.options.recorder.returned(row));
  }

  /** Lets go of a row once its outcome is written. */
  private async drop(row: QueueRow, written: Promise<void>): Promise<void> {
    await written;
    this.held.delete(row.id);
    senderMetrics.held.set(this.held.size);
    this.signalRoom();
  }

  private signalRoom(): void {
    this.room.resolve();
    this.room = Promise.withResolvers<void>();
  }

  private async untilRoom(signal?: AbortSignal): Promise<void> {
    await Promise.race([
      this.room.promise,
      delay(ROOM_WAIT_MS, undefined, { signal }).catch(() => undefined),
    ]);
  }
}

/** Names the mail without its addresses: only the recipient's domain is shown. */
function facts(row: QueueRow): Record<string, unknown> {
  return {
    messageId: row.messageId,
    recipientNo: row.recipientNo,
    recipientDomain: row.recipient.slice(row.recipient.lastIndexOf('@') + 1).toLowerCase(),
    userId: row.userId,
    domainId: row.domainId,
    attempt: row.attempts + 1,
  };
}
