import { type TrackMerge } from './domain-name.js';

export const RECORD_TYPES = ['CNAME', 'A', 'MX', 'TXT'] as const;
export type RecordType = (typeof RECORD_TYPES)[number];

/** One record that the customer has to publish. A host occurs once in a set. */
export interface DnsRecord {
  readonly host: string;
  readonly type: RecordType;
  readonly value: string;
  /** Absent until the first check, then what the last check found. */
  readonly verified?: boolean;
}

/** A record with placeholders; see `dnsRecords`. */
export interface DnsTemplateRecord {
  readonly host: string;
  readonly type: RecordType;
  readonly value: string;
}
export type DnsTemplate = readonly DnsTemplateRecord[];

/** The parts from which a domain's own host names are made; the defaults come from settings. */
export interface HostNaming {
  readonly subdomain: string;
  readonly trackPrefix: string;
  readonly trackMerge: TrackMerge;
  readonly trackPrefixDisabled: boolean;
}

/** What a domain sets differently from the defaults; absent means the default applies. */
export type HostNamingOverrides = Partial<HostNaming>;

export const effectiveNaming = (overrides: HostNamingOverrides, defaults: HostNaming): HostNaming => ({
  ...defaults,
  ...overrides,
});

/** Return path (MAIL FROM) host: `<subdomain>.<domain>`. */
export const mfromHost = (domain: string, naming: HostNaming): string => `${naming.subdomain}.${domain}`;

/** `<trackprefix><merge><subdomain>.<domain>`, or the return path host when the prefix is switched off. */
export const trackingHost = (domain: string, naming: HostNaming): string =>
  naming.trackPrefixDisabled
    ? mfromHost(domain, naming)
    : `${naming.trackPrefix}${naming.trackMerge}${mfromHost(domain, naming)}`;

export interface TemplateFacts {
  readonly domain: string;
  readonly naming: HostNaming;
  /** Domain of the installation that the customer's CNAMEs point into. */
  readonly infrastructure: string;
  /** Proof of ownership, unique to the domain. */
  readonly hash: string;
  /** Random label of the ownership record. */
  readonly label: string;
}

/**
 * Fills a template in. Placeholders: `{domain}`, `{subdomain}`, `{mfrom}` (return path host),
 * `{tracking}` (tracking host), `{infrastructure}`, `{hash}`, `{label}`. A record whose host is the
 * tracking host falls away when the domain tracks under its return path host, which has its own record.
 */
export const dnsRecords = (template: DnsTemplate, facts: TemplateFacts): readonly DnsRecord[] => {
  const values = placeholders(facts);
  const fill = (pattern: string): string =>
    pattern.replace(/\{(\w+)\}/g, (placeholder, name: string) => values[name] ?? placeholder);
  return template
    .filter(({ host }) => !(facts.naming.trackPrefixDisabled && host.includes('{tracking}')))
    .map(({ host, type, value }) => ({ host: fill(host), type, value: fill(value) }));
};

/** Every placeholder with what it stands for. */
export const placeholders = ({
  domain,
  naming,
  infrastructure,
  hash,
  label,
}: TemplateFacts): Readonly<Record<string, string>> => ({
  domain,
  subdomain: naming.subdomain,
  mfrom: mfromHost(domain, naming),
  tracking: trackingHost(domain, naming),
  infrastructure,
  hash,
  label,
});

/** Stands for what is random in a record set; no record has such a character. */
const ANYTHING = '\u0000';

/**
 * Whether records are those that a template asks for, whatever their random label and hash are: then the ones that
 * the customer has published stay right.
 */
export const recordsFit = (
  records: readonly DnsRecord[],
  template: DnsTemplate,
  facts: Omit<TemplateFacts, 'hash' | 'label'>,
): boolean => {
  const wanted = dnsRecords(template, { ...facts, hash: ANYTHING, label: ANYTHING });
  return (
    wanted.length === records.length &&
    wanted.every(({ host, type, value }, index) => {
      const record = records[index];
      return record?.type === type && fits(record.host, host) && fits(record.value, value);
    })
  );
};

const fits = (text: string, pattern: string): boolean => {
  const literals = pattern.split(ANYTHING).map((literal) => literal.replace(/[^\w]/g, '\\$&'));
  return new RegExp(`^${literals.join('.+')}$`).test(text);
};

/** What the installation asks of a domain unless the owner's group says otherwise. */
export const DEFAULT_TEMPLATE: DnsTemplate = [
  { host: '{mfrom}', type: 'CNAME', value: '{infrastructure}' },
  { host: 'key1._domainkey.{mfrom}', type: 'CNAME', value: 'key1._domainkey.{infrastructure}' },
  { host: '_dmarc.{mfrom}', type: 'CNAME', value: '_dmarc.{infrastructure}' },
  { host: '{tracking}', type: 'CNAME', value: 'track.{infrastructure}' },
  { host: '{label}.{mfrom}', type: 'TXT', value: '{hash}' },
];

/**
 * The template that a group names, in exactly this spelling: one of the installation's own, `Default`, which always
 * exists, or empty text for "asks nothing of the DNS". Undefined for any other name.
 */
export const dnsTemplate = (
  name: string,
  own: ReadonlyMap<string, DnsTemplate> = new Map(),
): DnsTemplate | undefined =>
  name === '' ? [] : (own.get(name) ?? (name === 'Default' ? DEFAULT_TEMPLATE : undefined));

/** Whether two answers of the DNS mean the same: names ignore case and a trailing dot, TXT is literal. */
export const sameRecordValue = (type: RecordType, expected: string, answer: string): boolean =>
  type === 'TXT' ? expected === answer : canonicalName(expected) === canonicalName(answer);

const canonicalName = (name: string): string => name.toLowerCase().replace(/\.$/, '');
