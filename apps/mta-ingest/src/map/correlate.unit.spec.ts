import { describe, expect, it } from '@jest/globals';
import { Correlator } from './correlate.js';
import { mapRow } from './outcome.js';
import type { Cells } from './testing.spec.js';
import {
  events,
  header,
  KEY,
  map,
  NOW,
  OTHER_KEY,
  ours,
  REFERENCE,
  row,
  token,
  verp,
} from './testing.spec.js';

describe('correlation', () => {
  const none: Cells = { 'header_X-EG-Ref': '', envId: '', orig: 'news@b.sender.example' };

  it.each<[string, Cells]>([
    ['the header', { ...none, 'header_X-EG-Ref': header() }],
    ['the header, folded', { ...none, 'header_X-EG-Ref': header().replace(/(.{40})/g, '$1\r\n ') }],
    ['the envelope id', { ...none, envId: token() }],
    ['the envelope id in capitals', { ...none, envId: token().toUpperCase() }],
    ['the envelope sender', { ...none, orig: verp() }],
  ])('by %s alone', (_handle, cells) => {
    expect(events(map(ours(cells)))[0]).toMatchObject({
      userId: 1,
      domainId: 4,
      messageId: REFERENCE.messageId,
    });
  });

  it('knows less without the header', () => {
    expect(events(map(ours({ ...none, envId: token() })))[0]).toMatchObject({
      senderDomain: '',
      method: '',
      recipientType: '',
      tags: [],
      queuedAt: null,
    });
  });

  it('mail of others is skipped, foreign envelope ids among it', () => {
    expect(map(ours(none))).toEqual({ kind: 'skipped', why: 'not-ours' });
    expect(map(ours({ ...none, envId: 'camp-2024-0305' }))).toEqual({ kind: 'skipped', why: 'not-ours' });
    expect(map(ours({ ...none, dlvType: 'discard', rcpt: verp() }))).toEqual({
      kind: 'skipped',
      why: 'not-ours',
    });
  });

  const other = { ...REFERENCE, userId: 2 };
  it.each<[string, Cells]>([
    ['a header under another key', { 'header_X-EG-Ref': header(OTHER_KEY) }],
    [
      'a header that was altered',
      { 'header_X-EG-Ref': header().replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')) },
    ],
    ['a header of no form', { 'header_X-EG-Ref': 'user=2' }],
    ['an envelope id under another key', { envId: token(OTHER_KEY) }],
    ['an envelope sender under another key', { orig: verp(OTHER_KEY) }],
    ['a header that was copied from another mail', { 'header_X-EG-Ref': header(KEY, other) }],
    ['an envelope id of another recipient', { envId: token(KEY, { ...REFERENCE, recipientNo: 1 }) }],
  ])('%s writes nothing', (_what, cells) => {
    expect(map(ours(cells))).toEqual({ kind: 'bad', reason: 'forged-reference' });
  });

  it('a row that was torn may hide its reference', () => {
    expect(map({ ...ours(), ...none }, ['short-row'])).toEqual({ kind: 'bad', reason: 'torn' });
    expect(map({ ...ours(), ...none }, ['long-row'])).toEqual({ kind: 'bad', reason: 'torn' });
    expect(events(map(ours(), ['short-row']))).toHaveLength(2);
  });

  it('repeats of a row give the same events, cached or not', () => {
    const correlator = new Correlator(KEY);
    const first = mapRow(row(ours()), correlator, NOW);
    expect(mapRow(row(ours()), correlator, NOW)).toEqual(first);
    expect(map(ours())).toEqual(first);
  });
});
