import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  mintHeaderReference,
  mintToken,
  readHeaderReference,
  readToken,
  tokenFromVerp,
  verpSender,
  type MailReference,
  type MailReferenceDetails,
} from './mail-reference.js';

const key = Buffer.alloc(32, 7);
const reference: MailReference = {
  userId: 12,
  domainId: 123,
  messageId: '550e8400-e29b-41d4-a716-446655440000',
  recipientNo: 3,
};
const details: MailReferenceDetails = {
  recipient: 'Ána@inbox.example',
  senderDomain: 'mail.example.com',
  method: 'api',
  recipientType: 'cc',
  tags: ['wïth', 'tags'],
  acceptedAt: 1764000000123,
  context: { listId: 7, subscriberId: 4_000_000_001 },
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

  it('takes a foreign envelope id for what it is', () => {
    expect(readToken(key, 'e-000001')).toEqual({ status: 'foreign' });
    expect(tokenFromVerp('news-ana=inbox.example@b.sender.example')).toBeUndefined();
  });
});

describe('mail reference header', () => {
  const header = mintHeaderReference(key, reference, details);

  it('reads back with its details, also when folding left white space inside', () => {
    expect(readHeaderReference(key, header)).toEqual({ status: 'authentic', reference, details });
    expect(readHeaderReference(key, ` ${header.slice(0, 40)}\r\n ${header.slice(40)}`).status).toBe(
      'authentic',
    );
  });

  it('says nothing of a context that is not there', () => {
    const plain = mintHeaderReference(key, reference, { ...details, context: {} });
    expect(readHeaderReference(key, plain)).toMatchObject({ details: { context: {} } });
    expect(plain.length).toBeLessThan(header.length);
  });

  it('is forged when the tenant was altered, the signature cut or the form is another', () => {
    const [version, body, signature] = header.split('.') as [string, string, string];
    const claim = JSON.parse(Buffer.from(body, 'base64url').toString()) as Record<string, unknown>;
    const other = Buffer.from(JSON.stringify({ ...claim, u: 1 })).toString('base64url');
    for (const text of [
      `${version}.${other}.${signature}`,
      `${version}.${body}.${signature.slice(2)}`,
      `${version}.${body}`,
      'garbage',
      mintToken(key, reference),
    ]) {
      expect(readHeaderReference(key, text)).toEqual({ status: 'forged' });
    }
  });

  it('reads with an empty recipient and no context when it was minted without them', () => {
    const [, body = ''] = header.split('.');
    const {
      r: _r,
      c: _c,
      ...claim
    } = JSON.parse(Buffer.from(body, 'base64url').toString()) as Record<string, unknown>;
    const older = Buffer.from(JSON.stringify(claim)).toString('base64url');
    const mac = createHmac('sha256', key).update('eg-ref-header-1\n').update(older).digest().subarray(0, 16);
    expect(readHeaderReference(key, `1.${older}.${mac.toString('base64url')}`)).toEqual({
      status: 'authentic',
      reference,
      details: { ...details, recipient: '', context: {} },
    });
  });

  it('is foreign when the cell is empty', () => {
    expect(readHeaderReference(key, '  ')).toEqual({ status: 'foreign' });
  });
});
