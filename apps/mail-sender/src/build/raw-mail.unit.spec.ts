import { describe, expect, it } from '@jest/globals';
import { rawMime } from './raw-mail.js';

const added = { messageId: '<id@sl.sender.example>', acceptedAt: Date.UTC(2026, 10, 24, 16, 20, 48) };
const build = (...lines: string[]) =>
  rawMime(Buffer.from(lines.join('\r\n'), 'latin1'), added).toString('latin1');
const whole = ['Date: Mon, 1 Jan 2024 00:00:00 +0000', 'Message-ID: <own@sender.example>'];

describe('a mail that a customer wrote', () => {
  it('stays byte for byte: order, spelling, folding, repeated fields, 8-bit text', () => {
    const mail = [
      'Received: from a',
      'Received: from b',
      'DKIM-Signature: v=1; a=rsa-sha256;',
      '\tb=abc',
      '        def',
      'sUbJeCt: Gr\xfc\xdfe',
      ...whole,
      'X-EG-Reference: not ours',
      '',
      'Hello',
      '.',
      'Bcc: in the body',
      '',
    ];
    expect(build(...mail)).toBe(mail.join('\r\n'));
  });

  it.each([
    'X-EG-Ref: 1.forged.ref',
    'x-eg-ref: 1.forged',
    'X-Envid: e',
    'X-Job: j',
    'X-Virtual-MTA: v',
    'X-VirtualMTA: v',
    'X-Recipient: r@x.example',
    'Return-Path: <r@x.example>',
    'Bcc: secret@inbox.example',
    'Resent-Bcc: secret@inbox.example',
  ])('loses %s, folded or with white space before its colon', (field) => {
    const [name = '', value = ''] = field.split(': ');
    for (const written of [field, `${name}:\r\n ${value},\r\n\t${value}`, `${name} \t: ${value}`]) {
      expect(build('To: a@x.example', written, 'Subject: s', ...whole, '', 'b')).toBe(
        ['To: a@x.example', 'Subject: s', ...whole, '', 'b'].join('\r\n'),
      );
    }
  });

  it('cannot hide a field behind a line end that only some readers know', () => {
    for (const lineEnd of ['\n', '\r']) {
      const text = build(
        `Subject: s${lineEnd}X-Job: j${lineEnd}Bcc: x@y.example`,
        ...whole,
        '',
        `a${lineEnd}b`,
      );
      expect(text).toBe(['Subject: s', ...whole, '', 'a', 'b'].join('\r\n'));
    }
  });

  it('gets the date and the id that it does not bring', () => {
    expect(build('Subject: s', '', 'b')).toBe(
      [
        'Date: Tue, 24 Nov 2026 16:20:48 +0000',
        'Message-ID: <id@sl.sender.example>',
        'Subject: s',
        '',
        'b',
      ].join('\r\n'),
    );
  });

  it.each([
    ['no body', ['Subject: s', ...whole], ['Subject: s', ...whole, '', '']],
    ['no body but the line end', ['Subject: s', ...whole, ''], ['Subject: s', ...whole, '', '']],
    ['an empty body', ['Subject: s', ...whole, '', ''], ['Subject: s', ...whole, '', '']],
  ])('is whole with %s', (_what, mail, expected) => {
    expect(build(...mail)).toBe(expected.join('\r\n'));
  });

  it('has a header of ours when it has none', () => {
    expect(build('', 'only text')).toMatch(/^Date: .*\r\nMessage-ID: .*\r\n\r\nonly text$/);
  });
});
