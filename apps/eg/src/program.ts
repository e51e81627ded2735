import { Command } from 'commander';
import { addContextCommands } from './commands/context.js';
import { addDoctorCommand } from './commands/doctor.js';
import { addDomainCommands } from './commands/domain.js';
import { addGroupCommands } from './commands/group.js';
import { addIngestCommands } from './commands/ingest.js';
import { addSandboxCommands } from './commands/sandbox.js';
import { addSuppressionCommands } from './commands/suppression.js';
import { addTopicCommands } from './commands/topics.js';
import { addUserCommands } from './commands/user.js';

/** The operators' command. Errors are thrown as CommanderError (usage) or Error, never printed and exited here. */
export function buildProgram(): Command {
  const program = new Command('eg')
    .description('Operate an Email Gateway. It finds the system through var/run/stack.json or EG_* settings.')
    .option('--json', 'print one JSON value')
    .showHelpAfterError('(add --help for usage)');
  addUserCommands(program);
  addGroupCommands(program);
  addDomainCommands(program);
  addSuppressionCommands(program);
  addContextCommands(program);
  addSandboxCommands(program);
  addTopicCommands(program);
  addIngestCommands(program);
  addDoctorCommand(program);
  overrideExit(program);
  return program;
}

function overrideExit(command: Command): void {
  command.exitOverride();
  command.commands.forEach(overrideExit);
}
