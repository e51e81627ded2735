/** What an application needs to reach Kafka. Everything in this folder that names kafkajs stays behind it. */
export { createKafka, type Kafka, type KafkaOptions } from './connection.js';
export { ProducerError } from './producer-error.js';
export { createRecordProducer, type RecordProducer } from './record-producer.js';
export { PartitionedRecords } from './partitioned-records.js';
export { RecordBatch } from './record-batch.js';
export {
  createProducer,
  type HeaderValue,
  type Producer,
  type ProducerBatch,
  type ProducerMessage,
} from './producer.js';
