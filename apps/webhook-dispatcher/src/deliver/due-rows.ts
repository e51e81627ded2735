import type { Database } from '#platform/database/database';
import type { Delivery, DueRow } from './delivery.js';

/** Rows that one look takes of each shard. A shard that fills it has a backlog and is looked at endpoint by endpoint. */
const WINDOW = 100;

/** Endpoints of a backlog that one look fetches rows for; the next look goes on with others. */
export const LANES_PER_LOOK = 64;

/** Counting stops here: beyond, "a lot" is all one needs to know. */
const BACKLOG_COUNTED = 10_000;

const DUE = "state = 'pending' AND next_attempt_at <= NOW(6)";

/** Reads what is due, without claiming anything: whoever owns the shard's lease is alone in reading it. */
export class DueRows {
  constructor(private readonly database: Database) {}

  /**
   * The earliest due rows of each shard. `crowded` names the shards that had more than a window of them, where endpoints
   * with few rows may stand behind one with a hundred thousand.
   */
  async earliest(shards: readonly number[]): Promise<{ rows: DueRow[]; crowded: number[] }> {
    const parts = shards.map(
      () =>
        `(SELECT id, webhook_id AS webhookId, shard FROM webhook_deliveries FORCE INDEX (ix_due)
           WHERE shard = ? AND ${DUE} ORDER BY next_attempt_at, id LIMIT ${WINDOW})`,
    );
    const rows = await this.database.query<DueRow & { shard: number }>(parts.join(' UNION ALL '), shards);
    const perShard = new Map<number, number>();
    for (const { shard } of rows) perShard.set(shard, (perShard.get(shard) ?? 0) + 1);
    const crowded = shards.filter((shard) => perShard.get(shard) === WINDOW);
    return { rows, crowded };
  }

  /** Every endpoint with a due row: one step in the index per endpoint, however many rows it has. */
  async endpoints(): Promise<number[]> {
    const rows = await this.database.query<{ webhookId: number; due: number }>(
      `SELECT webhook_id AS webhookId, MIN(next_attempt_at) <= NOW(6) AS due
         FROM webhook_deliveries FORCE INDEX (ix_lane) WHERE state = 'pending' GROUP BY webhook_id`,
    );
    return rows.filter(({ due }) => due).map(({ webhookId }) => webhookId);
  }

  /** The earliest due rows of some endpoints, up to a number for each. */
  async ofEndpoints(wanted: readonly { webhookId: number; rows: number }[]): Promise<DueRow[]> {
    if (wanted.length === 0) return [];
    const parts = wanted.map(
      () =>
        `(SELECT id, webhook_id AS webhookId FROM webhook_deliveries FORCE INDEX (ix_lane)
           WHERE webhook_id = ? AND ${DUE} ORDER BY next_attempt_at, id LIMIT ?)`,
    );
    const params = wanted.flatMap(({ webhookId, rows }) => [webhookId, rows]);
    return this.database.query<DueRow>(parts.join(' UNION ALL '), params);
  }

  /** Everything an attempt needs, as it is now. Rows that are not pending any more are left out. */
  async load(ids: readonly number[]): Promise<Delivery[]> {
    if (ids.length === 0) return [];
    const rows = await this.database.query<Delivery>(
      `SELECT d.id, d.webhook_id AS webhookId, d.event_id AS eventId, d.event, d.user_id AS userId,
              d.domain_id AS domainId, d.shard, d.attempts, d.payload,
              TIMESTAMPDIFF(MICROSECOND, d.created_at, NOW(6)) DIV 1000 AS ageMs,
              w.WebhookURL AS url, w.Status AS webhookStatus, w.FailingSince IS NOT NULL AS failing,
              s.Status AS domainStatus, s.SigningKeyCipher AS signingKeyCipher
         FROM webhook_deliveries d
         LEFT JOIN oempro_eg_webhooks w
                ON w.WebhookID = d.webhook_id AND w.UserID = d.user_id AND w.DomainID = d.domain_id
         LEFT JOIN oempro_eg_domains s ON s.DomainID = d.domain_id AND s.UserID = d.user_id
        WHERE d.id IN (?) AND d.state = 'pending'`,
      [ids],
    );
    return rows.map((row) => ({ ...row, failing: Boolean(row.failing) }));
  }

  /** Size and age of what is due in these shards. */
  async backlog(shards: readonly number[]): Promise<{ rows: number; oldestSeconds: number }> {
    if (shards.length === 0) return { rows: 0, oldestSeconds: 0 };
    const [counted] = await this.database.query<{ count: number }>(
      `SELECT COUNT(*) AS count FROM (SELECT 1 FROM webhook_deliveries FORCE INDEX (ix_due)
        WHERE shard IN (?) AND ${DUE} LIMIT ${BACKLOG_COUNTED}) due`,
      [shards],
    );
    const oldest = shards.map(
      () =>
        "(SELECT MIN(next_attempt_at) AS at FROM webhook_deliveries WHERE shard = ? AND state = 'pending')",
    );
    const [age] = await this.database.query<{ seconds: number | null }>(
      `SELECT TIMESTAMPDIFF(SECOND, MIN(at), NOW(6)) AS seconds FROM (${oldest.join(' UNION ALL ')}) earliest`,
      shards,
    );
    return { rows: counted?.count ?? 0, oldestSeconds: Math.max(0, age?.seconds ?? 0) };
  }
}
