import { resolve } from 'node:path';
import type { Command } from 'commander';
import type {
  DismissedRows,
  IngestFileStatus,
  QuarantineSelection,
  ReprocessedFile,
} from '#contracts/ingest/ingest-operations';
import { count, integers } from '../arguments.js';
import { runIngest } from '../ingest-process.js';
import { print } from '../output.js';

const SAMPLES = 3;
const UNFILED = ['http', 'stdin'];

interface SelectionOptions {
  all?: boolean;
  reason?: string;
  file?: string;
  id?: number[];
}
interface ReprocessOptions extends SelectionOptions {
  dryRun?: boolean;
}

export function addIngestCommands(program: Command): void {
  const ingest = program.command('ingest').description('the accounting files of PowerMTA');

  ingest
    .command('status')
    .description('how far each file is published, how far behind that is, and what is in quarantine')
    .option('--samples <n>', 'rows shown of each file and reason', count, SAMPLES)
    .action(async ({ samples }: { samples: number }, command: Command) => {
      const files = await runIngest<IngestFileStatus[]>({ do: 'status', samples });
      const isJson: boolean = command.optsWithGlobals()['json'];
      print(isJson, files, files.map(fileRow));
      if (!isJson) printMore(files);
    });

  const reprocess = ingest
    .command('reprocess')
    .description('read a whole file again, or rows in quarantine; events keep their ids, so nothing doubles')
    .argument('[file]', 'a file, from its start');
  selecting(reprocess)
    .option('--dry-run', 'publish and store nothing, only say what would become of them')
    .action(async (file: string | undefined, options: ReprocessOptions, command: Command) => {
      const operation = operationOf(file, options, command);
      print(command.optsWithGlobals()['json'], await runIngest<ReprocessedFile[]>(operation));
    });

  const dismiss = ingest
    .command('dismiss')
    .description('take rows out of quarantine that nobody will ingest; they count as done');
  selecting(dismiss).action(async (options: SelectionOptions, command: Command) => {
    if ((options.all === true) === isSelection(options))
      command.error('error: give --all, or some of --reason, --file and --id', { exitCode: 2 });
    const operation = { do: 'dismiss-rows', selection: selectionOf(options) } as const;
    print(command.optsWithGlobals()['json'], await runIngest<DismissedRows>(operation));
  });
}

function selecting(command: Command): Command {
  return command
    .option('--all', 'every row in quarantine')
    .option('--reason <reason>', 'rows set aside for this reason')
    .option('--file <path>', 'rows set aside of this file, as the status names it; or http, or stdin')
    .option('--id <id>', 'this row; may be repeated', integers);
}

const isSelection = ({ reason, file, id }: SelectionOptions): boolean =>
  reason !== undefined || file !== undefined || id !== undefined;

const selectionOf = ({ reason, file, id }: SelectionOptions): QuarantineSelection => ({
  ...(reason !== undefined && { reason }),
  ...(file !== undefined && { file: UNFILED.includes(file) ? file : resolve(file) }),
  ...(id !== undefined && { ids: id }),
});

function operationOf(file: string | undefined, options: ReprocessOptions, command: Command) {
  const { all, dryRun = false } = options;
  if ([file !== undefined, all === true, isSelection(options)].filter(Boolean).length !== 1)
    command.error('error: give a file, or --all, or some of --reason, --file and --id', { exitCode: 2 });
  if (file !== undefined) return { do: 'reprocess-file', file: resolve(file), dryRun } as const;
  return { do: 'reprocess-rows', selection: selectionOf(options), dryRun } as const;
}

function fileRow({ quarantine, lagBytes, lagSeconds, ...file }: IngestFileStatus): object {
  const quarantined = quarantine.reduce((sum, { open }) => sum + open, 0);
  return { ...file, quarantined, 'behind (bytes)': lagBytes, 'behind (s)': lagSeconds };
}

/** What a person wants to know besides the files: the whole lag, and what is in quarantine and why. */
function printMore(files: readonly IngestFileStatus[]): void {
  const bytes = files.reduce((sum, { lagBytes }) => sum + lagBytes, 0);
  const oldest = Math.max(0, ...files.map(({ lagSeconds }) => lagSeconds ?? 0));
  const lag = `${bytes} bytes are not published, the oldest row of them is ${oldest} s old`;
  process.stdout.write(`\n${bytes === 0 ? 'everything is published' : lag}\n`);
  const reasons = new Map<string, { open: number; done: number }>();
  for (const { reason, open, done } of files.flatMap(({ quarantine }) => quarantine)) {
    const sum = reasons.get(reason) ?? { open: 0, done: 0 };
    reasons.set(reason, { open: sum.open + open, done: sum.done + done });
  }
  if (reasons.size === 0) return;
  process.stdout.write('\nin quarantine:\n');
  print(
    false,
    [...reasons].map(([reason, counts]) => ({ reason, ...counts })),
  );
  const samples = files.flatMap(({ file, quarantine }) =>
    quarantine.flatMap(({ reason, samples: own }) =>
      own.map(({ id, offset, notReprocessable, shown }) => {
        return { id, file, offset, reason, again: notReprocessable ?? 'possible', row: shown };
      }),
    ),
  );
  if (samples.length === 0) return;
  process.stdout.write('\nfor example:\n');
  print(false, samples);
}
