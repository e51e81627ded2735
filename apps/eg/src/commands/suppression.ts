import type { Command } from 'commander';
import { integer, readText } from '../arguments.js';
import { operator } from '../operator-client.js';
import { CommandFailed, print } from '../output.js';
import { printPage, withPage } from './paging.js';

interface ChangeOptions {
  user?: number;
  file?: string;
}

/** Addresses that one request takes. */
const BATCH = 1000;
const ADDRESS = 'an address, or a pattern with * for any characters';
const SCOPE = 'for this account only; without it, for the whole installation';

export function addSuppressionCommands(program: Command): void {
  const suppression = program
    .command('suppression')
    .description('addresses that no mail goes to, of the installation or of one account');

  withTargets(
    suppression.command('add').description('suppress addresses; those that are listed already stay'),
  ).action(async (address: string | undefined, options: ChangeOptions, command: Command) => {
    const totals = { Added: 0, Present: 0 };
    await inBatches('POST', targets(command, address, options), options.user, totals);
    print(command.optsWithGlobals()['json'], totals);
  });

  withTargets(suppression.command('remove').description('take addresses and patterns off the list')).action(
    async (address: string | undefined, options: ChangeOptions, command: Command) => {
      const totals = { Removed: 0 };
      await inBatches('DELETE', targets(command, address, options), options.user, totals);
      print(command.optsWithGlobals()['json'], totals);
    },
  );

  withPage(
    suppression
      .command('list')
      .description('the entries that keep mail from an address, or all entries')
      .argument('[address]', 'an address, or a pattern exactly as it is listed')
      .option('--user <id>', 'only those of this account; 0 = of the installation', (text) =>
        text === '0' ? 0 : integer(text),
      ),
  ).action(
    async (
      address: string | undefined,
      options: { user?: number; after?: number; limit?: number },
      command: Command,
    ) => {
      const filter = { address, userId: options.user };
      await printPage(command, '/suppressions', 'SuppressionID', filter, options);
    },
  );
}

function withTargets(command: Command): Command {
  return command
    .argument('[address]', ADDRESS)
    .option('--user <id>', SCOPE, integer)
    .option('--file <path>', 'many of them, one a line; - reads standard input, # starts a comment');
}

function targets(command: Command, address: string | undefined, { file }: ChangeOptions): string[] {
  if ((address === undefined) === (file === undefined))
    command.error('error: give either an address or --file', { exitCode: 2 });
  if (file === undefined) return address === undefined ? [] : [address];
  return readText(file)
    .split(/\r?\n/)
    .map((line) =>
      line
        .replace(/^\uFEFF/, '')
        .replace(/(^|\s)#.*$/, '')
        .trim(),
    )
    .filter((line) => line !== '');
}

/** Adds each reply to the totals. @throws CommandFailed that says how much was done before */
async function inBatches<Totals extends Record<string, number>>(
  method: string,
  addresses: readonly string[],
  userId: number | undefined,
  totals: Totals,
): Promise<void> {
  for (let from = 0; from < addresses.length; from += BATCH) {
    const batch = addresses.slice(from, from + BATCH);
    try {
      const reply = await operator<Totals>(method, '/suppressions', {
        addresses: batch,
        ...(userId !== undefined && { userId }),
      });
      for (const [name, number] of Object.entries(reply))
        Object.assign(totals, { [name]: (totals[name] ?? 0) + number });
    } catch (error) {
      if (from === 0 || !(error instanceof CommandFailed)) throw error;
      throw new CommandFailed(
        `${error.message}; the first ${from} entries were done (${JSON.stringify(totals)})`,
      );
    }
  }
}
