import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { mintToken, readToken, tokenFromVerp, verpSender, type MailReference } from './mail-reference.js';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
const key = Buffer.alloc(32, 7);
const reference: MailReference = {
  userId: 12,
  domainId: 123,
  messageId: '550e8400-e29b-41d4-a716-446655440000',
  recipientNo: 3,
};
describe('mail reference token', () => {
  it('carries any tenant, domain, message and recipient number there and back', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 0xffffffff }),
        fc.nat({ max: 0xffffffff }),
        fc.uuid(),
        fc.nat({ max: 65535 }),
        (userId, domainId, messageId, recipientNo) => {
          const fact = { userId, domainId, messageId, recipientNo };
          expect(readToken(key, mintToken(key, fact))).toEqual({ status: 'authentic', reference: fact });
        },
      ),
    );
  });

  it('fits the 64 octets of a local part and survives case folding', () => {
    const sender = verpSender(mintToken(key, reference), 'sl.mail.example.com');
    expect(sender.split('@')[0]?.length).toBeLessThanOrEqual(64);
    expect(readToken(key, tokenFromVerp(`<${sender.toUpperCase()}>`) ?? '')).toEqual({
      status: 'authentic',
      reference,
    });
  });

  it('is forged when any character is altered, or under another key', () => {
    const token = mintToken(key, reference);
    for (let at = 0; at < 59; at++) {
      const altered = token.slice(0, at) + (token[at] === 'a' ? 'b' : 'a') + token.slice(at + 1);
      expect(readToken(key, altered).status).not.toBe('authentic');
    }
    expect(readToken(Buffer.alloc(32, 8), token)).toEqual({ status: 'forged' });
  });

  it('is forged in any of its sixty characters, of another version and in the bits that say nothing as well', () => {
    const token = mintToken(key, reference);
    for (let at = 0; at < 60; at++) {
      const altered = token.slice(0, at) + (token[at] === 'a' ? 'b' : 'a') + token.slice(at + 1);
      expect([at, readToken(key, altered).status]).toEqual([at, 'forged']);
    }
    const idle = token.slice(0, 59) + ALPHABET[ALPHABET.indexOf(token[59] ?? '') | 1];
    expect(readToken(key, idle)).toEqual({ status: 'forged' });
  });

  it('takes a foreign envelope id for what it is', () => {
    expect(readToken(key, 'e-000001')).toEqual({ status: 'foreign' });
    expect(tokenFromVerp('news-ana=inbox.example@b.sender.example')).toBeUndefined();
  });
});
