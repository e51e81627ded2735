import { type Decision, refuse } from '../decision.js';
import { ownedDomain } from './lifecycle.decisions.js';
import {
  type SenderDomain,
  type SenderDomainEvent,
  WEBHOOK_EVENTS,
  type Webhook,
  isLive,
} from './sender-domain.js';
import { judgeWebhookUrl } from './webhook-url.js';

export interface AddWebhook {
  readonly userId: number;
  readonly webhookId: number;
  /** Canonical event name. */
  readonly event: string;
  /** As `webhookUrlOf` gives it. */
  readonly url: string;
  /** Webhooks of the domain that are switched off because their endpoint failed. */
  readonly switchedOff: readonly number[];
  /** Whether the host, as it resolves now, leads to an address that is not public. Asked before the decision. */
  readonly leadsInside: boolean;
}

/** The webhook that sends this event to this address. */
export const activeWebhook = (
  { event, url, switchedOff }: Pick<AddWebhook, 'event' | 'url' | 'switchedOff'>,
  domain: SenderDomain,
): Webhook | undefined =>
  isLive(domain)
    ? domain.webhooks.find(
        (webhook) =>
          webhook.event === event && webhook.url === url && !switchedOff.includes(webhook.webhookId),
      )
    : undefined;

/**
 * One event is sent to one address once: adding again what is there changes nothing, so a call whose answer was lost may be
 * repeated. Where the endpoint failed and the webhook was switched off, adding makes a new one.
 */
export const addWebhook = (
  command: AddWebhook,
  domain: SenderDomain,
): Decision<
  SenderDomainEvent,
  'event-unknown' | 'domain-not-found' | 'webhook-url-invalid' | 'webhook-host-forbidden'
> => {
  const { userId, webhookId, event, url, leadsInside } = command;
  const followed = WEBHOOK_EVENTS.find((name) => name === event);
  if (followed === undefined) return refuse('event-unknown');
  if (ownedDomain(userId, domain) === undefined) return refuse('domain-not-found');
  const verdict = judgeWebhookUrl(url);
  if (verdict !== 'allowed') return refuse(verdict);
  if (leadsInside) return refuse('webhook-host-forbidden');
  if (activeWebhook(command, domain) !== undefined) return [];
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
