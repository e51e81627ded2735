import { describe, expect, it } from '@jest/globals';
import { authorsOf, mailboxesOf, subjectText } from './header-texts.js';

const emails = (...values: string[]) => mailboxesOf(values).map(({ email }) => email);

describe('mailboxes', () => {
  it('are read in every form that address fields have', () => {
    const value =
      'a@x.example, Bob <b@x.example>, "Carl, C." <c@x.example>, d@x.example (Dora), Team: e@x.example, <f@x.example>;, =?utf-8?Q?Gr=C3=BC=C3=9Fe?= <g@x.example>';
    expect(mailboxesOf([value, 'h@x.example'])).toEqual([
      { name: '', email: 'a@x.example' },
      { name: 'Bob', email: 'b@x.example' },
      { name: 'Carl, C.', email: 'c@x.example' },
      { name: 'Dora', email: 'd@x.example' },
      { name: '', email: 'e@x.example' },
      { name: '', email: 'f@x.example' },
      { name: 'Grüße', email: 'g@x.example' },
      { name: '', email: 'h@x.example' },
    ]);
  });

  it.each(['', 'undisclosed-recipients:;', ',,,', 'nobody', '<>'])('%j has none', (value) => {
    expect(emails(value).filter((email) => email.includes('@'))).toEqual([]);
  });

  it('have names of one line and bounded length', () => {
    const encoded = Buffer.from('a\r\nBcc: x\u0000').toString('base64');
    expect(mailboxesOf([`=?utf-8?B?${encoded}?= <a@x.example>`])).toEqual([
      { name: 'a Bcc: x', email: 'a@x.example' },
    ]);
    const [long] = mailboxesOf([`"${'😀'.repeat(200)}" <a@x.example>`]);
    expect(long?.name.length).toBeLessThanOrEqual(255);
    expect(long?.name.isWellFormed()).toBe(true);
  });
});

describe('authors', () => {
  it.each([
    'me@example.com',
    'Me <me@example.com>',
    '"Me, \\"myself\\" <3" <me@example.com>',
    '=?utf-8?Q?J=C3=BCrgen?= <me@example.com>',
    'me@example.com (Me)',
  ])('%j is one', (value) => {
    expect(authorsOf(value)?.map(({ email }) => email)).toEqual(['me@example.com']);
  });

  it('may be several', () => {
    expect(authorsOf('A <a@example.com>, b@example.com')?.map(({ email }) => email)).toEqual([
      'a@example.com',
      'b@example.com',
    ]);
  });

  it.each([
    ['nothing', ''],
    ['no address', 'somebody'],
    ['an empty group', 'undisclosed:;'],
    ['two addresses that look like one', '<me@example.com> <you@elsewhere.example>'],
    [
      'an address inside an encoded word',
      `=?utf-8?B?${Buffer.from('Me <me@example.com>').toString('base64')}?=`,
    ],
    ['an address inside quotes', '"me@example.com"'],
    ['thousands of characters', `${'x'.repeat(4_000)} <me@example.com>`],
  ])('%s is none', (_what, value) => {
    expect(authorsOf(value)).toBeUndefined();
  });

  it('are those in front of whom a name stands, whatever the name says', () => {
    expect(authorsOf('me@example.com <you@elsewhere.example>')).toEqual([
      { name: 'me@example.com', email: 'you@elsewhere.example' },
    ]);
  });
});

describe('a subject', () => {
  it('is decoded', () => {
    expect(subjectText('=?utf-8?Q?Gr=C3=BC=C3=9Fe?= =?utf-8?B?8J+YgA==?= and more')).toBe('Grüße😀 and more');
    expect(subjectText('=?iso-8859-1?Q?Gr=FC=DFe?=')).toBe('Grüße');
  });
  it('is one line, and not endless', () => {
    expect(subjectText('=?utf-8?Q?a=0D=0Ab=00c=E2=80=A8d?=')).toBe('a b c d');
    expect(subjectText('x'.repeat(10_000))).toHaveLength(2000);
  });
  it.each([
    '=?',
    '=?utf-8?B?',
    '=?x?Q?=ZZ?=',
    '=?'.repeat(60_000),
    '=?utf-8?Q?a?='.repeat(20_000),
    ' '.repeat(250_000),
    // Work that grows with the square of these would outlast the suite's time.
  ])('that is broken or hostile is read all the same', (value) => {
    expect(typeof subjectText(value)).toBe('string');
  });
});

it.each([
  '<'.repeat(250_000),
  '"'.repeat(250_001),
  '('.repeat(250_000),
  'a:'.repeat(125_000),
  'a@b,'.repeat(60_000),
  '@'.repeat(250_000),
  ';'.repeat(250_000),
  '\\'.repeat(250_000),
  '"\\'.repeat(20_000),
  '=?utf-8?Q?<?='.repeat(19_000),
])('hostile address fields are read all the same', (value) => {
  expect(() => mailboxesOf([value])).not.toThrow();
  expect(() => authorsOf(value)).not.toThrow();
});
