import type { QuarantineSelection, ReprocessedFile } from '#contracts/ingest/ingest-operations';
import type { Database } from '#platform/database/database';
import type { Logger } from '#platform/telemetry/logger';
import type { Batch } from '../publish/batch.js';
import type { Batches } from '../publish/batches.js';
import { Publisher } from '../publish/publisher.js';
import { CsvRowParser, JsonLinesParser } from '../parse/row-parser.js';
import type { RowParser } from '../parse/row-parser.js';
import type { RowSource } from '../tail/row-source.js';
import { readRows, settleRows, whyNot } from './quarantined-rows.js';
import type { QuarantinedRow } from './quarantined-rows.js';
import { Report } from './report.js';

export interface Reprocessing {
  database: Database;
  batches: Batches;
  /** Where events go; undefined: nothing is published or stored, only reported. */
  publishing: { producer: ConstructorParameters<typeof Publisher>[0]; log: Logger } | undefined;
}

/** Rows read at once; of 64 KiB each at most. */
const PAGE_ROWS = 200;
const LF = Buffer.from('\n');

/**
 * Takes rows in quarantine through the same parsing, mapping and publishing as rows of files; their events have the ids that they
 * would have had, so nothing doubles. What succeeds is marked as done after Kafka has it, what fails keeps its new reason.
 *
 * @throws when Kafka or MySQL is away; rows before that are done, and the whole may be repeated.
 */
export async function reprocessRows(
  selection: QuarantineSelection,
  options: Reprocessing,
): Promise<ReprocessedFile[]> {
  const reports = new Map<string, Report>();
  const reportOf = (path: string): Report => {
    const report = reports.get(path) ?? new Report(path, options.publishing === undefined);
    reports.set(path, report);
    return report;
  };
  for (let after = 0; ;) {
    const rows = await readRows(options.database, selection, { after, most: PAGE_ROWS });
    const last = rows.at(-1);
    if (!last) break;
    after = last.id;
    await reprocessPage(rows, reportOf, options);
  }
  return [...reports.values()].map((report) => report.result());
}

async function reprocessPage(
  rows: readonly QuarantinedRow[],
  reportOf: (path: string) => Report,
  { database, batches, publishing }: Reprocessing,
): Promise<void> {
  const waiting = [...rows];
  while (waiting.length > 0) {
    const batch = await batches.begin();
    const done: number[] = [];
    const stillBad = new Map<string, number[]>();
    while (!batch.isFull) {
      const row = waiting.shift();
      if (!row) break;
      const report = reportOf(row.path);
      const reason = whyNot(row);
      if (reason) {
        report.leave(reason);
        continue;
      }
      const fault = readAgain(row, report, batch);
      report.tried(row, fault);
      if (fault === undefined) done.push(row.id);
      else stillBad.set(fault, [...(stillBad.get(fault) ?? []), row.id]);
    }
    if (!publishing) continue;
    const save = (): Promise<void> => database.transaction((tx) => settleRows(tx, done, stillBad));
    await new Publisher(publishing.producer, { save }, publishing.log).publish(batch);
  }
}

/** @returns why the row is still bad */
function readAgain(row: QuarantinedRow, { counters }: Report, batch: Batch): string | undefined {
  const { identity, path, offset, length, format, columns, bytes } = row;
  const parser: RowParser =
    format === 'jsonl' ? new JsonLinesParser(offset) : new CsvRowParser(offset, columns);
  const source: RowSource = { identity, path, format: format ?? 'csv', columns, counters };
  parser.push(length > bytes.length ? Buffer.concat([bytes, LF]) : bytes);
  parser.end();
  const before = batch.quarantined.length;
  let isRow = false;
  for (let parsed = parser.next(); parsed; parsed = parser.next()) {
    isRow ||= parsed.kind === 'row';
    batch.add(source, parsed);
  }
  // What became a header line or nothing at all is no row that was read.
  return batch.quarantined.at(before)?.reason ?? (isRow ? undefined : row.reason);
}
