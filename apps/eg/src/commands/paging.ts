import type { Command } from 'commander';
import { count, integer } from '../arguments.js';
import { operator } from '../operator-client.js';
import { print } from '../output.js';

const DEFAULT_LIMIT = 1000;

interface PageOptions {
  after?: number;
  limit?: number;
}

/** The options by which a list that may be long is read in pieces. */
export function withPage(command: Command): Command {
  return command
    .option('--after <id>', 'only what has a higher id', count)
    .option('--limit <n>', `at most so many (default ${DEFAULT_LIMIT}, up to 10000)`, integer);
}

/**
 * Prints one piece of a list; says on stderr, to a person, when more may follow.
 * @param id the column that `--after` goes by
 */
export async function printPage(
  command: Command,
  path: string,
  id: string,
  filter: Readonly<Record<string, string | number | undefined>>,
  { after = 0, limit = DEFAULT_LIMIT }: PageOptions,
): Promise<void> {
  const query = new URLSearchParams({ after: `${after}`, limit: `${limit}` });
  for (const [name, value] of Object.entries(filter)) if (value !== undefined) query.set(name, `${value}`);
  const rows = await operator<Record<string, unknown>[]>('GET', `${path}?${query.toString()}`);
  const isJson: boolean = command.optsWithGlobals()['json'];
  print(isJson, rows);
  if (!isJson && rows.length === limit)
    process.stderr.write(`more may follow: --after ${String(rows.at(-1)?.[id])}\n`);
}
