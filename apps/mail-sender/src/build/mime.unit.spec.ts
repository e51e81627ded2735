import { describe, expect, it } from '@jest/globals';
import { simpleParser } from 'mailparser';
import type { MessageContent } from '#contracts/sending/message-content';
import { buildMime, withReference } from './mime.js';

const IDS = { messageId: '0f0e0d0c-0b0a-4908-8706-050403020100', mfromHost: 'sl.sender.example' };

function content(more: Partial<MessageContent> = {}): MessageContent {
  return {
    version: 1,
    subject: 'Grüße, 20% off',
    from: { name: 'Sender, Inc.', email: 'news@sender.example' },
    to: [
      { name: 'José', email: 'jose@inbox.example' },
      { name: '', email: 'leo@inbox.example' },
    ],
    cc: [{ name: 'Kim', email: 'kim@inbox.example' }],
    replyTo: [{ name: '', email: 'help@sender.example' }],
    html: '<p>hällo</p>',
    plain: 'hällo',
    headers: {},
    tags: [],
    attachments: [],
    trackLinks: false,
    trackOpens: false,
    ...more,
  };
}

const build = async (more?: Partial<MessageContent>) => {
  const raw = await buildMime(IDS, content(more));
  return { raw, text: raw.toString('latin1'), mail: await simpleParser(raw) };
};

describe('the mail', () => {
  it('has the headers that were asked for', async () => {
    const { mail } = await build();
    expect(mail.messageId).toBe(`<${IDS.messageId}@${IDS.mfromHost}>`);
    expect(mail.subject).toBe('Grüße, 20% off');
    expect(mail.from?.value).toEqual([{ name: 'Sender, Inc.', address: 'news@sender.example' }]);
    expect(mail.replyTo?.text).toBe('help@sender.example');
    expect(mail.headers.get('to')).toMatchObject({
      value: [
        { name: 'José', address: 'jose@inbox.example' },
        { name: '', address: 'leo@inbox.example' },
      ],
    });
    expect(mail.headers.get('cc')).toMatchObject({ value: [{ name: 'Kim', address: 'kim@inbox.example' }] });
    expect(mail.date).toBeInstanceOf(Date);
    expect(mail.headers.has('x-mailer')).toBe(false);
  });

  it('has both forms, or the one there is', async () => {
    const both = await build();
    expect(both.mail.text).toBe('hällo');
    expect(both.mail.html).toBe('<p>hällo</p>');
    expect(both.text).toContain('multipart/alternative');
    expect((await build({ html: null })).text).toMatch(/^Content-Type: text\/plain; charset=utf-8/m);
    expect((await build({ plain: null })).text).toMatch(/^Content-Type: text\/html; charset=utf-8/m);
    expect((await build({ html: null, plain: '' })).mail.text ?? '').toBe('');
  });

  it('keeps customer headers as they were spelt, and takes none that would name other recipients or mails', async () => {
    const headers = {
      'X-CAMPAIGN-id': 'Größe 7',
      'List-Unsubscribe': '<https://sender.example/u/1>',
      Bcc: 'secret@inbox.example',
      'x-eg-ref': '1.forged.ref',
      'Return-Path': 'x@y.example',
    };
    const { text } = await build({ headers });
    expect(text).toMatch(/^X-CAMPAIGN-id: =\?UTF-8\?Q\?Gr=C3=B6=C3=9Fe_7\?=\r$/m);
    expect(text).toMatch(/^List-Unsubscribe: <https:\/\/sender.example\/u\/1>\r$/m);
    expect(text).not.toMatch(/secret@inbox|forged|x@y\.example/);
  });

  it('carries attachments, inline ones by their content id', async () => {
    const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 255]);
    const { mail } = await build({
      html: '<img src="cid:logo@sender">',
      attachments: [
        {
          filename: 'logo.png',
          content: png.toString('base64'),
          type: 'image/png',
          disposition: 'inline',
          contentId: 'logo@sender',
        },
        {
          filename: 'Übersicht.pdf',
          content: Buffer.from('%PDF').toString('base64'),
          type: 'application/pdf',
          disposition: 'attachment',
          contentId: '',
        },
      ],
    });
    const parts = mail.attachments.map(({ filename, contentType, contentDisposition, cid }) => ({
      filename,
      contentType,
      contentDisposition,
      cid,
    }));
    expect(parts).toEqual([
      { filename: 'logo.png', contentType: 'image/png', contentDisposition: 'inline', cid: 'logo@sender' },
      {
        filename: 'Übersicht.pdf',
        contentType: 'application/pdf',
        contentDisposition: 'attachment',
        cid: undefined,
      },
    ]);
    expect(mail.attachments[0]?.content).toEqual(png);
    expect(mail.attachments[1]?.content.toString()).toBe('%PDF');
  });

  it('never reads a file or a URL that content names', async () => {
    const { mail } = await build({ html: '/etc/passwd', plain: 'file:///etc/passwd' });
    expect(mail.text).toBe('file:///etc/passwd');
    expect(mail.html).toBe('/etc/passwd');
  });

  it('has CRLF line ends and 7-bit lines of a length that SMTP takes', async () => {
    const { raw, text } = await build({ html: `<p>${'wörd '.repeat(2_000)}</p>`, subject: 'ü'.repeat(500) });
    expect(raw.every((byte) => byte < 0x80)).toBe(true);
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    expect(Math.max(...text.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(998);
  });
});

describe('the reference', () => {
  it('stands in front, folded, and is whole without its white space', async () => {
    const reference = `1.${'a'.repeat(700)}.${'b'.repeat(22)}`;
    const raw = withReference(await buildMime(IDS, content()), reference);
    const mail = await simpleParser(raw);
    expect(JSON.stringify(mail.headers.get('x-eg-ref')).replaceAll(/\s/g, '')).toBe(
      JSON.stringify(reference),
    );
    const lines = raw.toString().split('\r\n');
    expect(lines[0]?.startsWith('X-EG-Ref: 1.aaa')).toBe(true);
    expect(Math.max(...lines.slice(0, 12).map((line) => line.length))).toBeLessThanOrEqual(78);
  });
});
