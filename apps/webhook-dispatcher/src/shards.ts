/**
 * Endpoints are spread over this many shards; each shard has one owner at a time. More shards spread finer over many
 * processes, and each costs one index range per look for due rows. Changing it needs the `shard` column rewritten.
 */
export const DELIVERY_SHARDS = 16;

/** Shard of an endpoint, 0…DELIVERY_SHARDS-1. All deliveries of one endpoint have one owner. */
export function shardOf(webhookId: number): number {
  return webhookId % DELIVERY_SHARDS;
}

/** Group of the leases by which processes share the shards. */
export const LEASE_GROUP = 'webhook-delivery';

/** Names of the leases, one per shard. */
export const SHARD_NAMES: readonly string[] = Array.from({ length: DELIVERY_SHARDS }, (_, shard) =>
  String(shard),
);

/** Under what name the lease of a shard is stored. */
export function leaseKey(shard: number): string {
  return `${LEASE_GROUP}/${shard}`;
}
