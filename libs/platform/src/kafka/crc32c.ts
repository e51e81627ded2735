/** Tables for eight bytes at a time ("slicing by 8"); the reflected Castagnoli polynomial, RFC 3720 appendix B.4. */
const TABLES = Array.from({ length: 8 }, () => new Int32Array(256));
const [T0, T1, T2, T3, T4, T5, T6, T7] = TABLES as [
  ...[Int32Array, Int32Array, Int32Array, Int32Array],
  ...[Int32Array, Int32Array, Int32Array, Int32Array],
];
const POLYNOMIAL = 0x82f63b78;

for (let byte = 0; byte < 256; byte += 1) {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = (value & 1) === 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
  T0[byte] = value;
}
for (let table = 1; table < 8; table += 1) {
  const before = TABLES[table - 1] as Int32Array;
  const here = TABLES[table] as Int32Array;
  for (let byte = 0; byte < 256; byte += 1) {
    const value = before[byte] as number;
    here[byte] = (value >>> 8) ^ (T0[value & 255] as number);
  }
}

/**
 * CRC-32C of `bytes` from `from` up to `to`, as an unsigned number: what protects a Kafka record batch. Node has only CRC-32, and
 * a table for each byte costs three times as much, which every event on its way to Kafka would pay.
 */
export function crc32c(bytes: Uint8Array, from: number, to: number): number {
  let crc = -1;
  let at = from;
  for (; at + 8 <= to; at += 8) {
    const low =
      crc ^
      ((bytes[at] as number) |
        ((bytes[at + 1] as number) << 8) |
        ((bytes[at + 2] as number) << 16) |
        ((bytes[at + 3] as number) << 24));
    crc =
      (T7[low & 255] as number) ^
      (T6[(low >>> 8) & 255] as number) ^
      (T5[(low >>> 16) & 255] as number) ^
      (T4[low >>> 24] as number) ^
      (T3[bytes[at + 4] as number] as number) ^
      (T2[bytes[at + 5] as number] as number) ^
      (T1[bytes[at + 6] as number] as number) ^
      (T0[bytes[at + 7] as number] as number);
  }
  for (; at < to; at += 1) crc = (T0[(crc ^ (bytes[at] as number)) & 255] as number) ^ (crc >>> 8);
  return ~crc >>> 0;
}
