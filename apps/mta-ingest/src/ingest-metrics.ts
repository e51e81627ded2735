import { counter, gauge, histogram } from '#platform/telemetry/metrics';

export const ingestMetrics = {
  rows: counter('ingest_rows_total', 'Accounting rows read, by record type.', ['type']),
  events: counter('ingest_events_total', 'Mail events published, by event.', ['event']),
  receipts: counter('ingest_receipts_total', 'Receipts published (record type r).'),
  bad: counter('ingest_bad_rows_total', 'Rows and bytes put into quarantine, by reason.', ['reason']),
  dropped: counter(
    'ingest_quarantine_dropped_total',
    'Bad rows for which the quarantine had no room, by reason.',
    ['reason'],
  ),
  skipped: counter('ingest_skipped_rows_total', 'Rows that make no event, by reason.', ['why']),
  flagged: counter('ingest_flagged_rows_total', 'Rows that were odd and read nevertheless.', ['flag']),
  bytes: counter('ingest_bytes_total', 'Bytes of accounting files published (decompressed).'),
  lagBytes: gauge(
    'ingest_lag_bytes',
    'Bytes of accounting files that are not published yet, those on their way included.',
  ),
  lagSeconds: gauge(
    'ingest_lag_seconds',
    'Age of the row up to which everything is published while there is more; 0 when there is not.',
  ),
  files: gauge('ingest_files', 'Accounting files known, by state.', ['state']),
  requests: counter('ingest_http_requests_total', 'Answers to posted accounting rows, by status.', [
    'status',
  ]),
  batchSeconds: histogram('ingest_batch_seconds', 'Time to publish one batch and to record its checkpoint.'),
};
