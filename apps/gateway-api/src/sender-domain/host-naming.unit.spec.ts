import { describe, expect, it } from '@jest/globals';
import { defaultNaming, namingOf } from './host-naming.js';

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
