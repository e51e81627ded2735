import { counter, histogram } from '../telemetry/metrics.js';

export const requestSeconds = histogram(
  'kafka_producer_request_seconds',
  'Time from handing a group of messages to the broker until it is acknowledged or given up.',
  ['outcome'],
);
export const published = counter('kafka_producer_messages_total', 'Messages published, by topic.', ['topic']);
