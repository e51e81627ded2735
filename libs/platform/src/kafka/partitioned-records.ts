import { partitionOf } from './murmur2.js';
import { RecordBatch } from './record-batch.js';

/** Records of one topic, each written into the batch of its key's partition. */
export class PartitionedRecords {
  private readonly byPartition: RecordBatch[];
  /** Bytes of the largest batch: a broker takes about a megabyte. */
  mostBytes = 0;

  /** @param timestamp of the records, unix milliseconds */
  constructor(topic: string, partitions: number, timestamp: number) {
    this.byPartition = Array.from(
      { length: partitions },
      (_, partition) => new RecordBatch(topic, partition, timestamp),
    );
  }

  /** The batch that takes a key, its bytes from `from` up to `to`. Tell `wrote` when something was written to it. */
  batchOf(key: Uint8Array, from: number, to: number): RecordBatch {
    return this.byPartition[partitionOf(key, from, to, this.byPartition.length)] as RecordBatch;
  }

  append(key: Uint8Array, value: Uint8Array): void {
    const batch = this.batchOf(key, 0, key.length);
    batch.append(key, value);
    this.wrote(batch);
  }

  wrote({ length }: RecordBatch): void {
    if (length > this.mostBytes) this.mostBytes = length;
  }

  /** See `RecordBatch.release`. */
  release(): void {
    for (const batch of this.byPartition) batch.release();
  }

  /** Those that have records. */
  get batches(): RecordBatch[] {
    return this.byPartition.filter(({ count }) => count > 0);
  }
}
