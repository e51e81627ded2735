import type { Command } from 'commander';
import { integer, oneOf } from '../arguments.js';
import { operator } from '../operator-client.js';
import { print } from '../output.js';

const STATUSES = ['Approval Pending', 'Enabled', 'Disabled', 'Suspended', 'Blocked'] as const;

export function addDomainCommands(program: Command): void {
  const domain = program.command('domain').description('sender domains of all accounts');

  domain
    .command('list')
    .description('every sender domain')
    .action(async (_options, command: Command) => {
      print(command.optsWithGlobals()['json'], await operator<object[]>('GET', '/domains'));
    });

  domain
    .command('show')
    .description('one sender domain')
    .argument('<id>', 'DomainID', integer)
    .action(async (id: number, _options, command: Command) => {
      print(command.optsWithGlobals()['json'], await operator<object>('GET', `/domains/${id}`));
    });

  domain
    .command('set-status')
    .description('approve, disable, suspend or block a sender domain; prints it')
    .argument('<id>', 'DomainID', integer)
    .argument('<status>', STATUSES.join(', '), oneOf(...STATUSES))
    .action(async (id: number, status: string, _options, command: Command) => {
      const changed = await operator<object>('PUT', `/domains/${id}/status`, { status });
      print(command.optsWithGlobals()['json'], changed);
    });
}
