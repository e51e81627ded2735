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

const IS_LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/**
 * CRC-32C of `bytes` from `from` up to `to`, as an unsigned number: what protects a Kafka record batch. Node has only CRC-32, and
 * a table for each byte costs three times as much, which every event on its way to Kafka would pay.
 */
export function crc32c(bytes: Uint8Array, from: number, to: number): number {
  let crc = -1;
  let at = from;
  // Words lie at multiples of four of the memory that the bytes are a view of.
  const misplaced = bytes.byteOffset & 3;
  const firstWord = Math.min(to, from + ((4 - ((from + misplaced) & 3)) & 3));
  for (; at < firstWord; at += 1) crc = afterByte(crc, bytes[at] as number);
  const pairs = IS_LITTLE_ENDIAN && at === firstWord ? (to - at) >> 3 : 0;
  if (pairs > 0) {
    const words = new Int32Array(bytes.buffer, bytes.byteOffset + at, pairs * 2);
    crc = afterWords(crc, words);
    at += pairs * 8;
  }
  for (; at < to; at += 1) crc = afterByte(crc, bytes[at] as number);
  return ~crc >>> 0;
}

const afterByte = (crc: number, byte: number): number => (T0[(crc ^ byte) & 255] as number) ^ (crc >>> 8);

function afterWords(start: number, words: Int32Array): number {
  let crc = start;
  for (let at = 0; at < words.length; at += 2) {
    const low = crc ^ (words[at] as number);
    const high = words[at + 1] as number;
    crc =
      (T7[low & 255] as number) ^
      (T6[(low >>> 8) & 255] as number) ^
      (T5[(low >>> 16) & 255] as number) ^
      (T4[low >>> 24] as number) ^
      (T3[high & 255] as number) ^
      (T2[(high >>> 8) & 255] as number) ^
      (T1[(high >>> 16) & 255] as number) ^
      (T0[high >>> 24] as number);
  }
  return crc;
}
