import type { Command } from 'commander';
import { integer, pair, readText } from '../arguments.js';
import { operator } from '../operator-client.js';
import { print } from '../output.js';
import { printPage, withPage } from './paging.js';

interface Context {
  readonly name: string;
  readonly description: string;
  readonly path: string;
  /** Column of its id. */
  readonly id: string;
  readonly parent: { readonly name: 'user' | 'list' | 'journey'; readonly column: string };
  /** Options of `add` beyond the parent's, and the members of the body that they make. */
  readonly options: (add: Command) => Command;
  readonly body: (options: AddOptions, command: Command) => object;
}

interface AddOptions {
  user?: number;
  list?: number;
  journey?: number;
  name?: string;
  html?: string;
  htmlFile?: string;
  plain?: string;
  plainFile?: string;
  email?: string;
  field?: Record<string, string>;
}

const named = (add: Command) => add.requiredOption('--name <name>');
const nameOf = ({ name }: AddOptions) => ({ name });
const OF_USER = { name: 'user', column: 'UserID' } as const;

const CONTEXTS: readonly Context[] = [
  {
    name: 'template',
    description: 'email templates, for TemplateID of a send',
    path: '/templates',
    id: 'TemplateID',
    parent: OF_USER,
    options: (add) =>
      named(add)
        .option('--html <text>', 'HTML content')
        .option('--html-file <path>', 'a file with it; - reads standard input')
        .option('--plain <text>', 'text content')
        .option('--plain-file <path>', 'a file with it'),
    body: templateOf,
  },
  {
    name: 'list',
    description: 'subscriber lists, for TargetListID and ListID of a send',
    path: '/lists',
    id: 'ListID',
    parent: OF_USER,
    options: named,
    body: nameOf,
  },
  {
    name: 'subscriber',
    description: 'subscribers of a list',
    path: '/subscribers',
    id: 'SubscriberID',
    parent: { name: 'list', column: 'ListID' },
    options: (add) =>
      add
        .requiredOption('--email <address>')
        .option('--name <name>')
        .option('--field <name=value>', 'a field for personalisation; may be repeated', pair),
    body: ({ email, name, field }) => ({
      email,
      ...(name !== undefined && { name }),
      ...(field !== undefined && { fields: field }),
    }),
  },
  {
    name: 'journey',
    description: 'journeys, for JourneyID of a send',
    path: '/journeys',
    id: 'JourneyID',
    parent: OF_USER,
    options: named,
    body: nameOf,
  },
  {
    name: 'action',
    description: 'actions of a journey, for ActionID of a send',
    path: '/actions',
    id: 'ActionID',
    parent: { name: 'journey', column: 'JourneyID' },
    options: named,
    body: nameOf,
  },
];

/** Templates, lists, subscribers, journeys and actions: what a send may name by id. */
export function addContextCommands(program: Command): void {
  for (const context of CONTEXTS) addContextCommand(program, context);
}

function addContextCommand(program: Command, context: Context): void {
  const { name, description, path, id, parent, options, body } = context;
  const group = program.command(name).description(description);
  const parentFlag = `--${parent.name} <id>`;

  options(
    group
      .command('add')
      .description(`add ${name === 'action' ? 'an' : 'a'} ${name}; prints its id`)
      .requiredOption(parentFlag, `${parent.column} that it belongs to`, integer),
  ).action(async (given: AddOptions, command: Command) => {
    const added = { [`${parent.name}Id`]: given[parent.name], ...body(given, command) };
    print(command.optsWithGlobals()['json'], await operator<object>('POST', path, added));
  });

  withPage(
    group
      .command('list')
      .description(
        `the ${parent.name === 'user' ? `${name}s of all accounts, or of one` : `${name}s of all ${parent.name}s, or of one`}`,
      )
      .option(parentFlag, `only of this ${parent.column}`, integer),
  ).action(async (given: AddOptions & { after?: number; limit?: number }, command: Command) => {
    await printPage(command, path, id, { [`${parent.name}Id`]: given[parent.name] }, given);
  });

  group
    .command('show')
    .description(`one ${name}`)
    .argument('<id>', id, integer)
    .action(async (rowId: number, _options, command: Command) => {
      print(command.optsWithGlobals()['json'], await operator<object>('GET', `${path}/${rowId}`));
    });

  group
    .command('delete')
    .description(`delete ${name === 'action' ? 'an' : 'a'} ${name} and what hangs on it`)
    .argument('<id>', id, integer)
    .action(async (rowId: number, _options, command: Command) => {
      print(command.optsWithGlobals()['json'], await operator<object>('DELETE', `${path}/${rowId}`));
    });
}

function templateOf({ name, html, htmlFile, plain, plainFile }: AddOptions, command: Command): object {
  if ((html !== undefined && htmlFile !== undefined) || (plain !== undefined && plainFile !== undefined))
    command.error('error: give a content either as text or as a file', { exitCode: 2 });
  const htmlText = htmlFile === undefined ? html : readText(htmlFile);
  const plainText = plainFile === undefined ? plain : readText(plainFile);
  if (htmlText === undefined && plainText === undefined)
    command.error('error: give --html, --plain or both (or --html-file, --plain-file)', { exitCode: 2 });
  return {
    name,
    ...(htmlText !== undefined && { html: htmlText }),
    ...(plainText !== undefined && { plain: plainText }),
  };
}
