import { describe, expect, it } from '@jest/globals';
import {
  DEFAULT_TEMPLATE,
  type HostNaming,
  dnsRecords,
  effectiveNaming,
  mfromHost,
  recordsFit,
  sameRecordValue,
  trackingHost,
} from './dns-records.js';

const defaults: HostNaming = {
  subdomain: 'sl',
  trackPrefix: 'track',
  trackMerge: '-',
  trackPrefixDisabled: false,
};
const facts = {
  domain: 'mail.example.com',
  infrastructure: 'mailer.example.net',
  hash: 'aGFzaA==',
  label: 'k3j9',
};

describe('host names of a domain', () => {
  it('follow the defaults', () => {
    expect(mfromHost('mail.example.com', defaults)).toBe('sl.mail.example.com');
    expect(trackingHost('mail.example.com', defaults)).toBe('track-sl.mail.example.com');
  });

  it('follow what the domain overrides, the rest stays', () => {
    const naming = effectiveNaming({ subdomain: 'outbound', trackPrefix: 'links' }, defaults);
    expect(mfromHost('example.com', naming)).toBe('outbound.example.com');
    expect(trackingHost('example.com', naming)).toBe('links-outbound.example.com');
    expect(trackingHost('example.com', { ...naming, trackMerge: '.' })).toBe('links.outbound.example.com');
    expect(trackingHost('example.com', { ...naming, trackMerge: '' })).toBe('linksoutbound.example.com');
  });

  it('track under the return path host when the prefix is switched off', () => {
    const naming = effectiveNaming({ trackPrefixDisabled: true }, defaults);
    expect(trackingHost('example.com', naming)).toBe('sl.example.com');
  });
});

describe('DNS records of a domain', () => {
  it('are asked for in full', () => {
    expect(dnsRecords(DEFAULT_TEMPLATE, { ...facts, naming: defaults })).toEqual([
      { host: 'sl.mail.example.com', type: 'CNAME', value: 'mailer.example.net' },
      {
        host: 'key1._domainkey.sl.mail.example.com',
        type: 'CNAME',
        value: 'key1._domainkey.mailer.example.net',
      },
      { host: '_dmarc.sl.mail.example.com', type: 'CNAME', value: '_dmarc.mailer.example.net' },
      { host: 'track-sl.mail.example.com', type: 'CNAME', value: 'track.mailer.example.net' },
      { host: 'k3j9.sl.mail.example.com', type: 'TXT', value: 'aGFzaA==' },
    ]);
  });

  it('have no tracking record when the prefix is switched off', () => {
    const naming = effectiveNaming({ trackPrefixDisabled: true }, defaults);
    const hosts = dnsRecords(DEFAULT_TEMPLATE, { ...facts, naming }).map(({ host }) => host);
    expect(hosts).toEqual([
      'sl.mail.example.com',
      'key1._domainkey.sl.mail.example.com',
      '_dmarc.sl.mail.example.com',
      'k3j9.sl.mail.example.com',
    ]);
  });

  it('keep a brace that is no placeholder', () => {
    const template = [{ host: '{domain}', type: 'TXT', value: 'x={other} {domain}' }] as const;
    expect(dnsRecords(template, { ...facts, naming: defaults })).toEqual([
      { host: 'mail.example.com', type: 'TXT', value: 'x={other} mail.example.com' },
    ]);
  });

  it('stay right while the template asks for the same, whatever label and hash they have', () => {
    const asked = dnsRecords(DEFAULT_TEMPLATE, { ...facts, naming: defaults });
    const now = { ...facts, naming: defaults };
    const checked = asked.map((record) => ({ ...record, verified: true }));
    expect(recordsFit(checked, DEFAULT_TEMPLATE, now)).toBe(true);
    expect(recordsFit([], [], now)).toBe(true);
    expect(recordsFit(asked, DEFAULT_TEMPLATE.slice(1), now)).toBe(false);
    expect(recordsFit(asked.slice(1), DEFAULT_TEMPLATE, now)).toBe(false);
    expect(recordsFit(asked, DEFAULT_TEMPLATE, { ...now, infrastructure: 'mailer-example.net' })).toBe(false);
    expect(recordsFit(asked, DEFAULT_TEMPLATE, { ...now, naming: { ...defaults, subdomain: 'out' } })).toBe(
      false,
    );
    const spf = [{ host: '{domain}', type: 'TXT', value: 'v=spf1 a+mx/24 {hash}' }] as const;
    const published = dnsRecords(spf, { ...facts, hash: '(x)', naming: defaults });
    expect(recordsFit(published, spf, now)).toBe(true);
    expect(recordsFit(published, [{ ...spf[0], value: 'v=spf1 a.mx/24 {hash}' }], now)).toBe(false);
  });

  it('compare names without case and trailing dot, and text to the letter', () => {
    expect(sameRecordValue('CNAME', 'mailer.example.net', 'Mailer.Example.NET.')).toBe(true);
    expect(sameRecordValue('CNAME', 'mailer.example.net', 'mailer.example.org')).toBe(false);
    expect(sameRecordValue('TXT', 'v=spf1 -all', 'v=spf1 -all')).toBe(true);
    expect(sameRecordValue('TXT', 'aGFzaA==', 'AGFzaA==')).toBe(false);
  });
});
