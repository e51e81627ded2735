import { PartitionedRecords, type RecordProducer } from '#platform/kafka/client';
import { Lane } from '../lane/lane.js';
import { Correlator } from '../map/correlate.js';
import { Batch, type Mapping } from './batch.js';

/** Names of the topics that a batch writes to. */
export interface BatchTopics {
  mailEvents: string;
  mtaReceipts: string;
}

export interface BatchesOptions {
  producer: Pick<RecordProducer, 'partitionsOf'>;
  topics: BatchTopics;
  /** EG_REFERENCE_KEY as bytes. */
  referenceKey: Buffer;
  /** Wall clock in epoch milliseconds. */
  now?: () => number;
}

/** Begins batches. */
export class Batches {
  private readonly mapping: Mapping;

  constructor(private readonly options: BatchesOptions) {
    const { referenceKey } = options;
    this.mapping = { lane: new Lane(referenceKey), correlator: new Correlator(referenceKey) };
  }

  /** @throws ProducerError when Kafka is away: a record's bytes lie in the batch of its partition, so the partitions must be known */
  async begin(): Promise<Batch> {
    const { producer, topics, now = Date.now } = this.options;
    const at = now();
    const recordsOf = async (topic: string) =>
      new PartitionedRecords(topic, await producer.partitionsOf(topic), Date.now());
    const events = await recordsOf(topics.mailEvents);
    const receipts = await recordsOf(topics.mtaReceipts);
    return new Batch(this.mapping, { events, receipts }, at);
  }
}
