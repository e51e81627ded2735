import { never } from '../decision.js';
import { MAX_HOST_LENGTH, isDomainName, isRecordHost } from './domain-name.js';
import {
  type DnsTemplate,
  type DnsTemplateRecord,
  type HostNaming,
  type RecordType,
  dnsRecords,
  placeholders,
} from './dns-records.js';

/** A made-up domain that templates are tried with. Its hash is base64 text, as a real one is. */
const TRIAL = {
  domain: 'sample.example',
  hash: 'c2FtcGxl+/A=',
  label: '0123456789abcdef',
};

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
const MX = /^(\d{1,5}) (\S+)$/;
const MAX_PREFERENCE = 65_535;
const PRINTABLE = /^[\x20-\x7e]+$/;
/** Room in an answer that still fits into a common UDP buffer. */
const MAX_TEXT_LENGTH = 1000;

/**
 * Why a template cannot be used, in words; undefined when it can. It is tried with a made-up domain under the
 * installation's naming: each host must lie in the customer's domain and occur once (a record set is shown as a map of
 * hosts), and each value must be one of its type.
 */
export const templateProblem = (
  template: DnsTemplate,
  { naming, infrastructure }: { readonly naming: HostNaming; readonly infrastructure: string },
): string | undefined => {
  const facts = { ...TRIAL, naming, infrastructure };
  const known = Object.keys(placeholders(facts));
  const seen = new Set<string>();
  for (const record of template) {
    const unknown = unknownPlaceholder(record, known);
    if (unknown !== undefined)
      return `${about(record)}: there is no placeholder ${unknown}, only {${known.join('}, {')}}`;
    const [filled] = dnsRecords([record], facts);
    if (filled === undefined) continue;
    const host = filled.host.toLowerCase();
    if (host !== TRIAL.domain && !host.endsWith(`.${TRIAL.domain}`))
      return `${about(record)}: the host must end in {domain}, {mfrom} or {tracking}`;
    if (!isRecordHost(host)) return `${about(record)}: the host is no host name`;
    if (seen.has(host)) return `${about(record)}: another record has this host`;
    seen.add(host);
    const problem = valueProblem(filled.type, filled.value);
    if (problem !== undefined) return `${about(record)}: ${problem}`;
  }
  return undefined;
};

const about = ({ host, type }: DnsTemplateRecord): string => `record ${JSON.stringify(host)} (${type})`;

const unknownPlaceholder = (
  { host, value }: DnsTemplateRecord,
  known: readonly string[],
): string | undefined =>
  `${host} ${value}`.match(/\{\w*\}/g)?.find((placeholder) => !known.includes(placeholder.slice(1, -1)));

const valueProblem = (type: RecordType, value: string): string | undefined => {
  switch (type) {
    case 'CNAME':
      return isHost(value) ? undefined : 'the value must be a host name';
    case 'A':
      return IPV4.test(value) ? undefined : 'the value must be an IPv4 address';
    case 'MX': {
      const [, preference = '', exchange = ''] = MX.exec(value) ?? [];
      return preference !== '' && Number(preference) <= MAX_PREFERENCE && isHost(exchange)
        ? undefined
        : 'the value must be a preference and a host name, such as "10 mx.{infrastructure}"';
    }
    case 'TXT':
      return PRINTABLE.test(value) && value.length <= MAX_TEXT_LENGTH
        ? undefined
        : `the value must have 1 to ${MAX_TEXT_LENGTH} printable ASCII characters`;
    default:
      return never(type);
  }
};

/** What a CNAME or MX may point to: a host with a top-level domain, also one below a label such as `_dmarc`. */
const isHost = (name: string): boolean => {
  const lower = name.toLowerCase().replace(/\.$/, '');
  return (
    lower.length <= MAX_HOST_LENGTH &&
    isRecordHost(lower) &&
    isDomainName(lower.split('.').slice(-2).join('.'))
  );
};
