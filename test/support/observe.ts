import { createHmac } from 'node:crypto';
import { stack } from './system.js';
import type { Tenant } from './tenant.js';

export interface Document {
  id: string;
  event: string;
  recipient: string;
  'message-id': string;
  'user-id': number;
  'domain-id': number;
  timestamp: number;
  'logged-at': string;
  [key: string]: unknown;
}

/** Every event document of a tenant, read from Elasticsearch as an analyst would. */
export async function documents(tenant: { userId: number }): Promise<Document[]> {
  const base = `${stack().elasticsearch.url}/eg-events-u${tenant.userId}-*`;
  await fetch(`${base}/_refresh?ignore_unavailable=true`, { method: 'POST' });
  const response = await fetch(`${base}/_search?ignore_unavailable=true`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ size: 10_000, track_total_hits: true, query: { match_all: {} } }),
  });
  if (!response.ok) throw new Error(`search answered HTTP ${response.status}`);
  const result = (await response.json()) as { hits: { hits: { _source: Document }[] } };
  return result.hits.hits.map((hit) => hit._source);
}

export interface ReceivedHook {
  headers: Record<string, string>;
  body: string;
  verified: boolean | null;
  status: number;
}

/** What the customer's endpoint received, oldest first. */
export async function received(tenant: { hook: string }): Promise<ReceivedHook[]> {
  const response = await fetch(`${stack().sandbox.receiverAdmin}/${tenant.hook}`);
  return (await response.json()) as ReceivedHook[];
}

/** The event a webhook carries. */
export function eventData(hook: ReceivedHook): Document {
  return (JSON.parse(hook.body) as { 'event-data': Document })['event-data'];
}

/** Recomputes `X-Octeth-Signature` from the raw body, as a receiver's own code would. */
export function isSignedWith(key: string, hook: ReceivedHook): boolean {
  const given = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(hook.headers['x-octeth-signature'] ?? '');
  return given?.[2] === createHmac('sha256', key).update(`${given?.[1]}.${hook.body}`).digest('hex');
}

/** `message-id event` of each item, sorted: what happened, once per time it is told. */
export function facts(items: readonly Document[]): string[] {
  return items.map((item) => `${item['message-id']} ${item.recipient} ${item.event}`).toSorted();
}

/** Ids of `items`, each once. */
export function distinct(items: readonly Document[]): Document[] {
  return [...new Map(items.map((item) => [item.id, item])).values()];
}

/** The inbox's mails to one address. */
export async function inbox(to: string): Promise<{ subject: string; headers: Record<string, string[]> }[]> {
  const response = await fetch(`${stack().sandbox.inbox}/messages?to=${encodeURIComponent(to)}`);
  return (await response.json()) as { subject: string; headers: Record<string, string[]> }[];
}

export type { Tenant };
