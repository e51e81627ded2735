import { TOPICS } from '#contracts/topics';
import { encodeWebhookAttempt } from '#contracts/webhooks/webhook-attempt';
import type { Database, Transaction } from '#platform/database/database';
import { enqueue } from '#platform/outbox/outbox';
import { leaseKey } from '../shards.js';
import type { Outcome, Verdict } from './delivery.js';

/** A webhook without any success for this long, since its first failure, is switched off. */
export const FAILING_DAYS = 5;

/** Rows that one statement gives up when a webhook was switched off; short enough not to hold anyone up. */
const DROPPED_PER_STATEMENT = 1_000;

export interface DisabledWebhook {
  webhookId: number;
  cause: 'gone' | 'failing';
  reason: string;
}

export interface Recorded {
  /** Not recorded, because another process owns the shard by now: it will make the attempt again. */
  fenced: Outcome[];
  disabled: DisabledWebhook[];
}

/** Writes what came of deliveries, in one transaction per batch, together with the messages about the attempts. */
export class OutcomeStore {
  constructor(private readonly database: Database) {}

  record(outcomes: readonly Outcome[]): Promise<Recorded> {
    return this.database.transaction(async (tx) => {
      const tokens = await currentTokens(tx, outcomes);
      const isOwn = ({ delivery, token }: Outcome): boolean => tokens.get(leaseKey(delivery.shard)) === token;
      const own = outcomes.filter(isOwn);
      const fenced = outcomes.filter((outcome) => !isOwn(outcome));
      if (own.length === 0) return { fenced, disabled: [] };
      await updateRows(tx, own);
      const disabled = await updateWebhooks(tx, own);
      await enqueue(tx, own.flatMap(attemptMessage));
      return { fenced, disabled };
    });
  }

  /** Gives up what is still pending for a webhook that was switched off. @returns rows given up */
  async dropPending({ webhookId, reason }: DisabledWebhook): Promise<number> {
    let dropped = 0;
    for (;;) {
      const { affectedRows } = await this.database.execute(
        `UPDATE webhook_deliveries SET state = 'dropped', last_error = ?
          WHERE webhook_id = ? AND state = 'pending' LIMIT ${DROPPED_PER_STATEMENT}`,
        [reason, webhookId],
      );
      dropped += affectedRows;
      if (affectedRows < DROPPED_PER_STATEMENT) return dropped;
    }
  }
}

/**
 * The tokens as they are. The shared lock keeps them so until the commit: a new owner can't take a shard over, and read
 * its rows, between this check and the update that relies on it. A lease that lapsed and that nobody took is still ours.
 */
async function currentTokens(tx: Transaction, outcomes: readonly Outcome[]): Promise<Map<string, number>> {
  const keys = [...new Set(outcomes.map(({ delivery }) => leaseKey(delivery.shard)))].sort();
  const rows = await tx.query<{ name: string; token: number }>(
    'SELECT name, token FROM leases WHERE name IN (?) ORDER BY name FOR SHARE',
    [keys],
  );
  return new Map(rows.map(({ name, token }) => [name, token]));
}

/** A row that was given up while its request was under way counts as delivered when that succeeded. */
async function updateRows(tx: Transaction, outcomes: readonly Outcome[]): Promise<void> {
  // An absent key becomes NULL; a JSON null is an error in MySQL 8.0.15.
  const rows = outcomes.map(({ delivery, verdict, attempt, error }) => ({
    id: delivery.id,
    state: verdict.state,
    attempts: attempt ? 1 : 0,
    delay: verdict.state === 'pending' ? verdict.delayMs * 1_000 : undefined,
    status: attempt?.status ?? undefined,
    error: error ? error.slice(0, 500) : undefined,
  }));
  await tx.execute(
    `UPDATE webhook_deliveries d
       JOIN JSON_TABLE(?, '$[*]' COLUMNS (
              id BIGINT UNSIGNED PATH '$.id', state VARCHAR(16) PATH '$.state', attempts INT PATH '$.attempts',
              delay BIGINT PATH '$.delay', status INT PATH '$.status', error VARCHAR(500) PATH '$.error'
            )) o ON o.id = d.id
        SET d.state = o.state, d.attempts = d.attempts + o.attempts,
            d.next_attempt_at = IF(o.delay IS NULL, d.next_attempt_at, NOW(6) + INTERVAL o.delay MICROSECOND),
            d.last_status = IF(o.attempts = 0, d.last_status, o.status), d.last_error = o.error
      WHERE d.state = 'pending' OR (d.state = 'dropped' AND o.state = 'delivered')`,
    [JSON.stringify(rows)],
  );
}

async function updateWebhooks(tx: Transaction, outcomes: readonly Outcome[]): Promise<DisabledWebhook[]> {
  const attempted = outcomes.filter(({ attempt }) => attempt !== null);
  const successful = new Set(attempted.filter(isSuccess).map(({ delivery }) => delivery.webhookId));
  const recovered = attempted.filter((outcome) => isSuccess(outcome) && outcome.delivery.failing);
  if (recovered.length > 0) {
    const ids = unique(recovered.map(({ delivery }) => delivery.webhookId));
    await tx.execute('UPDATE oempro_eg_webhooks SET FailingSince = NULL WHERE WebhookID IN (?)', [ids]);
  }
  const failing = unique(attempted.map(({ delivery }) => delivery.webhookId)).filter(
    (id) => !successful.has(id),
  );
  if (failing.length === 0) return [];
  await tx.execute(
    'UPDATE oempro_eg_webhooks SET FailingSince = NOW(6) WHERE WebhookID IN (?) AND FailingSince IS NULL',
    [failing],
  );
  const gone = attempted.flatMap(({ delivery, verdict }) => {
    const reason = disableReason(verdict);
    return reason ? [{ webhookId: delivery.webhookId, cause: 'gone' as const, reason }] : [];
  });
  const worn = await tx.query<{ webhookId: number; since: Date }>(
    `SELECT WebhookID AS webhookId, FailingSince AS since FROM oempro_eg_webhooks
      WHERE WebhookID IN (?) AND FailingSince <= NOW(6) - INTERVAL ${FAILING_DAYS} DAY`,
    [failing],
  );
  const candidates: DisabledWebhook[] = [
    ...gone,
    ...worn.map(({ webhookId, since }) => ({
      webhookId,
      cause: 'failing' as const,
      reason: `No delivery has succeeded since ${since.toISOString()}.`,
    })),
  ];
  const disabled: DisabledWebhook[] = [];
  for (const candidate of candidates) if (await disable(tx, candidate)) disabled.push(candidate);
  return disabled;
}

/** @returns false when the webhook is not switched on (any more) */
async function disable(tx: Transaction, { webhookId, reason }: DisabledWebhook): Promise<boolean> {
  const { affectedRows } = await tx.execute(
    `UPDATE oempro_eg_webhooks SET Status = 'Disabled', DisabledReason = ?
      WHERE WebhookID = ? AND Status = 'Enabled'`,
    [reason, webhookId],
  );
  return affectedRows > 0;
}

function attemptMessage({
  delivery,
  verdict,
  attempt,
  error,
}: Outcome): Parameters<typeof enqueue>[1][number][] {
  if (!attempt) return [];
  const value = encodeWebhookAttempt({
    eventId: delivery.eventId,
    event: delivery.event,
    webhookId: delivery.webhookId,
    userId: delivery.userId,
    domainId: delivery.domainId,
    host: attempt.host,
    attempt: attempt.number,
    attemptedAt: attempt.at,
    durationMs: attempt.durationMs,
    status: attempt.status,
    outcome: outcomeName(verdict),
    error,
  });
  return [{ topic: TOPICS.webhookAttempts.name, key: delivery.eventId, value }];
}

/** The verdict as it is called in messages, metrics and logs. */
export function outcomeName(verdict: Verdict): 'delivered' | 'retry' | 'failed' | 'dropped' {
  return verdict.state === 'pending' ? 'retry' : verdict.state;
}

function disableReason(verdict: Verdict): string | undefined {
  return verdict.state === 'dropped' ? verdict.disable : undefined;
}

function isSuccess({ verdict }: Outcome): boolean {
  return verdict.state === 'delivered';
}

function unique(ids: readonly number[]): number[] {
  return [...new Set(ids)].sort((a, b) => a - b);
}
