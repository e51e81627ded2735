import type { Command } from 'commander';
import { PRIVILEGES } from '#contracts/http/operator';
import { count, oneOf } from '../arguments.js';
import { operator } from '../operator-client.js';
import { print } from '../output.js';
import { limitsOf, withLimits, type LimitOptions } from './limits.js';

interface GroupOptions extends LimitOptions {
  privileges?: string;
  limitDomains?: number;
  manualApproval?: string;
  dnsTemplate?: string;
}

export function addGroupCommands(program: Command): void {
  const group = program.command('group').description('groups: the privileges and limits of accounts');

  withOptions(group.command('create').description('create a group; prints it').argument('<name>')).action(
    async (name: string, options: GroupOptions, command: Command) => {
      const created = await operator<object>('POST', '/groups', { name, ...bodyOf(options) });
      print(command.optsWithGlobals()['json'], created);
    },
  );

  withOptions(group.command('update').description('change a group; prints it').argument('<name>')).action(
    async (name: string, options: GroupOptions, command: Command) => {
      const change = bodyOf(options);
      if (Object.keys(change).length === 0)
        command.error('error: name at least one option to change', { exitCode: 2 });
      const changed = await operator<object>('PATCH', `/groups/${encodeURIComponent(name)}`, change);
      print(command.optsWithGlobals()['json'], changed);
    },
  );

  group
    .command('list')
    .description('every group')
    .action(async (_options, command: Command) => {
      print(command.optsWithGlobals()['json'], await operator<object[]>('GET', '/groups'));
    });
}

function withOptions(command: Command): Command {
  const limited = withLimits(command, {
    value: 'n',
    read: count,
    none: '0 = no limit',
    inherit: 'no limits',
  });
  return limited
    .option('--privileges <csv>', `comma separated, of ${PRIVILEGES.join(', ')}; or * for all of them`)
    .option('--limit-domains <n>', 'most sender domains of an account, 0 = no limit', count)
    .option('--manual-approval <flag>', 'on: new domains wait for an operator', oneOf('on', 'off'))
    .option('--dns-template <name>', 'which DNS records its domains are asked for');
}

function bodyOf(options: GroupOptions): object {
  const { privileges, limitDomains, manualApproval, dnsTemplate } = options;
  return {
    ...(privileges !== undefined && { privileges }),
    ...(limitDomains !== undefined && { limitDomains }),
    ...(manualApproval !== undefined && { manualApproval: manualApproval === 'on' }),
    ...(dnsTemplate !== undefined && { dnsTemplate }),
    ...limitsOf(options),
  };
}
