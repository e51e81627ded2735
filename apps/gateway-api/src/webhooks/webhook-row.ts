import type { ShownWebhook } from '#contracts/http/webhooks';
import type { WebhookEventName } from '#contracts/mail-events/vocabulary';
import type { Queryable } from '#platform/database/database';
import { shownTime } from '../sender-domain/domain-row.js';

export interface ListedWebhook {
  readonly webhookId: number;
  readonly event: WebhookEventName;
  readonly url: string;
  readonly status: 'Enabled' | 'Disabled';
  /** Why it was switched off; null while it is Enabled. */
  readonly disabledReason: string | null;
  /** Since when no delivery has succeeded; null while deliveries succeed. */
  readonly failingSince: Date | null;
}

interface WebhookRow {
  WebhookID: number;
  Event: WebhookEventName;
  WebhookURL: string;
  Status: 'Enabled' | 'Disabled';
  DisabledReason: string | null;
  FailingSince: Date | null;
}

/** The webhooks of a domain that are not deleted, oldest first; a disabled one among them, so that it can be deleted. */
export async function listWebhooks(
  q: Queryable,
  userId: number,
  domainId: number,
): Promise<readonly ListedWebhook[]> {
  const rows = await q.query<WebhookRow>(
    `SELECT WebhookID, Event, WebhookURL, Status, DisabledReason, FailingSince FROM oempro_eg_webhooks
     WHERE DomainID = ? AND UserID = ? AND Status <> 'Deleted' ORDER BY WebhookID`,
    [domainId, userId],
  );
  return rows.map((row) => ({
    webhookId: row.WebhookID,
    event: row.Event,
    url: row.WebhookURL,
    status: row.Status,
    disabledReason: row.DisabledReason,
    failingSince: row.FailingSince,
  }));
}

/** A webhook as replies show it, its event in the words of the surface. */
export function shownWebhook(
  webhook: ListedWebhook,
  wordFor: (event: WebhookEventName) => string,
): ShownWebhook {
  const { webhookId, event, url, status, disabledReason, failingSince } = webhook;
  return {
    WebhookID: webhookId,
    Event: wordFor(event),
    WebhookURL: url,
    Status: status,
    DisabledReason: disabledReason,
    FailingSince: failingSince === null ? null : shownTime(failingSince),
  };
}

/** The webhooks of a domain that were switched off because their endpoint failed. */
export async function switchedOffWebhooks(
  q: Queryable,
  userId: number,
  domainId: number,
): Promise<readonly number[]> {
  const webhooks = await listWebhooks(q, userId, domainId);
  return webhooks.filter(({ status }) => status === 'Disabled').map(({ webhookId }) => webhookId);
}
