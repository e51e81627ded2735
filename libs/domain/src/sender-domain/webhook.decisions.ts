import { type Decision, refuse } from '../decision.js';
import { ownedDomain } from './lifecycle.decisions.js';
import { type SenderDomain, type SenderDomainEvent, WEBHOOK_EVENTS } from './sender-domain.js';
import { judgeWebhookUrl } from './webhook-url.js';

export interface AddWebhook {
  readonly userId: number;
  readonly webhookId: number;
  /** Canonical event name. */
  readonly event: string;
  readonly url: string;
  /** Whether the host, as it resolves now, leads to an address that is not public. Asked before the decision. */
  readonly leadsInside: boolean;
}

/** The same event and address may be registered more than once; each registration is a webhook of its own. */
export const addWebhook = (
  { userId, webhookId, event, url, leadsInside }: AddWebhook,
  domain: SenderDomain,
): Decision<
  SenderDomainEvent,
  'event-unknown' | 'domain-not-found' | 'webhook-url-invalid' | 'webhook-host-forbidden'
> => {
  const followed = WEBHOOK_EVENTS.find((name) => name === event);
  if (followed === undefined) return refuse('event-unknown');
  if (ownedDomain(userId, domain) === undefined) return refuse('domain-not-found');
  const verdict = judgeWebhookUrl(url);
  if (verdict !== 'allowed') return refuse(verdict);
  if (leadsInside) return refuse('webhook-host-forbidden');
  return [{ type: 'WebhookAdded', webhookId, event: followed, url }];
};

export interface DeleteWebhook {
  readonly userId: number;
  readonly webhookId: number;
}

export const deleteWebhook = (
  { userId, webhookId }: DeleteWebhook,
  domain: SenderDomain,
): Decision<SenderDomainEvent, 'domain-not-found' | 'webhook-not-found'> => {
  const owned = ownedDomain(userId, domain);
  if (owned === undefined) return refuse('domain-not-found');
  return owned.webhooks.some((webhook) => webhook.webhookId === webhookId)
    ? [{ type: 'WebhookDeleted', webhookId }]
    : refuse('webhook-not-found');
};
