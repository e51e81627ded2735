import { describe, expect, it } from '@jest/globals';
import { headerKind, isWritableField } from './header-fields.js';

describe('a header field', () => {
  it.each([
    ['References', 'ids'],
    ['in-reply-to', 'ids'],
    ['Reply-To', 'addresses'],
    ['List-Unsubscribe', 'structured'],
    ['Auto-Submitted', 'structured'],
    ['X-List-Unsubscribe', 'text'],
    ['X-Campaign', 'text'],
  ])('%s is of kind %s', (name, kind) => {
    expect(headerKind(name)).toBe(kind);
  });

  it.each([
    ['References', `<${'a'.repeat(880)}@x.example> <b@x.example>`],
    ['List-Unsubscribe', '<https://x.example/u?a=1>, <mailto:u@x.example>'],
    ['Reply-To', 'Jörg <j@x.example>'],
    ['X-Text', 'ü'.repeat(2000)],
    ['X-Long', 'a'.repeat(4000)],
  ])('%s can be written', (name, value) => {
    expect(isWritableField(name, value)).toBe(true);
  });

  it.each([
    ['References', `<${'a'.repeat(900)}@x.example>`],
    ['References', '<ü@x.example>'],
    ['In-Reply-To', `<a@x.example> <${'a'.repeat(900)}@x.example>`],
    ['List-Unsubscribe', `<https://x.example/${'a'.repeat(900)}>`],
    ['List-Id', 'Größe <list.x.example>'],
    ['Reply-To', `${'a'.repeat(901)}@x.example`],
    ['Sender', `${'ü'.repeat(451)} <a@x.example>`],
  ])('%s cannot', (name, value) => {
    expect(isWritableField(name, value)).toBe(false);
  });
});
