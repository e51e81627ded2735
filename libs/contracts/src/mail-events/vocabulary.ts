/** The canonical vocabulary, in documents and on Kafka (API contract, "Export Events", `Event` values). */
export const MAIL_EVENT_NAMES = [
  'accepted-by-oempro',
  'rejected-by-oempro',
  'accepted-by-mta',
  'rejected-by-mta',
  'delivered',
  'bounced',
  'opened',
  'clicked',
  'unsubscribed',
  'complained',
] as const;
export type MailEventName = (typeof MAIL_EVENT_NAMES)[number];

/** Events a webhook can be registered for; `accepted-*` and `rejected-*` never fire one. */
export const WEBHOOK_EVENTS = [
  'delivered',
  'bounced',
  'opened',
  'clicked',
  'unsubscribed',
  'complained',
] as const satisfies readonly MailEventName[];
export type WebhookEventName = (typeof WEBHOOK_EVENTS)[number];

/** Names of `emailgateway.addwebhook` and `getwebhooks` (private surface). */
const PRIVATE_NAMES: Readonly<Record<WebhookEventName, string>> = {
  delivered: 'delivery',
  bounced: 'bounce',
  opened: 'open',
  clicked: 'click',
  unsubscribed: 'unsubscribe',
  complained: 'complaint',
};

const ALIASES: ReadonlyMap<string, readonly MailEventName[]> = new Map<string, readonly MailEventName[]>([
  ...MAIL_EVENT_NAMES.map((name) => [name, [name]] as const),
  ...WEBHOOK_EVENTS.map((name) => [PRIVATE_NAMES[name], [name]] as const),
  ['accepted', ['accepted-by-oempro', 'accepted-by-mta']],
  ['rejected', ['rejected-by-oempro', 'rejected-by-mta']],
]);

/** Canonical names behind any name or alias, in any letter case; empty when unknown. `accepted` and `rejected` are groups. */
export function canonicalEvents(nameOrAlias: string): readonly MailEventName[] {
  return ALIASES.get(nameOrAlias.trim().toLowerCase()) ?? [];
}

/** The one webhook event behind a name of either webhook vocabulary, or undefined. */
export function webhookEvent(nameOrAlias: string): WebhookEventName | undefined {
  const names = canonicalEvents(nameOrAlias);
  return names.length === 1 ? WEBHOOK_EVENTS.find((name) => name === names[0]) : undefined;
}

/** `delivered` → `delivery`: the name the private webhook commands show. */
export function privateAlias(event: WebhookEventName): string {
  return PRIVATE_NAMES[event];
}

/** The name the public webhook endpoints show: the canonical one. */
export function publicAlias(event: WebhookEventName): string {
  return event;
}
