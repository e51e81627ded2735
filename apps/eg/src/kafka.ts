import { createKafka, type Kafka } from '#platform/kafka/client';
import { createLogger } from '#platform/telemetry/logger';
import { readKafkaConfig } from './config.js';

/** Kafka as an operator's command uses it: quiet, because its output may be parsed. */
export function openKafka(): Kafka {
  return createKafka({
    brokers: readKafkaConfig().kafkaBrokers,
    clientId: 'eg',
    log: createLogger('eg', 'silent'),
  });
}
