import type { ProducerBatch, ProducerMessage } from './producer-message.js';

/** Kafka's default `message.max.bytes` is 1,048,588 for the whole batch of a partition; headroom for record overhead. */
export const REQUEST_BYTES = 900_000;
const RECORD_OVERHEAD_BYTES = 80;

/** What goes into one request. */
export interface Chunk {
  readonly batches: ProducerBatch[];
  bytes: number;
}

/** Splits what one call hands over so that no request exceeds what a broker takes; a larger message goes alone. */
export function intoChunks(batches: readonly ProducerBatch[]): Chunk[] {
  const chunks: Chunk[] = [];
  for (const { topic, messages } of batches) {
    let start = 0;
    let chunk = chunks.at(-1);
    const flush = (end: number): void => {
      if (end > start) chunk?.batches.push({ topic, messages: messages.slice(start, end) });
      start = end;
    };
    messages.forEach((message, index) => {
      const size = sizeOf(message);
      if (!chunk || (chunk.bytes > 0 && chunk.bytes + size > REQUEST_BYTES)) {
        flush(index);
        chunk = { batches: [], bytes: 0 };
        chunks.push(chunk);
      }
      chunk.bytes += size;
    });
    flush(messages.length);
  }
  return chunks;
}

function sizeOf({ key, value, headers }: ProducerMessage): number {
  let size = RECORD_OVERHEAD_BYTES + byteLength(key) + byteLength(value);
  for (const [name, header] of Object.entries(headers ?? {})) {
    for (const item of Array.isArray(header) ? header : [header]) size += name.length + byteLength(item) + 8;
  }
  return size;
}

function byteLength(data: string | Buffer | null): number {
  if (data === null) return 0;
  return typeof data === 'string' ? Buffer.byteLength(data) : data.length;
}
