import { describe, expect, it } from '@jest/globals';
import type { MessageContent, RawContent } from './message-content.js';
import { parseStoredMail, serializeMail, shownHeaders } from './stored-mail.js';

const parts: MessageContent = {
  version: 1,
  subject: 'Hello',
  from: { name: 'Smith, J', email: 'j@sender.example' },
  to: [
    { name: '', email: 'a@inbox.example' },
    { name: 'B', email: 'b@inbox.example' },
  ],
  cc: [],
  replyTo: [],
  html: null,
  plain: 'Hi',
  headers: {},
  tags: ['a'],
  attachments: [],
  trackLinks: true,
  trackOpens: false,
};
const raw: RawContent = { version: 2, raw: 'YQ==', tags: ['a'], trackLinks: true, trackOpens: false };
const shown = {
  from: '"Smith, J" <j@sender.example>',
  to: 'a@inbox.example, B <b@inbox.example>',
  subject: 'Hello',
};

describe('a stored mail', () => {
  it.each([
    ['parts', parts, {}],
    ['parts sent for a journey', parts, { journeyId: 3, actionId: 4 }],
    ['a whole mail', raw, {}],
    ['a whole mail with a template', raw, { templateId: 7 }],
  ])('of %s reads back as it was written', (_what, content, context) => {
    expect(parseStoredMail(serializeMail({ content, shown, context }))).toEqual({ content, shown, context });
  });

  it.each([parts, raw])('reads back with the envelope that it came with', (content) => {
    const stored = { content, shown, context: {}, envelope: ['a@inbox.example', 'b@inbox.example'] };
    expect(parseStoredMail(serializeMail(stored))).toEqual(stored);
  });

  it('of parts that an earlier version wrote is read', () => {
    expect(parseStoredMail(JSON.stringify(parts))).toEqual({
      content: parts,
      shown: shownHeaders(parts),
      context: {},
    });
  });

  it.each(['{"version":3}', 'null', '{}', JSON.stringify(raw)])('is refused when it is %s', (text) => {
    expect(() => parseStoredMail(text)).toThrow('stored message');
  });
});
