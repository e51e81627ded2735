import { describe, expect, it } from '@jest/globals';
import type { Command } from 'commander';
import { domainRow, recordRows } from './commands/domain.js';
import { buildProgram } from './program.js';

const everyCommand = (command: Command): Command[] => [command, ...command.commands.flatMap(everyCommand)];

describe('the help of eg', () => {
  const help = everyCommand(buildProgram()).map((command) => command.helpInformation());

  it('is English', () => {
    expect(help.filter((text) => /\ba [aeio]/i.test(text))).toEqual([]);
    expect(help.join('')).toContain('add an action; prints its id');
  });
  it('names the privileges that there are', () => {
    expect(help.join('').replace(/\s+/g, ' ')).toContain('EmailGateway.AddDomain, EmailGateway.ManageDomain');
  });
});

describe('a domain in a table', () => {
  const domain = {
    DomainID: 7,
    UserID: 3,
    SenderDomain: 'example.com',
    Status: 'Approval Pending',
    CreatedAt: '2026-04-01T10:00:00.000Z',
    Options: { LinkTracking: 1 },
    VerificationMeta: {
      DNSRecords: {
        'sl.example.com': ['CNAME', 'mailer.example.net', true],
        '_dmarc.sl.example.com': ['CNAME', '_dmarc.mailer.example.net', false],
        'x.sl.example.com': ['TXT', 'hash'],
      } as const,
    },
  };

  it('is one row without JSON', () => {
    expect(domainRow(domain)).toEqual({
      DomainID: 7,
      UserID: 3,
      SenderDomain: 'example.com',
      Status: 'Approval Pending',
      DNSFound: '1 of 3',
      CreatedAt: '2026-04-01T10:00:00.000Z',
    });
  });
  it('has a row for each record that it is asked for', () => {
    expect(recordRows(domain).map(({ Host, Type, Found }) => [Host, Type, Found])).toEqual([
      ['sl.example.com', 'CNAME', 'yes'],
      ['_dmarc.sl.example.com', 'CNAME', 'no'],
      ['x.sl.example.com', 'TXT', '-'],
    ]);
  });
  it('without records has none', () => {
    const bare = { ...domain, VerificationMeta: { DNSRecords: [] as never } };
    expect(domainRow(bare)).toMatchObject({ DNSFound: '0 of 0' });
  });
});
