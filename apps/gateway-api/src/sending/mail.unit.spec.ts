import { describe, expect, it } from '@jest/globals';
import type { SendEmailInput } from '#contracts/http/send-email';
import { readMail, type Mail, type MailRules } from './mail.js';

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
const codes = (change: SendEmailInput) => {
  const read = readMail({ ...complete, ...change }, rules);
  return 'content' in read ? [] : read.map(({ code }) => code);
};
const accepted = (change: SendEmailInput): Mail => {
  const read = readMail({ ...complete, ...change }, rules);
  if (!('content' in read)) throw new Error(JSON.stringify(read));
  return read;
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
    ['a template', [15], { TemplateID: 7 }],
    ['a target list', [16], { TargetListID: '7' }],
    ['a list', [35], { ListID: 7 }],
    ['a subscriber', [36], { SubscriberID: 7 }],
    ['a journey', [37], { JourneyID: 7 }],
    ['an action', [38], { ActionID: 7 }],
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

  it('answers everything that is wrong at once, each error once', () => {
    expect(codes({ Subject: '', ContentType: '', From: null, To: [{}, {}], BCC: 1, TemplateID: 3 })).toEqual([
      8, 9, 3, 18, 24, 15,
    ]);
  });

  it('does not ask for content or recipients that a template or a list would give', () => {
    expect(codes({ HTMLContent: '', TemplateID: 3 })).toEqual([15]);
    expect(codes({ To: undefined, TargetListID: 3 })).toEqual([16]);
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
