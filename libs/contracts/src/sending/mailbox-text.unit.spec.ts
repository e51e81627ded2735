import { describe, expect, it } from '@jest/globals';
import { mailboxesText, mailboxText } from './mailbox-text.js';

const email = 'A.b@Demo.test';

describe('a mailbox in words', () => {
  it.each([
    ['', 'A.b@Demo.test'],
    ['Jane Smith', 'Jane Smith <A.b@Demo.test>'],
    ['jane_2', 'jane_2 <A.b@Demo.test>'],
    ['Müller-Lüdenscheid', 'Müller-Lüdenscheid <A.b@Demo.test>'],
    ['佐藤', '佐藤 <A.b@Demo.test>'],
    ['A, B', '"A, B" <A.b@Demo.test>'],
    ['Dr. Who', '"Dr. Who" <A.b@Demo.test>'],
    ["Conan O'Brien", `"Conan O'Brien" <A.b@Demo.test>`],
    ['eve <eve@evil.test>', '"eve <eve@evil.test>" <A.b@Demo.test>'],
    ['Jane (sales); all: @home', '"Jane (sales); all: @home" <A.b@Demo.test>'],
    ['say "hi" \\o/', '"say \\"hi\\" \\\\o/" <A.b@Demo.test>'],
    ['Müller, Jörg', '"Müller, Jörg" <A.b@Demo.test>'],
  ])('shows the name %j as %s', (name, text) => {
    expect(mailboxText({ name, email })).toBe(text);
  });

  it('keeps the commas between mailboxes apart from those in names', () => {
    expect(
      mailboxesText([
        { name: 'A, B', email },
        { name: '', email: 'c@demo.test' },
      ]),
    ).toBe('"A, B" <A.b@Demo.test>, c@demo.test');
    expect(mailboxesText([])).toBe('');
  });
});
