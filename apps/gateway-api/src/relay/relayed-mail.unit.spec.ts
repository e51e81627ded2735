import { describe, expect, it } from '@jest/globals';
import type { SmtpRelayInput } from '#contracts/http/relay';
import { readRelayedMail, type RelayedMail, type RelayRules } from './relayed-mail.js';
import { isSmtpError, type SmtpError } from './smtp-errors.js';

const rules: RelayRules = {
  domain: 'example.com',
  mfromHost: 'sl.example.com',
  limits: { to: 2, cc: 1, bcc: 1 },
};
const RAW =
  'From: Me <me@example.com>\r\nTo: ann@x.example\r\nCc: bob@x.example\r\nSubject: Hi\r\n\r\nHello\r\n';

const read = (input: Partial<SmtpRelayInput> = {}, more: Partial<RelayRules> = {}) =>
  readRelayedMail(
    { SMTPUsername: 'u', SMTPPassword: 'p', RawEmail: RAW, RcptTo: 'ann@x.example', ...input },
    { ...rules, ...more },
  );
function mail(input?: Partial<SmtpRelayInput>, more?: Partial<RelayRules>): RelayedMail {
  const outcome = read(input, more);
  if (isSmtpError(outcome)) throw new Error(outcome.smtpResponse);
  return outcome;
}
function refusal(input: Partial<SmtpRelayInput>, more?: Partial<RelayRules>): readonly [number, string] {
  const outcome = read(input, more) as Partial<SmtpError>;
  return [outcome.code ?? 0, outcome.smtpResponse ?? ''];
}

describe('a relayed mail', () => {
  it('is sent as it came, to the envelope, and told of by its header', () => {
    const { raw, recipients, shown } = mail({ RcptTo: 'bob@x.example, <eve@x.example>,ann@x.example,' });
    expect(raw.toString()).toBe(RAW);
    expect(recipients).toEqual([
      { email: 'bob@x.example', type: 'cc' },
      { email: 'eve@x.example', type: 'bcc' },
      { email: 'ann@x.example', type: 'to' },
    ]);
    expect(shown).toEqual({ from: 'Me <me@example.com>', to: 'ann@x.example', subject: 'Hi' });
  });

  it('loses hidden recipients and orders to the MTA', () => {
    const head =
      'X-Job: 1\nBcc: eve@x.example\nX-Virtual-MTA: a\n\tb\nx-eg-ref : 1.a.b\nResent-Bcc: y@x.example\nReturn-Path: <a@b.c>\n';
    const { raw, recipients } = mail({ RawEmail: `${head}${RAW}`, RcptTo: 'eve@x.example' });
    expect(raw.toString()).toBe(RAW);
    expect(recipients).toEqual([{ email: 'eve@x.example', type: 'bcc' }]);
  });

  it('has recipients by what all its To and Cc fields name, folded, encoded, in groups', () => {
    const RawEmail =
      'From: me@example.com\r\nTo: "A, B" <Ann@X.example>,\r\n  =?utf-8?Q?J=C3=BC?= <joe@x.example>\r\nTo: Team: tom@x.example;\r\ncc :bob@m\u00fcller.example\r\n\r\n';
    const RcptTo = 'ann@x.example,JOE@x.example,tom@x.example,bob@xn--mller-kva.example,eve@x.example';
    const limits = { to: 9, cc: 9, bcc: 9 };
    expect(mail({ RawEmail, RcptTo }, { limits }).recipients.map(({ type }) => type)).toEqual([
      'to',
      'to',
      'to',
      'cc',
      'bcc',
    ]);
  });

  it('may come as base64, with bytes of any kind', () => {
    const bytes = Buffer.concat([Buffer.from(RAW), Buffer.from([0x80, 0xfc, 0xff, 0x01])]);
    const RawEmail = bytes.toString('base64').replaceAll(/(.{76})/g, '$1\r\n');
    for (const RawEmailEncoding of ['base64', ' BASE64 '])
      expect(mail({ RawEmail, RawEmailEncoding }).raw.equals(bytes)).toBe(true);
  });

  it('shows the Subject parameter only when it has none of its own', () => {
    expect(mail({ Subject: 'Other' }).shown.subject).toBe('Hi');
    const RawEmail = RAW.replace('Subject: Hi\r\n', '');
    expect(mail({ RawEmail, Subject: '=?utf-8?Q?=C3=BC?=\r\nBcc: x' }).shown.subject).toBe('ü Bcc: x');
    expect(mail({ RawEmail }).shown.subject).toBe('');
  });

  it('shows no more mailboxes than a mail may have', () => {
    const to = Array.from({ length: 50 }, (_, no) => `r${no}@x.example`).join(', ');
    expect(mail({ RawEmail: RAW.replace('To: ann@x.example', `To: ${to}`) }).shown.to).toBe(
      'r0@x.example, r1@x.example',
    );
  });

  it.each(['', '<>', ' <> ', 'me@example.com', '<Bounce+a=b@EXAMPLE.com>', 'x@sl.example.com'])(
    'may come from %j',
    (MailFrom) => {
      expect(mail({ MailFrom }).recipients).toHaveLength(1);
    },
  );
});

describe('refused with', () => {
  it.each([
    ['another domain', 'From: me@other.example'],
    ['a domain below', 'From: me@mail.example.com'],
    ['a domain that only ends alike', 'From: me@anexample.com'],
    ['one author of two elsewhere', 'From: me@example.com, you@other.example'],
    ['an address that hides behind another', 'From: <me@example.com> <you@other.example>'],
    ['no address', 'From: me'],
    ['a malformed address', 'From: me@@example.com'],
    ['two From fields', 'From: me@example.com\r\nfrom: you@example.com'],
    ['no From field', 'X-From: me@example.com'],
  ])('4: a From of %s', (_what, from) => {
    const [code, reply] = refusal({ RawEmail: RAW.replace(/^From:.*/, from) });
    expect([code, reply]).toEqual([4, '550 5.7.1 From is not an address of example.com']);
  });

  it.each([
    'you@other.example',
    'me@mail.example.com',
    'nonsense',
    '<me@example.com',
    'me@example.com> SIZE=1',
  ])('4: MAIL FROM %j', (MailFrom) => {
    expect(refusal({ MailFrom })).toEqual([4, '550 5.7.1 MAIL FROM is not an address of example.com']);
  });

  it.each([
    ['', '554 5.5.1 No valid recipients'],
    [' , <>,', '554 5.5.1 No valid recipients'],
    ['nonsense', '550 5.1.3 Recipient 1 is not a valid address'],
    ['a@x.example,,b@', '550 5.1.3 Recipient 2 is not a valid address'],
    ['a@x.example\r\nRCPT TO:<b@x.example>', '550 5.1.3 Recipient 1 is not a valid address'],
    ['a@x.example b@x.example', '550 5.1.3 Recipient 1 is not a valid address'],
  ])('14: the recipients %j', (RcptTo, reply) => {
    expect(refusal({ RcptTo })).toEqual([14, reply]);
  });

  it('9, 10, 11: too many of a class', () => {
    const named = (field: string, count: number) => {
      const list = Array.from({ length: count }, (_, no) => `r${no}@x.example`).join(',');
      return { RcptTo: list, RawEmail: `From: me@example.com\r\n${field}: ${list}\r\n\r\nx` };
    };
    expect(refusal(named('To', 3))).toEqual([9, '452 4.5.3 To count exceeds limit (2)']);
    expect(refusal(named('Cc', 2))).toEqual([10, '452 4.5.3 CC count exceeds limit (1)']);
    expect(refusal(named('Bcc', 2))).toEqual([11, '452 4.5.3 BCC count exceeds limit (1)']);
    expect(refusal({ RcptTo: ','.repeat(1_000_000) })[0]).toBe(11);
    for (const [field, count] of [
      ['To', 2],
      ['Cc', 1],
      ['X-To', 1],
    ] as const)
      expect(mail(named(field, count)).recipients).toHaveLength(count);
    // Named twice is one.
    expect(mail({ RcptTo: 'e@x.example,E@x.example,e@X.example' }).recipients).toHaveLength(1);
  });

  it.each([
    [{ RawEmail: '' }, 'The message is empty'],
    [{ RawEmail: 'hello' }, 'The message header has a line that is no header field'],
    [{ RawEmail: `${RAW}\u0000` }, 'The message contains NUL'],
    [{ RawEmail: 'not/base64!', RawEmailEncoding: 'base64' }, 'RawEmail is not base64'],
    [{ RawEmailEncoding: 'quoted-printable' }, 'RawEmailEncoding is neither text nor base64'],
  ])('15: the message %j', (input, text) => {
    expect(refusal(input)).toEqual([15, `554 5.6.0 ${text}`]);
  });
});
