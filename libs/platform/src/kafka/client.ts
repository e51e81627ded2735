/** What an application needs to reach Kafka. Everything in this folder that names kafkajs stays behind it. */
export { createKafka, type Kafka, type KafkaOptions } from './connection.js';
export {
  createProducer,
  ProducerError,
  type HeaderValue,
  type Producer,
  type ProducerBatch,
  type ProducerMessage,
} from './producer.js';
