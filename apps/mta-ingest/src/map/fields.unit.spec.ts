import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BOUNCE_CATEGORIES, classifyBounce } from './bounce-categories.js';
import { parseDiagnostic, parseMta, parseStatus, unwrapAddress } from './diagnostic.js';
import { decodeHeader } from './encoded-words.js';
import { parseTime } from './time.js';

describe('time', () => {
  const moment = Date.UTC(2024, 2, 5, 9, 15, 2);
  it.each([
    ['2024-03-05 09:15:02+0000', moment],
    ['2024-03-05 14:45:02+0530', moment],
    ['2024-03-05 05:15:02-0400', moment],
    ['2024-03-04 19:15:02-14:00', moment],
    ['2024-03-05T09:15:02Z', moment],
    ['2024-03-05T10:15:02+01:00', moment],
    ['2024-03-05T09:15:02.5Z', moment + 500],
    ['2024-03-05T09:15:02.123456789+00:00', moment + 123],
    [' 1709630102 ', moment],
    ['03/05/2024 09:15:02+0000', moment],
    ['2024-02-29 00:00:00+0000', Date.UTC(2024, 1, 29)],
    ['2016-12-31 23:59:60+0000', Date.UTC(2017, 0, 1)],
  ])('%s', (text, expected) => {
    expect(parseTime(text)).toBe(expected);
  });

  it.each([
    ['', 'nothing'],
    ['2024-03-05 09:15:02', 'no offset'],
    ['2023-02-29 00:00:00+0000', 'no such day'],
    ['2024-13-01 00:00:00+0000', 'no such month'],
    ['2024-00-01 00:00:00+0000', 'no such month'],
    ['2024-03-05 24:00:00+0000', 'no such hour'],
    ['2024-03-05 09:60:00+0000', 'no such minute'],
    ['2024-03-05 09:15:02+1500', 'no such offset'],
    ['2024-03-05 09:15:02+0060', 'no such offset'],
    ['1999-03-05 09:15:02+0000', 'before PowerMTA'],
    ['2100-01-01 00:00:00+0000', 'too far ahead'],
    ['17096301', 'too few digits'],
    ['1709630102000', 'milliseconds'],
    ['13/05/2024 09:15:02+0000', 'day first'],
    ['now', 'words'],
    ['2024-03-05 09:15:02+0000 ana@inbox.example', 'more than a time'],
  ])('%s is none: %s', (text) => {
    expect(parseTime(text)).toBeUndefined();
  });
});

describe('dsnDiag', () => {
  it.each([
    ['smtp;250 2.0.0 OK 1709630102 q12-abc - gsmtp', 250, '2.0.0', '250 2.0.0 OK 1709630102 q12-abc - gsmtp'],
    ['smtp;250 ok dirdel', 250, '', '250 ok dirdel'],
    [
      'smtp;571 Message contains spam or virus : 1585:0a1b|5439',
      571,
      '',
      '571 Message contains spam or virus : 1585:0a1b|5439',
    ],
    [
      'smtp;554 5.7.1 Service unavailable; Client host [198.51.100.21] blocked',
      554,
      '5.7.1',
      '554 5.7.1 Service unavailable; Client host [198.51.100.21] blocked',
    ],
    [
      'smtp;450 4.0.0 (undefined status);smtp;421 Refused. Your reverse DNS entry does not resolve.',
      421,
      '',
      '421 Refused. Your reverse DNS entry does not resolve.',
    ],
    [
      'Sorry, no mailbox here by that name. (#5.1.1)',
      null,
      '',
      'Sorry, no mailbox here by that name. (#5.1.1)',
    ],
    ['550-5.1.1 no\r\n550 5.1.1 user', 550, '5.1.1', '550-5.1.1 no 550 5.1.1 user'],
    ['smtp;5501 no code', null, '', '5501 no code'],
    ['', null, '', ''],
  ])('%s', (diagnostic, code, enhancedCode, text) => {
    expect(parseDiagnostic(diagnostic)).toEqual({ code, enhancedCode, text });
  });
});

describe('other cells', () => {
  it('status and phrase', () => {
    expect(parseStatus('5.1.2 (bad destination system: no such domain)')).toEqual({
      enhancedCode: '5.1.2',
      phrase: 'bad destination system: no such domain',
    });
    expect(parseStatus('2.0.0')).toEqual({ enhancedCode: '2.0.0', phrase: '' });
    expect(parseStatus('3.0.0 (odd)')).toEqual({ enhancedCode: '', phrase: '' });
  });

  it('host and address', () => {
    expect(parseMta('mx1.inbox.example (203.0.113.5)')).toEqual({
      host: 'mx1.inbox.example',
      ip: '203.0.113.5',
    });
    expect(parseMta('mail.corp.example(203.0.113.40)')).toEqual({
      host: 'mail.corp.example',
      ip: '203.0.113.40',
    });
    expect(parseMta('mx02.isp.example (2001:db8::25)')).toEqual({
      host: 'mx02.isp.example',
      ip: '2001:db8::25',
    });
    expect(parseMta('[203.0.113.9] (203.0.113.9)')).toEqual({ host: '[203.0.113.9]', ip: '203.0.113.9' });
    expect(parseMta('gw.relay.example')).toEqual({ host: 'gw.relay.example', ip: '' });
  });

  it('is found as the expression for its form finds it, also behind blanks without end', () => {
    const plainly = (text: string) => {
      const match = /^(.*?)\s*\(([0-9A-Fa-f:.]+)\)$/s.exec(text.trim());
      return match ? { host: match[1] ?? '', ip: match[2] ?? '' } : { host: text.trim(), ip: '' };
    };
    const grain = fc.constantFrom('mx', '.', ' ', '(', ')', '1', ':', 'ab', '\n', '(1.2)');
    fc.assert(
      fc.property(fc.array(grain, { maxLength: 12 }), (grains) => {
        expect(parseMta(grains.join(''))).toEqual(plainly(grains.join('')));
      }),
    );
    // Work that grows with the square of these would outlast the suite's time.
    const blanks = ' '.repeat(900_000);
    expect(parseMta(`mx${blanks}x`).ip).toBe('');
    expect(parseMta(`mx${blanks}(1.2.3.4)`)).toEqual({ host: 'mx', ip: '1.2.3.4' });
  });

  it('addresses', () => {
    expect(unwrapAddress(' <lee@outlook.example> ')).toBe('lee@outlook.example');
    expect(unwrapAddress('"Lee, L." <lee@outlook.example>')).toBe('lee@outlook.example');
    expect(unwrapAddress('lee@outlook.example')).toBe('lee@outlook.example');
    expect(unwrapAddress('<>')).toBe('');
  });
});

describe('bounce classes', () => {
  it.each([
    ['bad-mailbox', '5.7.1', 550, 'hard'],
    ['Message Expired', '4.4.7', null, 'soft'],
    ['policy_related', '5.7.1', 550, 'block'],
    ['quota-issues', '5.2.2', 552, 'soft'],
    ['other', '5.0.0', null, 'hard'],
    ['other', '4.0.0', 550, 'soft'],
    ['', '', 550, 'hard'],
    ['', '', null, 'soft'],
    ['our-own-category', '5.1.1', 550, 'hard'],
    ['constructor', '4.2.2', null, 'soft'],
  ])('%s %s %s is %s', (category, enhancedCode, code, type) => {
    expect(classifyBounce(category, enhancedCode, code).type).toBe(type);
  });

  it('keeps the category in one spelling, `other` for none', () => {
    expect(classifyBounce(' Bad Mailbox ', '', null).category).toBe('bad-mailbox');
    expect(classifyBounce('', '', null).category).toBe('other');
  });

  it('knows every category of the vendor but the one that says nothing', () => {
    expect(Object.keys(BOUNCE_CATEGORIES.types)).toHaveLength(16);
  });
});

describe('header text', () => {
  it.each([
    ['plain text', 'plain text'],
    ['=?utf-8?B?w5ZmZmVydGE=?=', 'Öfferta'],
    ['=?utf-8?Q?Ofertas_de_hoy?= <news@sender.example>', 'Ofertas de hoy <news@sender.example>'],
    ['=?iso-8859-1?Q?jos=E9?=', 'josé'],
    ['=?UTF-8?q?a?= =?UTF-8?q?b?=', 'ab'],
    ['=?utf-8?B?w5Y=?=\r\n =?utf-8?B?w5Y=?= und', 'ÖÖ und'],
    ['=?utf-8?B?ww==?= =?utf-8?B?lg==?=', 'Ö'],
    ['=?utf-8*de?Q?Gr=C3=BC=C3=9Fe?=', 'Grüße'],
    ['=?shift_jis?B?g2WDWINn?=', 'テスト'],
    ['=?x-unknown?Q?abc?= rest', '=?x-unknown?Q?abc?= rest'],
    ['100 =? 200 ?=', '100 =? 200 ?='],
    ['folded\r\n\ttext', 'folded text'],
  ])('%s', (text, expected) => {
    expect(decodeHeader(text)).toBe(expected);
  });
});

it('a bounce category of a megabyte is cut: its record must fit into a batch', () => {
  expect(classifyBounce('x'.repeat(1_000_000), '5.1.1', 550).category).toHaveLength(100);
});
