import type { Command } from 'commander';
import { integer, oneOf } from '../arguments.js';
import { operator } from '../operator-client.js';
import { print } from '../output.js';

interface Created {
  UserID: number;
  APIKey: string;
}

export function addUserCommands(program: Command): void {
  const user = program.command('user').description('accounts');

  user
    .command('create')
    .description('create an account; prints its id and, this once, its API key')
    .requiredOption('--username <name>')
    .requiredOption('--password <password>')
    .requiredOption('--email <address>')
    .option('--group <name>', 'the group whose privileges and limits it gets')
    .action(
      async (
        options: { username: string; password: string; email: string; group?: string },
        command: Command,
      ) => {
        print(command.optsWithGlobals()['json'], await operator<Created>('POST', '/users', options));
      },
    );

  user
    .command('list')
    .description('every account')
    .action(async (_options, command: Command) => {
      print(command.optsWithGlobals()['json'], await operator<object[]>('GET', '/users'));
    });

  user
    .command('show')
    .description('one account')
    .argument('<id>', 'UserID', integer)
    .action(async (id: number, _options, command: Command) => {
      print(command.optsWithGlobals()['json'], await operator<object>('GET', `/users/${id}`));
    });

  user
    .command('update')
    .description('change what an account may do; prints the account')
    .argument('<id>', 'UserID', integer)
    .option('--account-status <status>', 'Enabled or Disabled', oneOf('Enabled', 'Disabled'))
    .option('--reputation <level>', 'Trusted or Untrusted', oneOf('Trusted', 'Untrusted'))
    .option('--phone-verified <flag>', '0 or 1', oneOf('0', '1'))
    .option('--group <name>', 'move the account to another group')
    .action(
      async (
        id: number,
        options: { accountStatus?: string; reputation?: string; phoneVerified?: string; group?: string },
        command: Command,
      ) => {
        const { accountStatus, reputation, phoneVerified, group } = options;
        const change = {
          ...(accountStatus && { accountStatus }),
          ...(reputation && { reputation }),
          ...(phoneVerified && { phoneVerified: phoneVerified === '1' }),
          ...(group && { group }),
        };
        if (Object.keys(change).length === 0)
          command.error('error: name at least one option to change', { exitCode: 2 });
        print(command.optsWithGlobals()['json'], await operator<object>('PATCH', `/users/${id}`, change));
      },
    );

  user
    .command('delete')
    .description('delete an account; its domains stop sending')
    .argument('<id>', 'UserID', integer)
    .action(async (id: number, _options, command: Command) => {
      print(command.optsWithGlobals()['json'], await operator<object>('DELETE', `/users/${id}`));
    });
}
