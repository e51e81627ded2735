import type { Command } from 'commander';
import { integer, oneOf } from '../arguments.js';
import { operator } from '../operator-client.js';
import { print } from '../output.js';

const STATUSES = ['Approval Pending', 'Enabled', 'Disabled', 'Suspended', 'Blocked'] as const;

/** A domain in replies to operators. */
interface Domain {
  readonly DomainID: number;
  readonly UserID: number;
  readonly SenderDomain: string;
  readonly Status: string;
  readonly CreatedAt: string;
  readonly Options: Readonly<Record<string, unknown>>;
  readonly VerificationMeta: {
    readonly DNSRecords: Readonly<Record<string, readonly [type: string, value: string, found?: boolean]>>;
  };
}

export function addDomainCommands(program: Command): void {
  const domain = program.command('domain').description('sender domains of all accounts');

  domain
    .command('list')
    .description('every sender domain')
    .action(async (_options, command: Command) => {
      const domains = await operator<Domain[]>('GET', '/domains');
      print(command.optsWithGlobals()['json'], domains, domains.map(domainRow));
    });

  domain
    .command('show')
    .description('one sender domain, its options and the DNS records that it is asked for')
    .argument('<id>', 'DomainID', integer)
    .action(async (id: number, _options, command: Command) => {
      const shown = await operator<Domain>('GET', `/domains/${id}`);
      const json = command.optsWithGlobals()['json'];
      print(json, shown, [domainRow(shown)]);
      if (json === true) return;
      for (const rows of [[shown.Options], recordRows(shown)]) {
        process.stdout.write('\n');
        print(false, rows);
      }
    });

  domain
    .command('set-status')
    .description('approve, disable, suspend or block a sender domain; prints it')
    .argument('<id>', 'DomainID', integer)
    .argument('<status>', STATUSES.join(', '), oneOf(...STATUSES))
    .action(async (id: number, status: string, _options, command: Command) => {
      const changed = await operator<Domain>('PUT', `/domains/${id}/status`, { status });
      print(command.optsWithGlobals()['json'], changed, [domainRow(changed)]);
    });
}

/** The row of a domain in a table: what an operator looks for, and how much of its DNS was found at the last look. */
export function domainRow(domain: Domain): object {
  const { DomainID, UserID, SenderDomain, Status, CreatedAt } = domain;
  const records = recordRows(domain);
  const found = records.filter(({ Found }) => Found === 'yes').length;
  return { DomainID, UserID, SenderDomain, Status, DNSFound: `${found} of ${records.length}`, CreatedAt };
}

/** A row per DNS record; `Found` is `-` for one that was not looked up yet. */
export function recordRows({ VerificationMeta: { DNSRecords } }: Domain) {
  return Object.entries(DNSRecords).map(([Host, [Type, Value, found]]) => ({
    Host,
    Type,
    Value,
    Found: found === undefined ? '-' : found ? 'yes' : 'no',
  }));
}
