import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { simpleParser } from 'mailparser';
import { withSafeHeaderLines } from './header-lines.js';
import { buildMime } from './mime.js';

async function build(subject: string, headers: Record<string, string> = {}): Promise<string> {
  const mime = await buildMime(
    { messageId: '0f0e0d0c-0b0a-4908-8706-050403020100', mfromHost: 'sl.sender.example' },
    {
      version: 1,
      subject,
      from: { name: '', email: 'news@sender.example' },
      to: [{ name: '', email: 'leo@inbox.example' }],
      cc: [],
      replyTo: [],
      html: null,
      plain: 'the body',
      headers,
      tags: [],
      attachments: [],
      trackLinks: false,
      trackOpens: false,
    },
  );
  return mime.toString('latin1');
}

const parse = (raw: string) => simpleParser(Buffer.from(raw, 'latin1'));
const header = (raw: string): string[] => raw.slice(0, raw.indexOf('\r\n\r\n')).split('\r\n');
const longest = (lines: readonly string[]): number => Math.max(...lines.map((line) => line.length));
/** The unfolded value of a field as it stands in the mail. */
const field = (raw: string, name: string): string | undefined =>
  new RegExp(`^${name}:((?:.*)(?:\\r\\n[ \\t].*)*)`, 'm').exec(raw)?.[1]?.replaceAll('\r\n', '').trim();

const LONG_NAME = `X-${'n'.repeat(74)}`;

/** Texts in which long pieces, long white space and characters of each width meet. */
const text = fc
  .array(
    fc.oneof(
      fc.tuple(fc.constantFrom('A', 'x', '-', '"', ' ', 'ü', '漢', '😀'), fc.integer({ min: 1, max: 1_999 })),
      fc.tuple(fc.constantFrom('Sale', ' ', ', ', '<a@b>', '=?', '?=', 'é'), fc.constant(1)),
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((parts) => parts.reduce((all, [what, times]) => all + what.repeat(times), '').slice(0, 4_000))
  .filter((value) => value.trim() !== '' && value.isWellFormed());

describe('header lines', () => {
  it('of any Subject fit, and it reads back the same', async () => {
    await fc.assert(
      fc.asyncProperty(text, async (subject) => {
        const raw = await build(subject);
        expect(longest(raw.split('\r\n'))).toBeLessThanOrEqual(998);
        expect(header(raw).filter((line) => line.trim() === '')).toEqual([]);
        expect((await parse(raw)).subject?.trim()).toBe(subject.trim());
      }),
      { numRuns: 200 },
    );
  });

  it('of any custom header fit, and the rest of the mail is untouched', async () => {
    const names = ['X-Campaign', 'Feedback-ID', 'List-Unsubscribe', 'References', 'In-Reply-To', 'Reply-To'];
    const name = fc.constantFrom(...names, 'Sender', 'OTP-Token', LONG_NAME);
    await fc.assert(
      fc.asyncProperty(name, text, async (key, value) => {
        const raw = await build('Sale', { [key]: value, 'X-Next': 'next' });
        // Octets: the text is Latin-1.
        expect(longest(raw.split('\r\n'))).toBeLessThanOrEqual(998);
        expect(header(raw).filter((line) => line.trim() === '')).toEqual([]);
        expect(header(raw)).toEqual(expect.arrayContaining(['Subject: Sale', 'X-Next: next']));
        expect(raw).toMatch(/[^\r\n]\r\n\r\nthe body\r\n$/);
        expect(raw.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
      }),
      { numRuns: 300 },
    );
  });

  it('of an unstructured custom header read back the same', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('X-Campaign', 'Feedback-ID', LONG_NAME), text, async (key, value) => {
        const raw = await build('Sale', { [key]: value });
        // The parser decodes no custom headers, so it gets this one as a Subject.
        const renamed = await parse(`Subject: ${field(raw, key)}\r\n\r\n`);
        expect(renamed.subject?.trim()).toBe(value.trim());
      }),
      { numRuns: 200 },
    );
  });

  it('with encoded words have at most 76 characters', async () => {
    const raw = await build('A'.repeat(2_000), { [`X-${'n'.repeat(60)}`]: 'B'.repeat(1_500) });
    expect(longest(header(raw))).toBeLessThanOrEqual(76);
    expect(raw).toContain('\r\nSubject: =?UTF-8?B?QUFB');
  });

  it('with encoded words hold whole characters', async () => {
    // The one field that the composer leaves in UTF-8.
    const raw = await build('Sale', { 'OTP-Token': '漢'.repeat(1_000) });
    expect(longest(header(raw))).toBeLessThanOrEqual(76);
    const words = field(raw, 'OTP-Token')?.split(' ') ?? [];
    const texts = words.map((word) => Buffer.from(word.slice(10, -2), 'base64').toString());
    expect(new Set(texts.slice(0, -1))).toEqual(new Set(['漢'.repeat(13)]));
    expect(texts.join('')).toBe('漢'.repeat(1_000));
  });

  it('keep white space where a line breaks', async () => {
    const subject = `${'A'.repeat(66)}  Sale`;
    expect((await parse(await build(subject))).subject).toBe(subject);
  });

  it('stay as they are when they fit', async () => {
    const long = 'A'.repeat(950);
    const raw = await build(long, { 'X-Campaign': `${long} ${long}`, References: `<${long}@x.example>` });
    expect(field(raw, 'Subject')).toBe(long);
    expect(field(raw, 'X-Campaign')).toBe(`${long} ${long}`);
    expect(field(raw, 'References')).toBe(`<${long}@x.example>`);
    const mime = Buffer.from(raw, 'latin1');
    expect(withSafeHeaderLines(mime)).toBe(mime);
  });

  it('of URLs are divided by white space, which their readers skip', async () => {
    const value = `<https://sender.example/u/${'t'.repeat(1_500)}>, <mailto:u@sender.example>`;
    const raw = await build('Sale', { 'List-Unsubscribe': value });
    expect(field(raw, 'List-Unsubscribe')?.replaceAll(' ', '')).toBe(value.replaceAll(' ', ''));
  });

  it('lose a message id that no mail can have, and only that', async () => {
    const huge = `<${'i'.repeat(1_500)}@x.example>`;
    const raw = await build('Sale', {
      References: `<a@x.example> ${huge} <b@x.example>`,
      'In-Reply-To': huge,
    });
    expect(field(raw, 'References')).toBe('<a@x.example> <b@x.example>');
    expect(field(raw, 'In-Reply-To')).toBeUndefined();
    expect((await parse(raw)).subject).toBe('Sale');
  });
});
