import type { WebhookEventName } from '#contracts/mail-events/vocabulary';
import type { Queryable } from '#platform/database/database';

export interface ListedWebhook {
  readonly webhookId: number;
  readonly event: WebhookEventName;
  readonly url: string;
}

interface WebhookRow {
  WebhookID: number;
  Event: WebhookEventName;
  WebhookURL: string;
}

/** The webhooks of a domain that are not deleted, oldest first; a disabled one among them, so that it can be deleted. */
export async function listWebhooks(
  q: Queryable,
  userId: number,
  domainId: number,
): Promise<readonly ListedWebhook[]> {
  const rows = await q.query<WebhookRow>(
    `SELECT WebhookID, Event, WebhookURL FROM oempro_eg_webhooks
     WHERE DomainID = ? AND UserID = ? AND Status <> 'Deleted' ORDER BY WebhookID`,
    [domainId, userId],
  );
  return rows.map((row) => ({ webhookId: row.WebhookID, event: row.Event, url: row.WebhookURL }));
}
