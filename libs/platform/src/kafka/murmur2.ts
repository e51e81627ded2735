const SEED = 0x9747b28c;
const FACTOR = 0x5bd1e995;
const SHIFT = 24;

/**
 * The partition of a key, as the Java client and kafkajs choose it (murmur2, sign bit cleared): every producer of a topic must
 * agree, or a key's messages lose their order.
 *
 * @param key the bytes of the key, from `from` up to `to`
 * @param partitions how many the topic has
 */
export function partitionOf(key: Uint8Array, from: number, to: number, partitions: number): number {
  return (murmur2(key, from, to) & 0x7fffffff) % partitions;
}

function murmur2(bytes: Uint8Array, from: number, to: number): number {
  const length = to - from;
  let hash = SEED ^ length;
  let at = from;
  for (; at + 4 <= to; at += 4) {
    let word =
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24);
    word = Math.imul(word, FACTOR);
    word ^= word >>> SHIFT;
    hash = Math.imul(hash, FACTOR) ^ Math.imul(word, FACTOR);
  }
  const rest = to - at;
  if (rest >= 3) hash ^= (bytes[at + 2] as number) << 16;
  if (rest >= 2) hash ^= (bytes[at + 1] as number) << 8;
  if (rest >= 1) hash = Math.imul(hash ^ (bytes[at] as number), FACTOR);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, FACTOR);
  return hash ^ (hash >>> 15);
}
