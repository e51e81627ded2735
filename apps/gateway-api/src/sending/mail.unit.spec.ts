import { describe, expect, it } from '@jest/globals';
import type { SendEmailInput } from '#contracts/http/send-email';
import type { EnvelopeRecipient } from '../mail-acceptance/mail-to-accept.js';
import { SEND_ERRORS } from './errors.js';
import { envelope, readMail, type Mail, type MailRules } from './mail.js';
import type { References } from './references.js';

const NOW = Date.UTC(2026, 10, 24, 12);
const rules: MailRules = {
  domain: 'example.com',
  limits: { to: 3, cc: 2, bcc: 2, replyTo: 1 },
  trackLinks: true,
  trackOpens: false,
  now: NOW,
};
const jane = { name: 'Jane', email: 'jane@example.org' };
const complete: SendEmailInput = {
  Subject: 'Hello',
  ContentType: 'html',
  HTMLContent: '<p>Hi</p>',
  From: { name: 'John', email: 'john@example.com' },
  To: [jane],
};
const none: References = { errors: [], context: {} };
const refused = (change: SendEmailInput, references = none) => {
  const read = readMail({ ...complete, ...change }, rules, references);
  return 'content' in read ? [] : read;
};
const codes = (change: SendEmailInput, references = none) =>
  refused(change, references).map(({ code }) => code);
const texts = (change: SendEmailInput) => refused(change).map(({ text }) => text);
const accepted = (change: SendEmailInput, references = none): Mail & { recipients: EnvelopeRecipient[] } => {
  const read = readMail({ ...complete, ...change }, rules, references);
  if (!('content' in read)) throw new Error(JSON.stringify(read));
  const { to, cc } = read.content;
  return { ...read, recipients: envelope({ to, cc, bcc: read.bcc }) };
};
const many = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ name: '', email: `a${n}@example.org` }));

describe('reading a mail', () => {
  it('takes a complete mail', () => {
    const { content, recipients, dueAt } = accepted({});
    expect(content).toEqual({
      version: 1,
      subject: 'Hello',
      from: { name: 'John', email: 'john@example.com' },
      to: [jane],
      cc: [],
      replyTo: [],
      html: '<p>Hi</p>',
      plain: null,
      headers: {},
      tags: [],
      attachments: [],
      trackLinks: true,
      trackOpens: false,
    });
    expect(recipients).toEqual([{ email: 'jane@example.org', type: 'to' }]);
    expect(dueAt).toBe(NOW);
  });

  it.each<[string, number[], SendEmailInput]>([
    ['no Subject', [8], { Subject: '  ' }],
    ['a Subject with a line break', [8], { Subject: 'Hi\r\nBcc: x@example.net' }],
    ['no To', [8], { To: undefined }],
    ['no ContentType', [9], { ContentType: undefined }],
    ['another ContentType', [9], { ContentType: 'markdown' }],
    ['no HTMLContent', [10], { HTMLContent: '' }],
    ['no PlainContent', [11], { ContentType: 'plain' }],
    ['no From', [3], { From: undefined }],
    ['From as text', [3], { From: 'john@example.com' }],
    ['From without a name', [3], { From: { email: 'john@example.com' } }],
    ['From of another domain', [3], { From: { name: 'J', email: 'john@example.net' } }],
    ['From of a subdomain', [3], { From: { name: 'J', email: 'john@mail.example.com' } }],
    ['From with a line break in its name', [3], { From: { name: 'J\nBcc: x', email: 'john@example.com' } }],
    ['a malformed From address', [23], { From: { name: 'J', email: 'john@example.com>' } }],
    ['an empty To', [20], { To: [] }],
    ['To as an object', [20], { To: jane }],
    ['too many To', [20], { To: many(4) }],
    ['a recipient without email', [18], { To: [{ name: 'Jane' }, { name: 'Joe' }] }],
    ['a recipient without name', [18], { To: [{ email: 'jane@example.org' }] }],
    ['a malformed recipient', [19], { To: [{ name: '', email: 'jane' }] }],
    [
      'a recipient with a line break',
      [19],
      { To: [{ name: '', email: 'jane@example.org\r\nRCPT TO:<x@example.net>' }] },
    ],
    ['CC as text', [20], { CC: 'x' }],
    ['CC incomplete', [21], { CC: [{}] }],
    ['CC malformed', [22], { CC: [{ name: '', email: 'x' }] }],
    ['too many CC', [23], { CC: many(3) }],
    ['BCC as an object', [24], { BCC: {} }],
    ['BCC incomplete', [25], { BCC: [null] }],
    ['BCC malformed', [26], { BCC: [{ name: '', email: 'x@y' }] }],
    ['too many BCC', [27], { BCC: many(3) }],
    ['ReplyTo as an object', [28], { ReplyTo: jane }],
    ['ReplyTo incomplete', [29], { ReplyTo: ['jane@example.org'] }],
    ['ReplyTo malformed', [30], { ReplyTo: [{ name: '', email: '@example.org' }] }],
    ['too many ReplyTo', [31], { ReplyTo: many(2) }],
    ['references too long for a line', [33], { Headers: { References: `<${'a'.repeat(950)}@x.example>` } }],
    ['a message id beyond ASCII', [33], { Headers: { 'In-Reply-To': '<ü@x.example>' } }],
    ['a list field beyond ASCII', [33], { Headers: { 'List-Id': 'Größe <a.x.example>' } }],
    ['a header value with a line break', [33], { Headers: { 'X-A': 'a\r\nBcc: x@example.net' } }],
    ['a header name with a line break', [33], { Headers: { 'X-A: b\r\nBcc': 'x@example.net' } }],
    ['headers as text', [33], { Headers: 'X-A: b' }],
    ['an attachment that is not base64', [33], { Attachments: [{ filename: 'a.txt', content: '%%%' }] }],
    ['an attachment without a name', [33], { Attachments: [{ content: 'YQ==' }] }],
    [
      'a type that smuggles a header',
      [33],
      { Attachments: [{ filename: 'a', content: 'YQ==', type: 'text/plain\r\nX: y' }] },
    ],
    ['a tag with a line break', [33], { Tags: ['a\nb'] }],
    ['SendAt that is no time', [33], { SendAt: 'tomorrow' }],
    ['SendAt on 30 February', [33], { SendAt: '2027-02-30 10:00:00' }],
  ])('refuses %s with %p', (_what, expected, change) => {
    expect(codes(change)).toEqual(expected);
  });

  const AT_MOST_255 = 'may have at most 255 characters, none of them a line break or control character';
  it.each<[string, string, SendEmailInput]>([
    [
      'To',
      `Recipient name ${AT_MOST_255}`,
      {
        To: [
          { ...jane, name: 'Jane\r\nBcc: x' },
          { ...jane, name: '\n' },
        ],
      },
    ],
    ['CC', `CC name ${AT_MOST_255}`, { CC: [{ ...jane, name: 'x'.repeat(256) }] }],
    ['BCC', `BCC name ${AT_MOST_255}`, { BCC: [{ ...jane, name: 'x\0' }] }],
    ['ReplyTo', `Reply-To name ${AT_MOST_255}`, { ReplyTo: [{ ...jane, name: 'x\n' }] }],
    ['From', `From name ${AT_MOST_255}`, { From: { name: 'J\nBcc: x', email: 'john@example.com' } }],
    ['Subject', 'Subject may have at most 2000 characters', { Subject: 'x'.repeat(2001) }],
    [
      'Headers',
      'Headers may have at most 50 members',
      { Headers: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`X-${n}`, 'x'])) },
    ],
  ])('says of %s: %s', (_what, text, change) => {
    expect(texts(change)).toEqual([text]);
  });

  it('answers everything that is wrong at once, each error once', () => {
    const change = { Subject: '', ContentType: '', From: null, To: [{}, {}], BCC: 1, TemplateID: 3 };
    const errors = [SEND_ERRORS.templateInvalid, SEND_ERRORS.listInvalid];
    expect(codes(change, { errors, context: {} })).toEqual([8, 9, 3, 18, 24, 15, 35]);
  });

  it('takes from the template what the call does not bring', () => {
    const template = { html: '<p>T</p>', plain: 'T' };
    const withTemplate = (change: SendEmailInput) =>
      accepted({ TemplateID: 7, ...change }, { ...none, template }).content;
    expect(withTemplate({ HTMLContent: '' })).toMatchObject({ html: '<p>T</p>', plain: 'T' });
    expect(withTemplate({})).toMatchObject({ html: '<p>Hi</p>', plain: 'T' });
    expect(withTemplate({ ContentType: 'plain', HTMLContent: undefined })).toMatchObject({
      html: null,
      plain: 'T',
    });
    expect(withTemplate({ ContentType: 'plain', PlainContent: 'P' })).toMatchObject({
      html: null,
      plain: 'P',
    });
  });

  it('says that a template has nothing to give, and asks for no content when the template is not found', () => {
    const template = { html: '', plain: 'T' };
    expect(codes({ TemplateID: 7, HTMLContent: '' }, { ...none, template })).toEqual([15]);
    const errors = [SEND_ERRORS.templateInvalid];
    expect(codes({ TemplateID: 7, HTMLContent: '' }, { ...none, errors })).toEqual([15]);
  });

  it('asks for no To, and reads none, when a list gives the recipients', () => {
    expect(accepted({ To: undefined, TargetListID: 3 }).content.to).toEqual([]);
    expect(accepted({ To: 'nonsense', TargetListID: '3' }).content.to).toEqual([]);
  });

  it('takes ids of 0 and empty lists as not given', () => {
    expect(
      codes({ TemplateID: 0, ListID: '', CC: [], BCC: '', ReplyTo: null, Headers: [], Attachments: [] }),
    ).toEqual([]);
  });

  it('gives each envelope recipient one row, whatever the letter case', () => {
    const { recipients } = accepted({
      To: [jane, { name: 'Jane again', email: 'JANE@example.org' }],
      CC: [{ name: '', email: 'cc@example.org' }, jane],
      BCC: [{ name: '', email: 'bcc@example.org' }],
    });
    expect(recipients).toEqual([
      { email: 'jane@example.org', type: 'to' },
      { email: 'cc@example.org', type: 'cc' },
      { email: 'bcc@example.org', type: 'bcc' },
    ]);
  });

  it('never puts BCC into the stored content', () => {
    const { content } = accepted({ BCC: [{ name: '', email: 'secret@example.org' }] });
    expect(JSON.stringify(content)).not.toContain('secret');
  });

  it('reads structures from the JSON text of a form, with keys in any case', () => {
    const { content } = accepted({
      From: '{"Name":"J","Email":"j@example.com"}',
      To: '[{"Name":"","EMAIL":"x@example.org"}]',
    });
    expect(content.from).toEqual({ name: 'J', email: 'j@example.com' });
    expect(content.to).toEqual([{ name: '', email: 'x@example.org' }]);
  });

  it('keeps the spelling of header names and leaves out what the mail and the MTA define', () => {
    const headers = {
      'X-CaMpaign': 'a',
      DATE: 'x',
      'Content-Type': 'x',
      'x-eg-ref': 'x',
      'X-Envid': 'x',
      'Reply-To': 'r@example.org',
    };
    expect(accepted({ Headers: headers }).content.headers).toEqual({
      'X-CaMpaign': 'a',
      'Reply-To': 'r@example.org',
    });
    expect(accepted({ Headers: headers, ReplyTo: [jane] }).content.headers).toEqual({ 'X-CaMpaign': 'a' });
  });

  it('sends later at SendAt, and now when it has passed', () => {
    const later = NOW / 1000 + 3600;
    expect(accepted({ SendAt: later }).dueAt).toBe(later * 1000);
    expect(accepted({ SendAt: `${later}` }).dueAt).toBe(later * 1000);
    expect(accepted({ SendAt: '2026-11-24 13:00:00' }).dueAt).toBe(NOW + 3_600_000);
    expect(accepted({ SendAt: 5 }).dueAt).toBe(NOW);
  });

  it('turns an international domain into what SMTP carries', () => {
    expect(accepted({ To: [{ name: '', email: 'a@bücher.example' }] }).recipients[0]?.email).toBe(
      'a@xn--bcher-kva.example',
    );
  });

  it('keeps attachments in canonical base64', () => {
    const attachment = { FileName: 'a.png', Content: 'aGVs\r\nbG8=', Type: 'IMAGE/png', ContentID: '<logo>' };
    expect(accepted({ Attachments: [attachment] }).content.attachments).toEqual([
      { filename: 'a.png', content: 'aGVsbG8=', type: 'image/png', disposition: 'inline', contentId: 'logo' },
    ]);
  });
});
