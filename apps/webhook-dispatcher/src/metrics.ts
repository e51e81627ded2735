import { counter, gauge, histogram } from '#platform/telemetry/metrics';

/** Seconds from a tenth to three days: most deliveries take one attempt, the last of a schedule comes days later. */
const DELIVERY_BUCKETS = [
  0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200, 28_800, 86_400, 259_200,
];

export const metrics = {
  planned: counter('webhook_deliveries_planned_total', 'Pairs of webhook and event that were newly planned.'),
  attempts: counter('webhook_attempts_total', 'HTTP requests to customers, by what came of them.', [
    'outcome',
  ]),
  attemptSeconds: histogram('webhook_attempt_seconds', 'Duration of one HTTP request to a customer.', [
    'outcome',
  ]),
  deliverySeconds: histogram(
    'webhook_delivery_seconds',
    'Time from planning a delivery to the 2xx that ended it.',
    [],
    DELIVERY_BUCKETS,
  ),
  dropped: counter(
    'webhook_deliveries_dropped_total',
    'Deliveries given up because nobody wants them any more.',
  ),
  deferred: counter(
    'webhook_deliveries_deferred_total',
    'Deliveries put off for a fault of ours, not the receiver.',
  ),
  fenced: counter(
    'webhook_outcomes_fenced_total',
    'Outcomes not recorded because the shard had a new owner.',
  ),
  disabled: counter('webhook_endpoints_disabled_total', 'Webhooks that were switched off.', ['reason']),
  inFlight: gauge('webhook_requests_in_flight', 'HTTP requests to customers that are under way.'),
  shards: gauge('webhook_shards_owned', 'Shards of endpoints that this process delivers for.'),
  backlog: gauge(
    'webhook_due_deliveries',
    'Deliveries of the owned shards that are due; counted up to 10,000.',
  ),
  oldestDue: gauge(
    'webhook_oldest_due_seconds',
    'How long the oldest due delivery of the owned shards has waited.',
  ),
};
