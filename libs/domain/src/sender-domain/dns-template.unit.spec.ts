import { describe, expect, it } from '@jest/globals';
import { DEFAULT_TEMPLATE, type DnsTemplateRecord, dnsTemplate } from './dns-records.js';
import { templateProblem } from './dns-template.js';

const installation = {
  naming: { subdomain: 'sl', trackPrefix: 'track', trackMerge: '-', trackPrefixDisabled: false },
  infrastructure: 'mailer.example.net',
} as const;
const record = (host: string, type: DnsTemplateRecord['type'], value: string): DnsTemplateRecord => ({
  host,
  type,
  value,
});

describe('a DNS template', () => {
  it('is found by its exact name; Default and the empty one always exist', () => {
    const strict = [record('{domain}', 'TXT', '{hash}')];
    const own = new Map([['Strict', strict]]);
    expect(dnsTemplate('Strict', own)).toBe(strict);
    expect(dnsTemplate('strict', own)).toBeUndefined();
    expect(dnsTemplate('Default', own)).toBe(DEFAULT_TEMPLATE);
    expect(dnsTemplate('', own)).toEqual([]);
    expect(dnsTemplate('Default', new Map([['Default', strict]]))).toBe(strict);
  });

  it('can be the default, nothing, or have each type of record', () => {
    expect(templateProblem(DEFAULT_TEMPLATE, installation)).toBeUndefined();
    expect(templateProblem([], installation)).toBeUndefined();
    const all = [
      record('{mfrom}', 'MX', '10 mx.{infrastructure}'),
      record('{tracking}', 'A', '192.0.2.10'),
      record('{domain}', 'TXT', 'v=spf1 include:{infrastructure} ~all'),
      record('_DMARC.{domain}', 'CNAME', '_dmarc.{infrastructure}.'),
      record('{label}.{domain}', 'TXT', '{hash}'),
    ];
    expect(templateProblem(all, installation)).toBeUndefined();
  });

  it.each([
    [[record('{mform}', 'TXT', 'x')], 'record "{mform}" (TXT): there is no placeholder {mform}'],
    [[record('{domain}', 'TXT', 'x {Hash}')], 'there is no placeholder {Hash}'],
    [[record('mail.example.com', 'A', '192.0.2.1')], 'the host must end in {domain}'],
    [[record('{domain}.example.com', 'A', '192.0.2.1')], 'the host must end in {domain}'],
    [[record('x{domain}', 'A', '192.0.2.1')], 'the host must end in {domain}'],
    [[record('-.{domain}', 'A', '192.0.2.1')], 'the host is no host name'],
    [[record('a b.{domain}', 'A', '192.0.2.1')], 'the host is no host name'],
    [[record('{hash}.{domain}', 'A', '192.0.2.1')], 'the host is no host name'],
    [
      [record('{mfrom}', 'TXT', 'x'), record('SL.{domain}', 'MX', '10 mx.example.net')],
      'record "SL.{domain}" (MX): another record has this host',
    ],
    [[record('{domain}', 'CNAME', '{hash}')], 'the value must be a host name'],
    [[record('{domain}', 'CNAME', 'localhost')], 'the value must be a host name'],
    [[record('{domain}', 'CNAME', 'http://example.net/')], 'the value must be a host name'],
    [[record('{domain}', 'A', '192.0.2.256')], 'the value must be an IPv4 address'],
    [[record('{domain}', 'A', '192.0.2')], 'the value must be an IPv4 address'],
    [[record('{domain}', 'A', '2001:db8::1')], 'the value must be an IPv4 address'],
    [[record('{domain}', 'MX', 'mx.example.net')], 'the value must be a preference and a host name'],
    [[record('{domain}', 'MX', '65536 mx.example.net')], 'the value must be a preference and a host name'],
    [[record('{domain}', 'TXT', '')], 'the value must have 1 to 1000 printable ASCII characters'],
    [[record('{domain}', 'TXT', 'ü')], 'the value must have 1 to 1000 printable ASCII characters'],
    [[record('{domain}', 'TXT', 'x'.repeat(1001))], 'the value must have 1 to 1000'],
  ])('cannot be %j', (template, problem) => {
    expect(templateProblem(template, installation)).toContain(problem);
  });

  it('is tried with the names of the installation', () => {
    const template = [record('{mfrom}', 'TXT', 'x'), record('mail.{domain}', 'A', '192.0.2.1')];
    expect(templateProblem(template, installation)).toBeUndefined();
    const mail = { ...installation, naming: { ...installation.naming, subdomain: 'mail' } };
    expect(templateProblem(template, mail)).toContain('another record has this host');
  });
});
