import { counter, gauge, histogram } from '#platform/telemetry/metrics';

export const senderMetrics = {
  claimed: counter('sender_claimed_total', 'Queue rows taken for sending.'),
  inDoubt: counter('sender_in_doubt_total', 'Queue rows of dead senders that were queued again.'),
  attempts: counter('sender_attempts_total', 'Submissions to the MTA, by outcome.', ['outcome']),
  attemptSeconds: histogram(
    'sender_attempt_seconds',
    'Time of one submission, from MAIL FROM to the last reply.',
    ['outcome'],
  ),
  inFlight: gauge('sender_in_flight', 'Submissions under way.'),
  stopped: counter(
    'sender_stopped_total',
    'Queue rows held, released or dropped for the state of their senders.',
    ['outcome'],
  ),
  held: gauge('sender_held_rows', 'Queue rows that this process holds, waiting or under way.'),
  mtaUp: gauge('sender_mta_up', '1 while the MTA takes connections, else 0.'),
};
