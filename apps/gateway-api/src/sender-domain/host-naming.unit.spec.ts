import { describe, expect, it } from '@jest/globals';
import { DnsTemplates } from './dns-template-setting.js';
import { defaultNaming, hostProblems, namingOf } from './host-naming.js';

const defaults = defaultNaming({ dnsSubdomain: 'sl', dnsTrackPrefix: 'track', dnsTrackMerge: '-' });

describe('host naming of a stored domain', () => {
  it('is the default for a domain without anything of its own', () => {
    expect(namingOf({ LinkTracking: 1 }, defaults)).toEqual({
      subdomain: 'sl',
      trackPrefix: 'track',
      trackMerge: '-',
      trackPrefixDisabled: false,
    });
  });

  it('follows the options of the row', () => {
    const options = {
      CustomSubdomain: 'out',
      CustomTrackPrefix: 'links',
      CustomTrackMerge: '',
      TrackPrefixDisabled: true,
    };
    expect(namingOf(options, defaults)).toEqual({
      subdomain: 'out',
      trackPrefix: 'links',
      trackMerge: '',
      trackPrefixDisabled: true,
    });
  });

  it('leaves out what has another type or is unknown', () => {
    const options = {
      CustomSubdomain: 5,
      CustomTrackPrefix: null,
      CustomTrackMerge: '_',
      TrackPrefixDisabled: 1,
    };
    expect(namingOf(options, defaults)).toEqual(defaults);
  });
});

describe('settings of host names', () => {
  const settings = {
    dnsSubdomain: 'sl',
    dnsTrackPrefix: 'track',
    dnsTrackMerge: '-',
    dnsInfrastructureDomain: 'mailer.example.net',
    dnsTemplates: new DnsTemplates([['Strict', [{ host: '{domain}', type: 'TXT', value: '{hash}' }]]]),
  } as const;

  it('may be as they are by default, and go deeper than one label', () => {
    expect(hostProblems(settings)).toEqual([]);
    expect(hostProblems({ ...settings, dnsSubdomain: 'bounce.mail' })).toEqual([]);
  });

  it.each([
    [{ dnsSubdomain: 'SL' }, 'EG_DNS_SUBDOMAIN'],
    [{ dnsSubdomain: 'a..b' }, 'EG_DNS_SUBDOMAIN'],
    [{ dnsTrackPrefix: '-' }, 'EG_DNS_TRACK_PREFIX'],
    [{ dnsInfrastructureDomain: 'mailer' }, 'EG_DNS_INFRASTRUCTURE_DOMAIN'],
    [{ dnsInfrastructureDomain: 'Mailer.example.net' }, 'EG_DNS_INFRASTRUCTURE_DOMAIN'],
  ])('%j is told by the name of the variable', (wrong, env) => {
    expect(hostProblems({ ...settings, ...wrong })).toMatchObject([{ env }]);
  });

  it('name the template and the record that cannot be', () => {
    const dnsTemplates = new DnsTemplates([
      ['Fine', []],
      ['Typo', [{ host: '{domian}', type: 'TXT', value: 'x' }]],
    ]);
    const [problem, ...more] = hostProblems({ ...settings, dnsTemplates });
    expect(more).toEqual([]);
    expect(`${problem?.env} ${problem?.reason}`).toContain(
      'EG_DNS_TEMPLATES has in template "Typo" record "{domian}" (TXT): there is no placeholder {domian}',
    );
  });
});
