import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseMta } from '../map/diagnostic.js';
import { HostBytes } from './host-bytes.js';

describe('the remote host as bytes', () => {
  it('is the one that the rule reads, also where others’ bytes stand beside the cell', () => {
    const grain = fc.constantFrom(
      '(',
      ')',
      ' ',
      '.',
      '/',
      ':',
      'a',
      'F',
      'g',
      'mx1.inbox.example',
      '203.0.113.5',
    );
    const text = fc.array(grain, { maxLength: 8 }).map((grains) => grains.join(''));
    const host = new HostBytes();
    fc.assert(
      fc.property(text, text, text, (before, cell, after) => {
        const bytes = Buffer.from(before + cell + after);
        host.read(bytes, before.length, before.length + cell.length);
        expect({
          host: bytes.toString('latin1', host.from, host.to),
          ip: bytes.toString('latin1', host.ipFrom, host.ipTo),
        }).toEqual(parseMta(cell));
      }),
      { numRuns: 5_000 },
    );
  });
});
