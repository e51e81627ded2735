import { appendFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import pino from 'pino';
import { decodeMailEvent } from '#contracts/mail-events/mail-event';
import { readRecordBatch } from '#platform/testing/record-batches';
import * as rows from './map/testing.spec.js';
import { Batches } from './publish/batches.js';
import type { Batch } from './publish/batch.js';
import type { Checkpoint } from './tail/checkpoints.js';
import { Tailer } from './tail/tailer.js';
import { SETTLED_AFTER_MS } from './tail/tracked-file.js';

/** Everything that came of a file: events in order, and what was set aside, by its place. */
interface Yield {
  events: string[];
  receipts: string[];
  bad: string[];
}

/** What happens to the file between two looks. */
type Step = { readonly append: Buffer } | 'restart' | 'rename';

/** An ingester without engines: what a process that is killed would leave behind is in `stored`. */
class Ingester {
  readonly found: Yield = { events: [], receipts: [], bad: [] };
  private readonly stored = new Map<string, Checkpoint>();
  private now = 0;
  private tailer = this.newTailer();
  private readonly batches = new Batches({
    producer: { partitionsOf: () => Promise.resolve(1) },
    topics: { mailEvents: 'events', mtaReceipts: 'receipts' },
    referenceKey: rows.KEY,
    now: () => rows.NOW,
  });

  constructor(private readonly folder: string) {}

  async restart(): Promise<void> {
    await this.tailer.close();
    this.tailer = this.newTailer();
  }

  /** One look and all that can be read, in batches of at most so many pieces. */
  async read(most: number): Promise<void> {
    await this.tailer.refresh();
    for (const file of this.tailer.readable()) {
      for (let more = true; more;) {
        const batch = await this.batches.begin();
        for (let pieces = 0; more && pieces < most; pieces += 1) {
          const pulled = file.take() ?? (await file.pull(this.now));
          if (typeof pulled === 'string') more = false;
          else batch.add(file, pulled);
        }
        batch.reached(file);
        await this.publish(batch);
      }
    }
  }

  async finish(): Promise<Yield> {
    this.now += SETTLED_AFTER_MS;
    await this.read(1_000);
    await this.tailer.close();
    return this.found;
  }

  private async publish(batch: Batch): Promise<void> {
    for (const each of batch.records) {
      const { records } = await readRecordBatch(each);
      for (const { value } of records)
        if (each.topic === 'events') this.found.events.push(decodeMailEvent(value).id);
        else this.found.receipts.push(value.toString('hex'));
    }
    for (const { offset, reason, bytes } of batch.quarantined)
      this.found.bad.push(`${offset} ${reason} ${bytes.toString('latin1')}`);
    for (const position of batch.positions) this.stored.set(position.identity, position);
  }

  private newTailer(): Tailer {
    const findByFingerprint = (print: string): Promise<Checkpoint[]> =>
      Promise.resolve([...this.stored.values()].filter(({ identity }) => identity.startsWith(`${print}-`)));
    const log = pino({ level: 'silent' });
    return new Tailer({
      folder: this.folder,
      checkpoints: { findByFingerprint },
      log,
      clock: () => this.now,
    });
  }
}

async function ingested(steps: readonly Step[], most: number): Promise<Yield> {
  const folder = await mkdtemp(join(tmpdir(), 'eg-splits-'));
  try {
    const ingester = new Ingester(folder);
    let path = join(folder, 'acct.csv');
    let renames = 0;
    await writeFile(path, '');
    for (const step of steps) {
      if (step === 'restart') await ingester.restart();
      else if (step === 'rename') {
        const to = join(folder, `acct-${(renames += 1)}.csv`);
        await rename(path, to);
        path = to;
      } else await appendFile(path, step.append);
      await ingester.read(most);
    }
    return await ingester.finish();
  } finally {
    await rm(folder, { recursive: true });
  }
}

const HEADER_LINE = rows.HEADER_LINE;
const OTHER_HEADER = HEADER_LINE.replace('dlvSize,', '').replace('\r\n', ',dlvSize\n');
const line = fc.oneof(
  { weight: 6, arbitrary: fc.nat({ max: 60 }).map((no) => rows.csvLine(rows.oursNo(no, { type: 'd' }))) },
  {
    weight: 2,
    arbitrary: fc
      .nat({ max: 60 })
      .map((no) => rows.csvLine(rows.oursNo(no, { type: 'b', bounceCat: 'other' }))),
  },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      rows.csvLine(rows.oursNo(70, { header_From: '"Sender, Inc." <a@b.example>' })),
      rows.csvLine(rows.oursNo(71, { header_Subject: 'two\r\nlines, "quoted"' })),
      rows.csvLine(rows.oursNo(72, { header_Subject: 'jos\u00e9' })),
      rows.csvLine(rows.oursNo(73, { 'header_X-EG-Ref': rows.header(rows.OTHER_KEY) })),
      rows.csvLine(rows.oursNo(74, { timeLogged: 'yesterday' })),
      rows.csvLine(rows.oursNo(75, { type: 'r' })),
      rows.csvLine(rows.oursNo(76, { type: 'f', feedbackType: 'abuse' })),
      '\r\n',
      '\n',
      'no row at all\r\n',
      'd,2024-03-05 09:15:02+0000,"torn\r\n',
      'd,1709630102\n',
      OTHER_HEADER,
      HEADER_LINE,
      `x,${'y'.repeat(5_000)}\r\n`,
    ),
  },
);

describe('an accounting file', () => {
  it('makes the same events, however its bytes arrive and whatever happens to its name and to us meanwhile', async () => {
    let events = 0;
    const cut = fc.record({
      at: fc.nat(),
      then: fc.constantFrom('restart' as const, 'rename' as const, undefined),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { minLength: 1, maxLength: 40 }),
        fc.array(cut, { maxLength: 12 }),
        fc.integer({ min: 1, max: 30 }),
        async (lines, cuts, most) => {
          const bytes = Buffer.from(HEADER_LINE + lines.join(''));
          const places = cuts.map((each) => ({ ...each, at: each.at % (bytes.length + 1) }));
          places.sort((a, b) => a.at - b.at);
          const steps: Step[] = [];
          let from = 0;
          for (const { at, then } of [...places, { at: bytes.length, then: undefined }]) {
            steps.push({ append: bytes.subarray(from, at) });
            if (then !== undefined) steps.push(then);
            from = at;
          }
          const whole = await ingested([{ append: bytes }], 1_000);
          expect(await ingested(steps, most)).toEqual(whole);
          events += whole.events.length;
        },
      ),
      { numRuns: 300 },
    );
    expect(events).toBeGreaterThan(1_000);
  });
});
