import type { Command } from 'commander';
import { countOr, integer, oneOf } from '../arguments.js';
import { operator } from '../operator-client.js';
import { print } from '../output.js';
import { limitsOf, withLimits, type LimitOptions } from './limits.js';

interface Created {
  UserID: number;
  APIKey: string;
}

interface CreateOptions {
  username: string;
  password: string;
  email: string;
  firstName?: string;
  lastName?: string;
  group?: string;
}

interface UpdateOptions extends Partial<Omit<CreateOptions, 'username'>>, LimitOptions {
  accountStatus?: string;
  reputation?: string;
  phoneVerified?: string;
  credits?: number | 'none';
}

export function addUserCommands(program: Command): void {
  const user = program.command('user').description('accounts');

  user
    .command('create')
    .description('create an account; prints its id and, this once, its API key')
    .requiredOption('--username <name>')
    .requiredOption('--password <password>')
    .requiredOption('--email <address>')
    .option('--first-name <name>')
    .option('--last-name <name>')
    .option('--group <name>', 'the group whose privileges and limits it gets')
    .action(async (options: CreateOptions, command: Command) => {
      print(command.optsWithGlobals()['json'], await operator<Created>('POST', '/users', options));
    });

  user
    .command('list')
    .description('every account')
    .action(async (_options, command: Command) => {
      print(command.optsWithGlobals()['json'], await operator<object[]>('GET', '/users'));
    });

  user
    .command('show')
    .description('one account; a limit without a value is the one of its group')
    .argument('<id>', 'UserID', integer)
    .action(async (id: number, _options, command: Command) => {
      print(command.optsWithGlobals()['json'], await operator<object>('GET', `/users/${id}`));
    });

  withLimits(
    user
      .command('update')
      .description('change an account and what it may do; prints the account')
      .argument('<id>', 'UserID', integer)
      .option(
        '--account-status <status>',
        'Enabled or Disabled, which ends its sessions',
        oneOf('Enabled', 'Disabled'),
      )
      .option('--reputation <level>', 'Trusted or Untrusted', oneOf('Trusted', 'Untrusted'))
      .option('--phone-verified <flag>', '0 or 1', oneOf('0', '1'))
      .option(
        '--credits <n|none>',
        'recipients that it may still send to, none = it needs no credits',
        countOr('none'),
      )
      .option('--password <password>', 'a new password; ends its sessions')
      .option('--email <address>')
      .option('--first-name <name>')
      .option('--last-name <name>')
      .option('--group <name>', 'move the account to another group'),
    {
      value: 'n|group',
      read: countOr('group'),
      none: '0 = no limit, group = that of the group',
      inherit: 'those of the group',
    },
  ).action(async (id: number, options: UpdateOptions, command: Command) => {
    const change = changeOf(options);
    if (Object.keys(change).length === 0)
      command.error('error: name at least one option to change', { exitCode: 2 });
    print(command.optsWithGlobals()['json'], await operator<object>('PATCH', `/users/${id}`, change));
  });

  user
    .command('delete')
    .description('delete an account and all that is its own; its domains stop sending')
    .argument('<id>', 'UserID', integer)
    .action(async (id: number, _options, command: Command) => {
      print(command.optsWithGlobals()['json'], await operator<object>('DELETE', `/users/${id}`));
    });
}

function changeOf(options: UpdateOptions): object {
  const { accountStatus, reputation, phoneVerified, credits, password, email, firstName, lastName, group } =
    options;
  return {
    ...(accountStatus !== undefined && { accountStatus }),
    ...(reputation !== undefined && { reputation }),
    ...(phoneVerified !== undefined && { phoneVerified: phoneVerified === '1' }),
    ...(credits !== undefined && { credits: credits === 'none' ? null : credits }),
    ...(password !== undefined && { password }),
    ...(email !== undefined && { email }),
    ...(firstName !== undefined && { firstName }),
    ...(lastName !== undefined && { lastName }),
    ...(group !== undefined && { group }),
    ...limitsOf(options),
  };
}
